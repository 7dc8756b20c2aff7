package specs

import (
	"maps"
	"slices"
)

// Arguments are the caller's values that a study was loaded with, enough to load it again. Values
// that the study does not use are left out. So are the values of sensitive variables: a saved plan
// holds no secret.
type Arguments struct {
	Assignments []Assignment `json:"given,omitempty"` // as in Options
	Env         []string     `json:"env,omitempty"`   // as in Options

	// Sensitive are the sensitive variables that the study uses and the caller set.
	Sensitive []string `json:"sensitive,omitempty"`
}

// arguments collects the values that were used. It is called after all expressions have been
// evaluated, since only then is it known which variables the study reads.
func (l *loader) arguments() Arguments {
	var out Arguments
	secret := map[string]bool{}
	keep := func(name string) bool {
		if l.used[name] && l.secrets["var."+name] != nil {
			secret[name] = true
		}
		return l.used[name] && l.secrets["var."+name] == nil
	}
	for _, g := range l.options.Assignments {
		if g.File != "" || keep(g.Name) {
			out.Assignments = append(out.Assignments, g)
		}
	}
	for _, pair := range l.options.Env {
		if name, ok := envVariable(pair); ok && keep(name) {
			out.Env = append(out.Env, pair)
		}
	}
	out.Sensitive = slices.Sorted(maps.Keys(secret))
	return out
}
