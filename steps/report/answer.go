package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"snellen/steps/compare"
	"snellen/steps/report/document"
	"snellen/steps/term"
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

// verdict returns the answer of a decision whose results are all there.
func (r *Report) verdict(d *document.Decision) string {
	best := fmt.Sprintf("%s detects most, %s", *d.Best, r.rateOf(*d.Best))
	switch {
	case len(d.Candidates) == 1:
		return fmt.Sprintf("%s detects %s; there is nothing to compare it with.", *d.Best,
			r.rateOf(*d.Best))
	case d.By == "grade" && d.Resolution == nil:
		return fmt.Sprintf("No resolution is graded %s or better: %s.", d.AtLeast, best)
	case d.By == "grade":
		return fmt.Sprintf("%s is the smallest that is graded %s or better: it detects %s. "+
			"This goes by what was observed.", *d.Resolution, d.AtLeast, r.rateOf(*d.Resolution))
	case d.State == document.Observed:
		return fmt.Sprintf("%s. This goes by what was observed, which flatters the best of %d.",
			strings.Replace(best, ", ", ": ", 1), len(d.Candidates))
	case d.State == document.Open:
		return r.openText(d)
	}
	at := slices.IndexFunc(d.Candidates,
		func(c document.Candidate) bool { return c.Resolution == *d.Resolution })
	last := at == len(d.Candidates)-1
	switch {
	case d.State == document.Largest && last:
		return fmt.Sprintf("Nothing is smaller than %s: it detects %s.", *d.Resolution,
			r.rateOf(*d.Resolution))
	case d.State == document.Largest:
		return fmt.Sprintf("Nothing below %s is enough: %s.", *d.Resolution,
			r.againstText(d.Candidates[at+1].Resolution, d.Candidates[at+1]))
	}
	text := fmt.Sprintf("%s is enough: %s.", *d.Resolution, r.againstText("it", d.Candidates[at]))
	if !last {
		text += " " + r.nextText(d.Candidates[at+1])
	}
	return text
}

// openText returns the answer of an open decision: what was seen first, and the doubt second.
func (r *Report) openText(d *document.Decision) string {
	var c document.Candidate
	most := ""
	for _, one := range d.Candidates {
		if one.Needed == d.Needed {
			c = one
		}
		if one.Resolution == *d.Best {
			most = percent(one.Rate)
		}
	}
	what := "whether " + c.Resolution + " is enough"
	if c.Resolution == *d.Best {
		what = "whether it is enough"
	}
	return fmt.Sprintf("%s detects most, %s; %s cannot be told with %s: %s. %s", *d.Best, most, what,
		r.sampleCount(c), r.againstText("it", c), c.Needed.Text)
}

// nextText returns what is known of the first candidate that is not the answer any more.
func (r *Report) nextText(c document.Candidate) string {
	if c.Verdict == document.CandidateWorse {
		return fmt.Sprintf("%s is not: %s.", c.Resolution, r.againstText("it", c))
	}
	return fmt.Sprintf("Whether %s is too cannot be told: %s. %s", c.Resolution,
		r.againstText("it", c), c.Needed.Text)
}

// againstText returns what a candidate loses or gains against the reference, with the interval.
func (r *Report) againstText(subject string, c document.Candidate) string {
	what := "detects as much as"
	if d := document.Signed(c.Difference); d != document.Signed(0) {
		verb := "gains"
		if c.Difference < 0 {
			verb = "loses"
		}
		what = fmt.Sprintf("%s %s points against", verb, strings.TrimLeft(d, "+-"))
	}
	return fmt.Sprintf("%s %s %s (%s, %s)", subject, what, *r.doc.Decision.Reference,
		differenceInterval(c.Interval), r.sampleCount(c))
}

// sampleCount returns the number of samples that a candidate was compared by: "120 areas".
func (r *Report) sampleCount(c document.Candidate) string {
	return term.Count(c.Interval.Samples, r.doc.Decision.Unit(), r.doc.Decision.Units())
}

// meaning returns what the answer means and what it assumes, or "" where there is none.
func (r *Report) meaning() string {
	d := &r.doc.Decision
	switch d.State {
	case document.Enough, document.Largest, document.Open:
	default:
		return ""
	}
	if len(d.Candidates) == 1 {
		return ""
	}
	text := fmt.Sprintf("Enough means: shown, with a risk of error of at most %s, to lose no more "+
		"than %s against %s. Resolutions are tested from there down, and the first that is not "+
		"enough ends it, as if smaller ones were not either. The judged %s stand for others like "+
		"them, of the same labels.",
		percent(1-d.Confidence), pointsText(d.Within), *d.Reference, d.Units())
	if r.study.Decision.Reference == "best" {
		text += fmt.Sprintf(" %s is the reference since it detects most, which flatters it: the "+
			"winner of several had luck too.", *d.Reference)
	}
	return text
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

// neededText returns how much more evidence would settle a candidate.
func (r *Report) neededText(n compare.Needed, e evidence) *document.Needed {
	out := &document.Needed{}
	var ways []string
	units := r.doc.Decision.Units()
	if n.Areas > 0 {
		out.Areas = &n.Areas
		way := fmt.Sprintf("about %d %s", n.Areas, units)
		if r.hasGroups() {
			way += " (near-duplicates count once)"
		}
		ways = append(ways, way)
	}
	if n.Replicates > 0 {
		out.Replicates = &n.Replicates
		ways = append(ways, fmt.Sprintf("about %d replicates", n.Replicates))
	}
	out.Text = "No number of " + units + " would tell if the rates stay as they are: " +
		"the difference is right at the limit."
	if r.doc.Replicates > 1 {
		out.Text = "Neither more " + units + " nor more replicates alone would tell, if the rates " +
			"stay as they are."
	}
	if len(ways) > 0 {
		out.Text = capitalized(strings.Join(ways, ", or ")) +
			" would tell, if the rates stay as they are."
	}
	return out
}

// capitalized returns a text that begins a sentence.
func capitalized(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

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
