package secret

import (
	"slices"
	"strings"
)

// WithoutValues returns the words of a command line with "..." in place of each value that -var
// sets: a line that may be kept.
func WithoutValues(words []string) []string {
	out, _ := edit(words, func(string) (keep, show bool) { return true, false })
	return out
}

// Without returns the words of a command line without each -var that sets one of these variables,
// and which of them it set.
func Without(words, variables []string) (out, left []string) {
	return edit(words, func(name string) (keep, show bool) {
		return !slices.Contains(variables, name), true
	})
}

// edit looks at each -var of a command line: "-var NAME=VALUE", "-var=NAME=VALUE" and the same with
// two dashes. It also returns the variables that are not kept.
func edit(words []string, look func(name string) (keep, show bool)) (out, left []string) {
	for i := 0; i < len(words); i++ {
		flag, assignment, joined := strings.Cut(words[i], "=")
		if words[i] == "--" {
			return append(out, words[i:]...), left
		}
		if strings.TrimLeft(flag, "-") != "var" || !strings.HasPrefix(flag, "-") ||
			!joined && i+1 == len(words) {
			out = append(out, words[i])
			continue
		}
		if !joined {
			i++
			assignment = words[i]
		}
		name, _, _ := strings.Cut(assignment, "=")
		keep, show := look(name)
		if !keep {
			if !slices.Contains(left, name) {
				left = append(left, name)
			}
			continue
		}
		if !show {
			assignment = name + "=..."
		}
		if joined {
			out = append(out, flag+"="+assignment)
		} else {
			out = append(out, flag, assignment)
		}
	}
	return out, left
}
