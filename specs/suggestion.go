package specs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// suggest returns a hint for an unknown name: the nearest known one, or all known ones if they are
// few.
func suggest(name string, known []string) string {
	best := Nearest(name, known)
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) > 0 && len(known) <= 20:
		return choicesHint(slices.Sorted(slices.Values(known)))
	}
	return ""
}

// maxNamed bounds a name that was probably meant to be another one, in bytes: the time to compare
// two names grows with the product of their lengths.
const maxNamed = 200

// Nearest returns the known name that was probably meant by an unknown one, or "".
func Nearest(name string, known []string) string {
	if len(name) > maxNamed {
		return ""
	}
	best, distance := "", len(name)/3+2
	for _, k := range slices.Sorted(slices.Values(known)) {
		if len(k) > 2*maxNamed {
			continue
		}
		d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(k), nil)
		if d < distance && d < max(len(k), 2) {
			best, distance = k, d
		}
	}
	return best
}
