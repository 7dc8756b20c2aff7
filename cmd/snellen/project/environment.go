package project

import (
	"fmt"
	"slices"
	"strings"

	"snellen/specs"
)

// misspelt warns of names in the environment that are probably misspelt names of the spec's
// variables. Other names may belong to other studies. A variable that has its value from the
// environment is not what another name means.
func misspelt(spec string, environ []string) (list specs.Diagnostics) {
	const prefix = "SNELLEN_VAR_"
	var set []string
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if name, ok := strings.CutPrefix(name, prefix); ok && name != "" {
			set = append(set, name)
		}
	}
	if len(set) == 0 {
		return nil
	}
	var declared, unset []string
	for _, v := range specs.Variables(spec) {
		declared = append(declared, v.Name)
		if !slices.Contains(set, v.Name) {
			unset = append(unset, v.Name)
		}
	}
	for _, name := range set {
		if near := specs.Nearest(name, unset); near != "" && !slices.Contains(declared, name) {
			list = append(list, specs.Diagnostic{Warning: true,
				Message: fmt.Sprintf("%s%s sets no variable of %s", prefix, name, spec),
				Hint:    fmt.Sprintf("did you mean %s%s?", prefix, near)})
		}
	}
	return list
}
