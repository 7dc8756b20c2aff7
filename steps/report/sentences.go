package report

import (
	"fmt"
	"strconv"
	"strings"

	"snellen/steps/compare"
	"snellen/steps/report/document"
)

// sentence is the decision in words: the report begins with it.
func (r *Report) sentence() string {
	d := &r.doc.Decision
	if d.State == document.NoCamera {
		return "No answer: the study has no evaluation to judge the resolutions by."
	}
	if d.State == document.Unknown {
		missing := len(r.doc.Resolutions) - len(d.Candidates)
		if len(d.Candidates) == 0 {
			return "No answer yet: no resolution has been judged. Type snellen apply."
		}
		return fmt.Sprintf("No answer yet: %d of %d resolutions have not been judged. Type snellen apply.", missing, len(r.doc.Resolutions))
	}
	text := r.verdict(d)
	if r.doc.Replicates == 1 && len(d.Candidates) > 1 {
		text += " Each was trained once: how much is chance in training is not known."
	}
	return text
}

func (r *Report) verdict(d *document.Decision) string {
	rate := r.rateOf(*d.Resolution)
	last := d.Candidates[len(d.Candidates)-1].Resolution
	switch {
	case len(d.Candidates) == 1:
		return fmt.Sprintf("%s finds %s; there is nothing to compare it with.", *d.Resolution, rate)
	case d.Prefer == "best":
		return fmt.Sprintf("%s detects most: %s.", *d.Resolution, rate)
	case *d.Resolution == *d.Best && *d.Resolution == last:
		return fmt.Sprintf("%s is enough: the smallest resolution detects most, %s.", *d.Resolution, rate)
	case *d.Resolution == *d.Best:
		return fmt.Sprintf("%s is the smallest that will do: it detects most, %s, and every smaller one is shown to lose more than %s.",
			*d.Resolution, rate, amount(d.Within))
	case d.State == document.Decided:
		return fmt.Sprintf("%s is enough: %s, and a loss of more than %s is ruled out.", *d.Resolution, gap(d), amount(d.Within))
	}
	return fmt.Sprintf("Not enough evidence: %s is the smallest resolution that is not shown to be worse, %s; a loss of more than %s is not ruled out. %s",
		*d.Resolution, gap(d), amount(d.Within), d.Needed.Text)
}

// gap is the difference between the chosen resolution and the best, with its interval.
func gap(d *document.Decision) string {
	return fmt.Sprintf("%s points against the best, %s (%s)", signed(*d.Difference), *d.Best, between(d.Interval))
}

// rateOf is a resolution's detection rate in words.
func (r *Report) rateOf(name string) string {
	for _, row := range r.doc.Resolutions {
		if row.Resolution == name {
			return fmt.Sprintf("%s of what was judged (%s)", percent(row.Detection.Rate), reach(&row.Detection.Interval))
		}
	}
	panic("BUG: no resolution " + name)
}

// signed is a difference of shares in points: "-2.0", "+0.5".
func signed(d float64) string { return document.Signed(d) }

// amount is a share in points, as short as it goes: "3 points".
func amount(d float64) string {
	text := strconv.FormatFloat(rounded(100*d), 'f', -1, 64)
	if text == "1" {
		return "1 point"
	}
	return text + " points"
}

// level is a confidence in words: "95 %".
func level(c float64) string { return strconv.FormatFloat(rounded(100*c), 'f', -1, 64) + " %" }

// between is the interval of a difference: "95 % interval -8.0 to +4.1".
func between(i *document.Interval) string {
	return fmt.Sprintf("%s interval %s to %s", level(i.Confidence), signed(i.Low), signed(i.High))
}

// reach is the interval of a rate: "95 % interval 60 to 98 %".
func reach(i *document.Interval) string {
	return fmt.Sprintf("%s interval %.0f to %.0f %%", level(i.Confidence), 100*i.Low, 100*i.High)
}

// needed is what more would tell; nil where a comparison shows something.
func needed(n compare.Needed, e evidence, verdict compare.Verdict) *document.Needed {
	if verdict != compare.Inconclusive {
		return nil
	}
	out := &document.Needed{}
	var ways []string
	if n.Areas > 0 {
		out.Areas = &n.Areas
		ways = append(ways, fmt.Sprintf("about %d areas in place of %d", n.Areas, e.trial.Areas()))
	}
	if n.Replicates > 0 {
		out.Replicates = &n.Replicates
		ways = append(ways, fmt.Sprintf("about %d replicates", n.Replicates))
	}
	out.Text = "No number of areas would tell, if the rates stay as they are: the difference is just at the limit."
	if len(ways) > 0 {
		out.Text = "It would take " + strings.Join(ways, ", or ") + ", if the rates stay as they are."
	}
	return out
}

// methods say how the figures were computed.
func (r *Report) methods(e evidence) []document.Method {
	c := level(r.study.Decision.Confidence)
	draws := 0
	if e.trial != nil {
		draws = e.trial.Draws()
	}
	return []document.Method{
		{Name: "accuracy", Text: "Share of the validation frames that the best epoch's model classifies rightly; every frame is scored once. The saved model was scored again and gave the same number. With several trainings, their mean."},
		{Name: "detection_rate", Text: "Share of judged areas whose likeliest label is the expected one, over all judged frames. With several trainings, their mean."},
		{Name: "recognised", Text: "An area counts as recognised when it was found right in more than half of its judged frames. A flip is an area that is recognised at one of two neighbouring resolutions only."},
		{Name: "wilson", Text: "Wilson's score interval at " + c + " for the detection rate, with as many samples as areas: the frames of one area show the same product in the same place and are no samples of their own."},
		{Name: "bootstrap", Text: fmt.Sprintf("Paired block bootstrap at %s: %d draws, seed %d. Each draws areas, within them blocks of time (of a second, or a tenth of the judged time where that is longer), and trainings, with replacement, the same areas and blocks for both resolutions; percentiles are expanded for few areas (Hesterberg 2015).", c, draws, r.study.Seed)},
		{Name: "adjusted", Text: "Interval of the mean difference by area at " + c + ", with two areas made up, one that only the first resolution recognises and one that only the second does (Bonett and Price 2012). It holds also where no area differs and the bootstrap sees nothing."},
		{Name: "wider", Text: "On each side the wider of bootstrap and adjusted."},
		{Name: "sign_test", Text: "Exact two-sided sign test over areas, by their rates; ties are left out. It shows nothing with fewer than six areas that differ."},
		{Name: "verdict", Text: "A difference is shown where the bootstrap's interval excludes none and the sign test's p is at most one less the confidence. That a loss is no more than the accepted one is shown where bootstrap and adjusted interval both exclude more. Comparisons are not corrected for there being several."},
		{Name: "needed", Text: "How many areas, or trainings, would show something if all rates stayed as they are: the bootstrap's interval shrinks with the root of the areas, adjusted interval and sign test are worked out again for more areas of the same kind."},
		{Name: "grade", Text: "The first grade whose every_area each area of the evaluation reaches; a resolution has the worst of its evaluations'."},
		{Name: "pixels", Text: "An area's size in the camera's picture, scaled to the resolution that the model learned from or to the size of the camera's picture, whichever is smaller. The rule is the fewest pixels of height from which on, at every height that was tried, the mean detection rate is at least the best grade's every_area."},
		{Name: "near_duplicates", Text: "Frames whose difference hashes (64 bits of a 9x8 grey picture) differ in so few bits. Each validation frame is compared with all train frames of its label; of other labels and cameras 200 frames spread evenly are compared."},
	}
}
