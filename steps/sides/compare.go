package sides

import (
	"cmp"
	"fmt"
	"strings"

	"snellen/steps/report/document"
)

// Compare compares a side with a later one.
func Compare(before, now *Side) *Document {
	p := newPair(before, now)
	d := &Document{
		Version: Version, Before: before.point(), Now: now.point(), Changes: p.changes(),
		Resolutions: p.resolutions(), Steps: p.steps(),
	}
	d.Answer, d.Effect = d.answer(), d.effect()
	d.Remarks = p.remarks(d)
	return d
}

// point describes a side.
func (s *Side) point() Point {
	p := Point{Title: s.Title, Missing: s.lacks()}
	if s.Study != nil {
		p.Study = s.Study.Name
	}
	if p.Missing {
		p.Again = s.Again
	}
	if s.doc == nil {
		return p
	}
	p.Study = cmp.Or(p.Study, s.doc.Study)
	if !p.Missing || s.doc.Decision.State != document.Unknown {
		p.Decision = &s.doc.Decision
	}
	return p
}

// answer says whether the decision is another now.
func (d *Document) answer() string {
	before, now := d.Before.conclusion(), d.Now.conclusion()
	switch {
	case d.Before.Decision == nil && d.Now.Decision == nil:
		return "The results of both are gone: nothing can be said of the answer."
	case d.Before.Decision == nil:
		return "What the answer was is not known any more: now " + now + "."
	case d.Now.Decision == nil:
		return "What the answer is now is not known: before, " + before + "."
	case before == now:
		return "The answer is the same: " + now + "."
	}
	return "The answer is another: " + now + ", and before: " + before + "."
}

// distrusted is said of a decision over areas that show training pictures.
const distrusted = ", by figures that are not to be trusted"

// conclusion says what was decided, in a clause.
func (p Point) conclusion() string {
	d := p.Decision
	if d == nil {
		return "not known"
	}
	text := decided(d)
	if d.Leaked != nil && *d.Leaked > 0 && d.Decided() {
		text += distrusted
	}
	return text
}

// decided says what a decision is, in a clause.
func decided(d *document.Decision) string {
	switch {
	case d.State == document.Unknown:
		return "no answer, since results are missing"
	case d.State == document.NoCamera:
		return "no answer, since nothing is judged"
	case d.State == document.Open:
		return "the answer is open"
	case d.Resolution == nil:
		return "no resolution is graded " + d.AtLeast
	case d.State == document.Largest && len(d.Candidates) > 0 &&
		d.Candidates[len(d.Candidates)-1].Resolution == *d.Resolution:
		return "nothing is smaller than " + *d.Resolution
	case d.State == document.Largest:
		return "nothing below " + *d.Resolution + " is enough"
	case d.State == document.Observed:
		return *d.Resolution + " by what was observed"
	}
	return *d.Resolution + " is enough"
}

// effect says at which resolutions the detection is shown to be another.
func (d *Document) effect() string {
	var shown []string
	compared, same := 0, 0
	for _, r := range d.Resolutions {
		if r.Change == nil {
			continue
		}
		compared++
		verb := ""
		switch {
		case r.Compared == Same:
			same++
		case r.Change.Verdict == document.VerdictBetter:
			verb = "more"
		case r.Change.Verdict == document.VerdictWorse:
			verb = "less"
		}
		if verb != "" {
			shown = append(shown, fmt.Sprintf("%s detects %s than before, by %s points",
				r.Resolution, verb, strings.TrimLeft(document.Signed(r.Change.Difference), "+-")))
		}
	}
	switch {
	case compared == 0:
		return "No resolution could be compared in pairs."
	case same == compared && compared == len(d.Resolutions):
		return "All resolutions detect the same as before."
	case len(shown) == 0:
		return "No resolution is shown to detect more or less than before."
	}
	return strings.Join(shown, "; ") + "."
}
