package page

import (
	"fmt"
	"strings"

	"snellen/steps/report/document"
)

// A standing is what one resolution's models make of an area.
type standing struct {
	Resolution string
	*document.Area
}

// standings returns the standings of an area of evaluation k, from the most pixels to the fewest.
// rows has the places of the resolutions with results.
func (v *view) standings(k int, area string, rows []int) []standing {
	var list []standing
	for _, i := range rows {
		r := v.Resolutions[i]
		list = append(list, standing{r.Resolution, areaOf(r.Evaluations[k], area)})
	}
	return list
}

// stays returns the place from which on no resolution recognises the area, or len(list).
func stays(list []standing) int {
	from := len(list)
	for from > 0 && !list[from-1].Recognised {
		from--
	}
	return from
}

// brokenFrom says at which resolutions the area is not recognised: "from 80x60 down", "never",
// "at 640x480 and from 80x60 down".
func brokenFrom(list []standing) string {
	from := stays(list)
	var parts []string
	if gaps := gaps(list[:from]); gaps != "" {
		parts = append(parts, "at "+gaps)
	}
	if from < len(list) {
		parts = append(parts, "from "+list[from].Resolution+" down")
	}
	if parts == nil {
		return "never"
	}
	return and(parts)
}

// brokenText is brokenFrom as a sentence.
func brokenText(list []standing) string {
	from := stays(list)
	text := "Recognised at every resolution"
	switch gaps := gaps(list[:from]); {
	case from == 0:
		return "Recognised at no resolution"
	case from < len(list) && gaps != "":
		return fmt.Sprintf("Not recognised from %s on down, nor at %s, though below that it is",
			list[from].Resolution, gaps)
	case from < len(list):
		text = fmt.Sprintf("Not recognised from %s on down", list[from].Resolution)
	case gaps != "":
		text = fmt.Sprintf("Not recognised at %s, though below that it is", gaps)
	}
	return text
}

// gaps names the resolutions that do not recognise the area.
func gaps(list []standing) string {
	var names []string
	for _, s := range list {
		if !s.Recognised {
			names = append(names, s.Resolution)
		}
	}
	return strings.Join(names, ", ")
}

// shortText returns for each grade what the area's detection rate lacks for it: "For ○ it lacks
// 20.0 points at 80x60 and 60.0 at 40x30." It returns "" if nothing is lacking.
func shortText(list []standing) string {
	var grades []string
	lacks := map[string][]string{}
	for _, s := range list {
		if s.Next == nil {
			continue
		}
		g, points := s.Next.Grade, fmt.Sprintf("%.1f", 100*s.Next.Lacks)
		if lacks[g] == nil {
			grades = append(grades, g)
			points += " points"
		}
		lacks[g] = append(lacks[g], points+" at "+s.Resolution)
	}
	var sentences []string
	for _, g := range grades {
		sentences = append(sentences, "For "+g+" it lacks "+and(lacks[g])+".")
	}
	return strings.Join(sentences, " ")
}

// and joins texts: "a, b and c". There is at least one.
func and(list []string) string {
	last := len(list) - 1
	if last == 0 {
		return list[0]
	}
	return strings.Join(list[:last], ", ") + " and " + list[last]
}

// anchor returns an area's place in the page's address. The page replaces some characters, and so
// must the address.
func anchor(evaluation, area string) string {
	return bidiControls().Replace("area/" + evaluation + "/" + area)
}
