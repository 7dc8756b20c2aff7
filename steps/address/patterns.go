package address

import (
	"slices"
	"strings"
)

// Resolution returns the resolution that an address belongs to, of those names, and reports whether
// it belongs to one. Steps that all resolutions share belong to none.
func Resolution(address string, names []string) (string, bool) {
	first, _, _ := strings.Cut(address, "/")
	return first, slices.Contains(names, first)
}

// Place returns where a step stands in the table of a plan: the resolution that its address belongs
// to, or "", and the word that says what it does: "probe", "train".
func Place(address string, names []string) (resolution, word string) {
	first, rest, deeper := strings.Cut(address, "/")
	if _, ok := Resolution(address, names); ok && deeper {
		word, _, _ = strings.Cut(rest, "/")
		return first, word
	} else if ok {
		return first, first
	}
	return "", first
}

// Patterns returns the patterns that an address fits, from the widest on. For
// "320x240/transcode/A/a.mp4" they are "320x240/**", "*/transcode/**", "*/transcode/A/*",
// "320x240/transcode/**" and "*/transcode/A/a.mp4". A common address belongs to no resolution.
func Patterns(address string, common bool) []string {
	parts := strings.Split(address, "/")
	last := len(parts) - 1
	if common {
		return []string{parts[0] + "/**", strings.Join(parts[:last], "/") + "/*"}
	}
	list := []string{parts[0] + "/**"}
	switch last {
	case 0: // no step of a study, but that of a saved plan may be anything
		return list
	case 1:
		return append(list, "*/"+parts[1])
	}
	return append(list, "*/"+parts[1]+"/**", "*/"+strings.Join(parts[1:last], "/")+"/*",
		parts[0]+"/"+parts[1]+"/**", "*/"+strings.Join(parts[1:], "/"))
}
