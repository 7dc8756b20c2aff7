package sides

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

// none is shown where there is no result.
const none = "-"

// mostChanges and mostAreas are how many changes of one kind, and areas, a terminal shows.
const (
	mostChanges = 8
	mostAreas   = 6
)

// WriteTable writes the comparison for a terminal. It wraps at width columns; with 0, nothing is
// wrapped or cut.
func (d *Document) WriteTable(w io.Writer, width int, colour bool) error {
	t := &table{d: d, width: width, colour: colour}
	t.text("", "From "+d.Before.Title+" to "+d.Now.Title+".")
	t.line("")
	t.text("", d.Answer+" "+d.Effect)
	t.heading("Changed")
	t.changes()
	t.heading("What that did")
	if d.Before.Decision == nil && d.Now.Decision == nil {
		t.item("not known, since the results are gone")
	} else if err := t.grid().Write(&t.b, width, colour); err != nil {
		return err
	}
	t.areas()
	if len(d.Remarks) > 0 {
		t.line("")
	}
	for _, text := range d.Remarks {
		t.item(text)
	}
	t.decisions()
	t.heading("Steps")
	t.steps()
	t.again()
	_, err := io.WriteString(w, t.b.String())
	return err
}

// A table writes one document for a terminal.
type table struct {
	d      *Document
	b      strings.Builder
	width  int
	colour bool
}

func (t *table) line(text string) { t.b.WriteString(text + "\n") }

// text writes a sentence, wrapped behind an indentation.
func (t *table) text(indent, text string) {
	for _, line := range term.Wrap(term.Clean(text), t.width, indent, indent) {
		t.line(line)
	}
}

// item writes one of a list, whose later lines are indented further.
func (t *table) item(text string) {
	for _, line := range term.Wrap(term.Clean(text), t.width, " ", "   ") {
		t.line(line)
	}
}

func (t *table) heading(text string) {
	t.line("")
	t.line(term.Paint(text+":", term.Bold, t.colour))
}

// changes writes what was changed.
func (t *table) changes() {
	if len(t.d.Changes) == 0 {
		t.item(t.d.unchanged())
		return
	}
	count := map[string]int{}
	for _, c := range t.d.Changes {
		count[c.Kind]++
	}
	shown := map[string]int{}
	for _, c := range t.d.Changes {
		if shown[c.Kind]++; shown[c.Kind] <= mostChanges {
			t.item(c.String())
		} else if shown[c.Kind] == count[c.Kind] {
			t.item(fmt.Sprintf("and %d more of kind %s: see all with -json",
				count[c.Kind]-mostChanges, c.Kind))
		}
	}
}

// unchanged says that no change is known.
func (d *Document) unchanged() string {
	if d.Steps.Differ+d.Steps.Added+d.Steps.Removed == 0 {
		return "nothing"
	}
	return "not known: no record says what the steps that differ were told"
}

// String returns the change with its place in the study: "40x30: hyperparameters.epochs 30 -> 40".
func (c Change) String() string {
	if c.Where == "" {
		return c.Text
	}
	return c.Where + ": " + c.Text
}

// grid returns the table of the resolutions, with what changed first.
func (t *table) grid() *term.Grid {
	g := &term.Grid{Right: []bool{
		false, true, false, false, true, true, true, true, true, true, true,
	}, Blocks: true}
	g.Row(t.d.columns()...)
	for i := range g.Rows[0] {
		g.Rows[0][i].Colour = term.Bold
	}
	for _, r := range t.d.Resolutions {
		g.Row(r.cells()...)
		g.Rows[len(g.Rows)-1][3].Colour = r.colour()
	}
	return g
}

// columns names the columns of cells.
func (d *Document) columns() []string {
	return []string{"resolution", "points", d.intervalHead(), "shown", "before", "now", "accuracy",
		"best epoch", "epochs", "training", "dataset"}
}

// cells returns a row of the table.
func (r Resolution) cells() []string {
	before, now := r.sides()
	return []string{term.Clean(r.Resolution), r.points(), r.interval(), r.shown(),
		rate(before.Detection), rate(now.Detection),
		both(r, func(f *Figures) *float64 { return f.Accuracy }, threeDecimals),
		both(r, func(f *Figures) *int { return f.BestEpoch }, strconv.Itoa),
		both(r, func(f *Figures) *int { return f.Epochs }, strconv.Itoa),
		both(r, func(f *Figures) *float64 { return f.TrainSeconds }, seconds),
		both(r, func(f *Figures) *int64 { return f.DatasetBytes }, term.Bytes)}
}

// intervalHead names the column of intervals, which have one confidence.
func (d *Document) intervalHead() string {
	for _, r := range d.Resolutions {
		if r.Change != nil {
			return document.Confidence(r.Change.Interval.Confidence) + " interval"
		}
	}
	return "interval"
}

// sides returns the figures of both sides, without any for one that lacks the resolution.
func (r Resolution) sides() (before, now Figures) {
	if r.Before != nil {
		before = *r.Before
	}
	if r.Now != nil {
		now = *r.Now
	}
	return before, now
}

// points returns the change of the detection rate. Where it is not compared in pairs, it is the
// difference of both rates.
func (r Resolution) points() string {
	before, now := r.sides()
	switch {
	case r.Change != nil:
		return document.Signed(r.Change.Difference)
	case before.Detection == nil || now.Detection == nil:
		return none
	}
	return document.Signed(now.Detection.Rate - before.Detection.Rate)
}

