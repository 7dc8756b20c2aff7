package report

import (
	"fmt"
	"slices"
	"strings"

	"snellen/steps/report/document"
)

// detailText says which resolutions carry more detail than the network's input can use, from which
// on frames and areas have fewer pixels than it, and where detection falls between them. It returns
// "" where the inputs differ, or nothing is judged by areas.
func (r *Report) detailText() string {
	frames := r.doc.Pixels.Frames
	var more, fewer []string
	areas := "" // the largest resolution at which areas have fewer pixels than the input
	for i, f := range frames {
		if f.Input != frames[0].Input || r.doc.Resolutions[i].Detection == nil {
			return ""
		}
		if f.DetailLost {
			more = append(more, f.Resolution)
		}
		if f.Scale > 1 {
			fewer = append(fewer, f.Resolution)
		}
		if areas == "" && r.smallAreas(i) {
			areas = f.Resolution
		}
	}
	if len(frames) < 2 || areas == "" {
		return ""
	}
	in := fmt.Sprintf("%dx%d pixels", frames[0].Input[0], frames[0].Input[1])
	parts := []string{"the network sees " + in}
	if len(more) > 0 {
		verb := "carries"
		if len(more) > 1 {
			verb = "carry"
		}
		parts = append(parts, fmt.Sprintf("%s %s more detail than that", listed(more), verb))
	}
	switch len(fewer) {
	case 0:
		parts = append(parts, "no resolution has fewer pixels")
	case len(frames):
		parts = append(parts, "all resolutions have fewer pixels")
	default:
		parts = append(parts, fmt.Sprintf("from %s down, frames have fewer pixels", fewer[0]))
	}
	where := "at every resolution"
	if areas != frames[0].Resolution {
		where = "from " + areas + " down"
	}
	parts = append(parts, "a judged area has fewer "+where)
	return "Detail: " + strings.Join(parts, "; ") + ". " + r.fallText(fewer)
}

// listed returns names as a sentence has them: "640x480 and 320x240".
func listed(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// smallAreas reports whether most judged areas have fewer pixels at resolution i than at the
// network's input.
func (r *Report) smallAreas(i int) bool {
	small, all := 0, 0
	for _, e := range r.doc.Resolutions[i].Evaluations {
		for _, a := range e.Areas {
			if all++; a.Pixels.Resolution[1] < a.Pixels.Network[1] {
				small++
			}
		}
	}
	return 2*small > all
}

// fallText says between which neighbours detection falls most, and whether the frames of the
// smaller one have fewer pixels than the input. fewer are those that have.
func (r *Report) fallText(fewer []string) string {
	var above, below *document.Resolution
	largest := 0.0
	for i := range r.doc.Resolutions {
		row := &r.doc.Resolutions[i]
		if i == 0 {
			continue
		}
		before := &r.doc.Resolutions[i-1]
		if fall := before.Detection.Rate - row.Detection.Rate; fall > largest {
			above, below, largest = before, row, fall
		}
	}
	if above == nil {
		return "Detection falls nowhere."
	}
	has := func(name string) bool { return slices.Contains(fewer, name) }
	where := "where both fill the network's input: detail that it does not see is no reason"
	switch {
	case has(above.Resolution):
		where = "where both have fewer pixels than the network sees"
	case has(below.Resolution):
		where = "where frames begin to have fewer pixels than the network sees"
	}
	return fmt.Sprintf("Detection falls most from %s to %s, by %.1f points, %s.", above.Resolution,
		below.Resolution, 100*largest, where)
}

// rankText says where validation and the judged areas disagree most: it names the resolution that
// validation ranks first and the areas rank last, or else the two that they rank the other way
// round with the largest difference in detection, if that is more than the accepted loss. It returns
// "" where they agree.
func (r *Report) rankText() string {
	rows := r.doc.Resolutions
	for _, row := range rows {
		if row.Accuracy == nil || row.Detection == nil {
			return ""
		}
	}
	var higher, lower *document.Resolution // by validation
	gap := r.doc.Decision.Within
	for i := range rows {
		for j := range rows {
			d := rows[j].Detection.Rate - rows[i].Detection.Rate
			if *rows[i].Accuracy >= *rows[j].Accuracy && d > gap {
				higher, lower, gap = &rows[i], &rows[j], d
			}
		}
	}
	if higher == nil {
		return ""
	}
	best, worst, highest := true, true, 0.0
	for _, row := range rows {
		best = best && *row.Accuracy <= *higher.Accuracy
		worst = worst && row.Detection.Rate >= higher.Detection.Rate
		highest = max(highest, row.Detection.Rate)
	}
	units := r.doc.Decision.Units()
	if best && worst {
		return fmt.Sprintf("Validation ranks %s first, at %.3f; the judged %s rank it last, at %s "+
			"against up to %s. Trust what was judged.", higher.Resolution, *higher.Accuracy, units,
			percent(higher.Detection.Rate), percent(highest))
	}
	above := "above"
	if *higher.Accuracy == *lower.Accuracy {
		above = "as high as"
	}
	return fmt.Sprintf("Validation ranks %s %s %s, at %.3f and %.3f; the judged %s rank it below, at "+
		"%s and %s. Trust what was judged.", higher.Resolution, above, lower.Resolution,
		*higher.Accuracy, *lower.Accuracy, units, percent(higher.Detection.Rate),
		percent(lower.Detection.Rate))
}
