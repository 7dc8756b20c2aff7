package specs

import (
	"fmt"
	"slices"
	"strconv"
)

// native is the name of the camera's own picture size.
const native = "native"

// readSizes returns the sizes of an evaluation's at, without the native one, which is always
// judged.
func (l *loader) readSizes(c declaration) []Size {
	given, there := c.values["at"].([]string)
	if !there || !c.valid("at") {
		return nil
	}
	if len(given) > maxSizes {
		l.add(c.at("at"), "", fmt.Sprintf("at may have at most %d sizes, and this has %d", maxSizes,
			len(given)))
		return nil
	}
	if !slices.Contains(given, native) {
		l.add(c.at("at"), `add "native"`,
			`at lacks "native", the camera's own size, which the table and the grades use`)
	}
	var list []Size
	seen := map[string]bool{}
	for i, name := range given {
		if seen[name] {
			l.add(c.elementAt("at", i), "remove one of them",
				fmt.Sprintf("size %q is listed twice", name))
		}
		if seen[name] || name == native {
			seen[name] = true
			continue
		}
		seen[name] = true
		m := sizeName().FindStringSubmatch(name)
		if m == nil {
			l.add(c.elementAt("at", i), `write "native" or a size like "320x240"`,
				fmt.Sprintf("%q is not a size", name))
			continue
		}
		s := Size{Name: name}
		s.Width, _ = strconv.Atoi(m[1]) // at most five digits
		s.Height, _ = strconv.Atoi(m[2])
		if min(s.Width, s.Height) < 8 || max(s.Width, s.Height) > maxSide {
			l.add(c.elementAt("at", i), "",
				fmt.Sprintf("the sides of a picture must be 8 to %d pixels, not %s", maxSide, name))
			continue
		}
		list = append(list, s)
	}
	return list
}

// checkAreaPixels records sizes at which an area would have no pixel left.
func (l *loader) checkAreaPixels(e Evaluation, c declaration) {
	for _, s := range e.Sizes {
		for _, a := range e.Areas {
			if e.Width > 0 && (a.W*s.Width < e.Width || a.H*s.Height < e.Height) {
				l.add(c.at("at"), "use a larger size", smallText(s, a))
				break
			}
		}
	}
}