func (r Resolution) interval() string {
	if r.Change == nil || r.Compared == Same {
		return none
	}
	i := r.Change.Interval
	return fmt.Sprintf("%+.1f to %+.1f", 100*i.Low, 100*i.High)
}

// shown says what is shown of the change, in a word or two.
func (r Resolution) shown() string {
	switch {
	case r.Before == nil:
		return "added"
	case r.Now == nil:
		return "removed"
	case r.Compared == Same:
		return "the same"
	case r.Compared != Paired:
		return r.Compared
	case r.Change.Verdict == document.VerdictInconclusive:
		return "open"
	}
	return r.Change.Verdict
}

func (r Resolution) colour() string {
	switch r.shown() {
	case document.VerdictBetter:
		return term.Green
	case document.VerdictWorse:
		return term.Red
	case "open", NotPaired:
		return term.Yellow
	}
	return ""
}

func rate(r *document.Rate) string {
	if r == nil {
		return none
	}
	return document.Percent(r.Rate)
}

func threeDecimals(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }

func seconds(s float64) string { return term.Duration(time.Duration(s * float64(time.Second))) }

// both returns a figure before and now: "0.913 -> 0.920", or once where both are shown alike or
// only one side has the resolution. "?" is one that is not known.
func both[T any](r Resolution, figure func(*Figures) *T, format func(T) string) string {
	text := func(f *Figures) string {
		if v := figure(f); v != nil {
			return format(*v)
		}
		return none
	}
	switch {
	case r.Before == nil:
		return text(r.Now)
	case r.Now == nil:
		return text(r.Before)
	}
	was, is := text(r.Before), text(r.Now)
	switch {
	case was == is:
		return is
	case was == none:
		was = "?"
	case is == none:
		is = "?"
	}
	return was + " -> " + is
}

// areas writes which areas are recognised on one side only.
func (t *table) areas() {
	first := true
	for _, r := range t.d.Resolutions {
		for _, one := range []struct {
			verb  string
			areas []Area
		}{{"lost", r.Lost}, {"found", r.Found}} {
			if len(one.areas) == 0 {
				continue
			}
			if first {
				t.line("")
				first = false
			}
			t.item(fmt.Sprintf("%s %s: %s", r.Resolution, one.verb, names(one.areas, mostAreas)))
		}
	}
}

// decisions writes both decisions in full.
func (t *table) decisions() {
	if t.d.Before.Decision == nil && t.d.Now.Decision == nil {
		return
	}
	t.heading("The decision")
	for _, one := range []struct {
		name string
		Point
	}{{"before", t.d.Before}, {"now", t.d.Now}} {
		text := "not known"
		if one.Decision != nil {
			text = one.Decision.Sentence
		}
		t.item(one.name + ": " + text)
	}
}

// steps writes how many steps are the same, and which are not where that is all that is known.
func (t *table) steps() {
	t.item(t.d.Steps.String())
	if !t.d.Before.Missing && !t.d.Now.Missing {
		return
	}
	for _, r := range t.d.Resolutions {
		if text := r.bytes(); text != "" {
			t.item(text)
		}
	}
}

// bytes says which steps of the resolution made other bytes, or "" where no step is on both sides.
// Trainings of one kind are counted.
func (r Resolution) bytes() string {
	if r.Steps == 0 {
		return ""
	}
	if len(r.Differs) == 0 {
		return fmt.Sprintf("%s: the same bytes from %s", r.Resolution, term.Count(r.Steps, "step"))
	}
	var list []string
	count := map[string]int{}
	for _, at := range r.Differs {
		at = strings.TrimPrefix(at, r.Resolution+"/")
		if i := strings.LastIndexByte(at, '/'); i > 0 {
			if _, err := strconv.Atoi(at[i+1:]); err == nil {
				at = at[:i]
			}
		}
		if count[at]++; count[at] == 1 {
			list = append(list, at)
		}
	}
	for i, at := range list {
		if count[at] > 1 {
			list[i] += fmt.Sprintf(" (%d)", count[at])
		}
	}
	if n := len(list) - mostAreas; n > 0 {
		list = append(list[:mostAreas], fmt.Sprintf("and %d more", n))
	}
	return fmt.Sprintf("%s: other bytes from %d of %s: %s", r.Resolution, len(r.Differs),
		term.Count(r.Steps, "step"), strings.Join(list, ", "))
}

// String counts the steps in words.
func (s Steps) String() string {
	text := term.Count(s.Same, "step is the same", "steps are the same") + ", " +
		term.Count(s.Differ, "differs", "differ")
	if s.Added > 0 {
		text += fmt.Sprintf(", %d added", s.Added)
	}
	if s.Removed > 0 {
		text += fmt.Sprintf(", %d removed", s.Removed)
	}
	if s.SameBytes > 0 {
		text += fmt.Sprintf(". %d of those that differ made the same bytes", s.SameBytes)
	}
	return text + "."
}

// again writes what to type to have results again that the store does not have any more.
func (t *table) again() {
	for _, one := range []Point{t.d.Before, t.d.Now} {
		if one.Again != "" {
			t.line("")
			t.text("", "To have the results of "+one.Title+" again, type:")
			t.line("  " + term.Clean(one.Again)) // as it is typed
		}
	}
}
