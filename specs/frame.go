package specs

import (
	"fmt"
	"slices"
)

// CheckAreas returns what is wrong with an evaluation's areas in frames of width and height pixels:
// the rules that a declared frame is held to when a spec is loaded. It is for a spec that leaves
// the frame out, once the video's size is known. Areas that are written at one place, as a grid's
// are, make one problem.
func (e Evaluation) CheckAreas(width, height int) []Problem {
	var list []Problem
	outside := map[Position][]Area{}
	var places []Position
	for _, a := range e.Areas {
		if a.X+a.W <= width && a.Y+a.H <= height {
			continue
		}
		if outside[a.At] == nil {
			places = append(places, a.At)
		}
		outside[a.At] = append(outside[a.At], a)
	}
	for _, at := range places {
		list = append(list, Problem{At: at, Message: outsideText(outside[at], width, height),
			Hint: "the frame is the video's own; place the areas within it"})
	}
	for _, s := range e.Sizes {
		i := slices.IndexFunc(e.Areas, func(a Area) bool {
			return a.W*s.Width < width || a.H*s.Height < height
		})
		if i >= 0 {
			list = append(list, Problem{At: e.Where["at"], Hint: "use a larger size",
				Message: smallText(s, e.Areas[i])})
		}
	}
	return list
}

// outsideText says that areas, at least one, leave a frame.
func outsideText(areas []Area, width, height int) string {
	frame := fmt.Sprintf("outside the frame of %dx%d", width, height)
	if len(areas) == 1 {
		a := areas[0]
		return fmt.Sprintf("area %q ends at (%d, %d), %s", a.Name, a.X+a.W, a.Y+a.H, frame)
	}
	var names []string
	right, bottom := 0, 0
	for _, a := range areas {
		names = append(names, fmt.Sprintf("%q", a.Name))
		right, bottom = max(right, a.X+a.W), max(bottom, a.Y+a.H)
	}
	return fmt.Sprintf("areas %s reach (%d, %d), %s", joinFew(names), right, bottom, frame)
}

// smallText says that an area has no whole pixel in a picture of that size.
func smallText(s Size, a Area) string {
	return fmt.Sprintf("at %s, area %q has less than a pixel", s.Name, a.Name)
}
