package study

import (
	"fmt"
	"slices"
	"strconv"

	"snellen/specs"
	"snellen/steps/compare"
	"snellen/steps/term"
)

// Doubt returns what a study cannot show, whatever its results are, since it judges too few areas or
// pictures: "10 areas cannot show that a resolution loses at most 5 points, even where nothing is
// lost; 59 can". It returns "" for a study that can.
func Doubt(s *specs.Study) string {
	d := s.Decision
	if d.Prefer == "best" || d.By == "grade" || len(s.Resolutions) < 2 {
		return ""
	}
	areas, pictures := 0, 0
	for _, e := range s.Evaluations {
		if slices.Contains(d.Evaluations, e.Name) {
			areas, pictures = areas+len(e.Areas), pictures+len(e.Samples)
		}
	}
	n, fewest := areas+pictures, compare.Fewest(d.Within, d.Confidence)
	if n == 0 || n >= fewest && fewest > 0 {
		return ""
	}
	judged := term.Count(n, "area")
	switch {
	case areas == 0:
		judged = term.Count(n, "picture")
	case pictures > 0:
		judged = term.Count(n, "area or picture", "areas and pictures")
	}
	if fewest == 0 {
		return "No number of areas can show that a resolution loses nothing at all: " +
			"accept a loss by decide { within = 0.05 }"
	}
	return fmt.Sprintf("%s cannot show that a resolution loses at most %s points, even where "+
		"nothing is lost; %d can", judged, strconv.FormatFloat(100*d.Within, 'g', 4, 64), fewest)
}
