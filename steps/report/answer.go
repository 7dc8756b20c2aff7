package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"snellen/steps/compare"
	"snellen/steps/report/document"
)

// answer returns the decision in words, with which the report begins.
func (r *Report) answer() string {
	d := &r.doc.Decision
	if d.State == document.NoCamera {
		return "No answer: the study has no evaluation to judge the resolutions by."
	}
	if d.State == document.Unknown {
		missing := len(r.doc.Resolutions) - len(d.Candidates)
		if len(d.Candidates) == 0 {
			return "No answer yet: no resolution has been judged. Type snellen apply."
		}
		return fmt.Sprintf("No answer yet: %d of %d resolutions have not been judged. "+
			"Type snellen apply.", missing, len(r.doc.Resolutions))
	}
	text := r.verdict(d)
	// The figures are those of pictures that the networks learned.
	if why := r.doc.Distrust(); why != "" {
		text = "Not to be trusted: " + why + ". " + text
	}
	// With one training each, a difference may be chance. Only replicates can tell.
	if r.doc.Replicates == 1 && len(d.Candidates) > 1 {
		text += " Each was trained once: the variation between trainings is not known."
	}
	return text
}

// verdict returns the answer of a decision that has a resolution.
func (r *Report) verdict(d *document.Decision) string {
	rate := r.rateOf(*d.Resolution)
	last := d.Candidates[len(d.Candidates)-1].Resolution
	switch {
	case len(d.Candidates) == 1:
		return fmt.Sprintf("%s detects %s; there is nothing to compare it with.", *d.Resolution,
			rate)
	case d.Prefer == "best":
		return fmt.Sprintf("%s detects most: %s.", *d.Resolution, rate)
	case *d.Resolution == *d.Best && *d.Resolution == last:
		return fmt.Sprintf("%s is enough: the smallest resolution detects most, %s.",
			*d.Resolution, rate)
	case *d.Resolution == *d.Best:
		return fmt.Sprintf("%s is the smallest that is enough: it detects most, %s, "+
			"and every smaller one is shown to lose more than %s.",
			*d.Resolution, rate, pointsText(d.Within))
	case d.State == document.Decided:
		return fmt.Sprintf("%s is enough: %s, and a loss of more than %s is ruled out.",
			*d.Resolution, differenceText(d), pointsText(d.Within))
	}
	return fmt.Sprintf("Not enough evidence: %s is the smallest resolution that is not shown "+
		"to be worse, %s; a loss of more than %s is not ruled out. %s",
		*d.Resolution, differenceText(d), pointsText(d.Within), d.Needed.Text)
}

// differenceText returns the difference between the chosen resolution and the best, with its
// interval.
func differenceText(d *document.Decision) string {
	return fmt.Sprintf("%s points against the best, %s (%s)",
		signed(*d.Difference), *d.Best, differenceInterval(d.Interval))
}

// rateOf returns a resolution's detection rate in words.
func (r *Report) rateOf(name string) string {
	for _, row := range r.doc.Resolutions {
		if row.Resolution == name {
			return fmt.Sprintf("%s of the judged %s (%s)", percent(row.Detection.Rate),
				r.doc.Decision.Units(), rateInterval(&row.Detection.Interval))
		}
	}
	panic("BUG: no resolution " + name)
}

// signed returns a difference of shares in points: "-2.0", "+0.5".
func signed(d float64) string { return document.Signed(d) }

// pointsText returns a share in points, with as few decimals as possible: "3 points".
func pointsText(d float64) string {
	text := strconv.FormatFloat(rounded(100*d), 'f', -1, 64)
	if text == "1" {
		return "1 point"
	}
	return text + " points"
}

// differenceInterval returns the interval of a difference: "95 % interval -8.0 to +4.1".
func differenceInterval(i *document.Interval) string {
	return fmt.Sprintf("%s interval %s to %s",
		document.Confidence(i.Confidence), signed(i.Low), signed(i.High))
}

// rateInterval returns the interval of a rate: "95 % interval 60 to 98 %".
func rateInterval(i *document.Interval) string {
	return fmt.Sprintf("%s interval %.0f to %.0f %%",
		document.Confidence(i.Confidence), 100*i.Low, 100*i.High)
}

// neededText returns how much more evidence would give a verdict. It returns nil if there is one.
func (r *Report) neededText(
	n compare.Needed, e evidence, verdict compare.Verdict,
) *document.Needed {
	if verdict != compare.Inconclusive {
		return nil
	}
	out := &document.Needed{}
	var ways []string
	units := r.doc.Decision.Units()
	if n.Areas > 0 {
		out.Areas = &n.Areas
		way := fmt.Sprintf("about %d %s instead of %d", n.Areas, units, e.trial.Areas())
		if r.hasGroups() {
			way += " (near-duplicates count once)"
		}
		ways = append(ways, way)
	}
	if n.Replicates > 0 {
		out.Replicates = &n.Replicates
		ways = append(ways, fmt.Sprintf("about %d replicates", n.Replicates))
	}
	out.Text = "No number of " + units + " would be enough if the rates stay as they are: " +
		"the difference is right at the limit."
	if len(ways) > 0 {
		out.Text = "It would take " + strings.Join(ways, ", or ") +
			", if the rates stay as they are."
	}
	return out
}

// hasGroups reports whether the decision's pictures have near-duplicates among them.
func (r *Report) hasGroups() bool {
	for _, c := range r.doc.Cameras {
		if slices.Contains(r.doc.Decision.Evaluations, c.Name) && slices.ContainsFunc(c.Pictures,
			func(p document.JudgedPicture) bool { return p.Group > 0 }) {
			return true
		}
	}
	return false
}
