package specs

import (
	"maps"
	"slices"
)

// Again is what of the caller's values a study was made with: enough to load it again. Values that it does not use are left
// out, and so are those of sensitive variables.
type Arguments struct {
	Assignments []Assignment `json:"given,omitempty"`     // see Options
	Env         []string     `json:"env,omitempty"`       // see Options
	Sensitive   []string     `json:"sensitive,omitempty"` // names of the sensitive variables that the caller gave values and the study uses
}

// again gives it, when all expressions were evaluated.
func (l *loader) arguments() Arguments {
	var out Arguments
	secret := map[string]bool{}
	keep := func(name string) bool {
		if l.used[name] && l.sensitive[name] {
			secret[name] = true
		}
		return l.used[name] && !l.sensitive[name]
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
