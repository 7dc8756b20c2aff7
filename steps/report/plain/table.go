// Package plain writes a report's document as texts: a table for a terminal, and Markdown. It reads
// the document and nothing else. Text from a spec is escaped.
package plain

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

// unknown is shown where there is no result.
const unknown = "-"

// A rendering writes one document.
type rendering struct{ doc *document.Document }

// WriteTable writes the answer, a table with a line for each resolution, and what a reader must
// know about it. It wraps at width columns; with 0, nothing is wrapped or cut.
func WriteTable(w io.Writer, d *document.Document, width int, colour bool) error {
	r := rendering{d}
	var b strings.Builder
	name := term.Clean(r.doc.Study)
	for i, line := range term.Wrap(name+": "+term.Clean(r.doc.Answer), width, "", "") {
		if i == 0 && strings.HasPrefix(line, name) {
			line = term.Paint(name, term.Bold, colour) + strings.TrimPrefix(line, name)
		}
		b.WriteString(line + "\n")
	}
	b.WriteByte('\n')
	if err := r.grid().Write(&b, width, colour); err != nil {
		return err
	}
	b.WriteByte('\n')
	for _, text := range r.doc.Remarks {
		for i, line := range term.Wrap(term.Clean(text), width-2, "", "") {
			b.WriteString(strings.Repeat(" ", 1+min(i, 1)) + line + "\n")
		}
	}
	r.gateLines(&b, width, colour)
	_, err := io.WriteString(w, b.String())
	return err
}

// grid returns the table of the resolutions. Its last column has no head: the notes. What a camera
// saw comes first: that is what a study is about. On a narrow terminal the rest goes below.
func (r rendering) grid() *term.Grid {
	g, head := &term.Grid{Right: []bool{false}, Blocks: true}, r.header()
	grade := slices.Index(head[1:], "grade") + 1
	for range grade - 1 {
		g.Right = append(g.Right, true)
	}
	g.Right = append(g.Right, false, true, true, true, true, true)
	g.Row(head...)
	for _, row := range r.doc.Resolutions {
		g.Row(append(r.figureCells(row), row.Note)...)
		g.Rows[len(g.Rows)-1][grade].Colour = r.gradeColour(row)
	}
	for i := range g.Rows[0] {
		g.Rows[0][i].Colour = term.Bold
	}
	return g
}

// header returns the names of the columns of figureCells.
func (r rendering) header() []string {
	row := []string{"resolution"}
	confidence := document.Confidence(r.doc.Decision.Confidence)
	if r.doc.Decision.Together() {
		row = append(row, "together ("+confidence+")")
	}
	for _, c := range r.doc.Cameras {
		row = append(row, term.Clean(c.Name)+" ("+confidence+")")
	}
	return append(row, "grade", "accuracy", "best epoch", "epochs", "training", "dataset")
}

// figureCells returns the figures of a resolution, for the terminal and for Markdown.
func (r rendering) figureCells(row document.Resolution) []string {
	cells := []string{term.Clean(row.Resolution)}
	if r.doc.Decision.Together() {
		cells = append(cells, togetherCell(row))
	}
	for _, e := range row.Evaluations {
		cells = append(cells, rateCell(e.DetectionRate, e.Interval))
	}
	grade, training, dataset := unknown, unknown, unknown
	if row.Grade != nil {
		grade = term.Clean(*row.Grade)
	}
	if row.TrainSeconds != nil {
		training = term.Duration(seconds(*row.TrainSeconds))
	}
	if row.DatasetBytes != nil {
		dataset = term.Bytes(*row.DatasetBytes)
	}
	return append(cells, grade, r.accuracy(row.Accuracy, row.Spread.Accuracy),
		number(row.BestEpoch), number(row.Epochs), training, dataset)
}

// togetherCell returns the rate over all evaluations that count.
func togetherCell(row document.Resolution) string {
	if row.Detection == nil {
		return unknown
	}
	return rateCell(&row.Detection.Rate, &row.Detection.Interval)
}

// number returns a whole number.
func number(n *int) string {
	if n == nil {
		return unknown
	}
	return strconv.Itoa(*n)
}

// accuracy returns a validation score, with its standard deviation over several trainings, and with
// a mark if the split is random.
func (r rendering) accuracy(score *float64, s *document.Sample) string {
	if score == nil {
		return unknown
	}
	text := strconv.FormatFloat(*score, 'f', 3, 64) + r.randomMark()
	if s != nil && s.Deviation != nil {
		text += fmt.Sprintf(" ±%.3f", *s.Deviation)
	}
	return text
}

// randomMark returns the mark of a validation score with a random split.
func (r rendering) randomMark() string {
	if r.doc.Split == "random" {
		return "*"
	}
	return ""
}

// rateCell returns a rate with its interval: "75.0 % (41-93)".
func rateCell(rate *float64, i *document.Interval) string {
	switch {
	case rate == nil:
		return unknown
	case i == nil:
		return document.Percent(*rate)
	}
	return fmt.Sprintf("%s (%.0f-%.0f)", document.Percent(*rate), 100*i.Low, 100*i.High)
}

// seconds converts seconds to a duration.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// gateLines writes for each gate whether it is met, and the reasons if it is not.
func (r rendering) gateLines(b *strings.Builder, width int, colour bool) {
	for i, g := range r.doc.Gates {
		if i == 0 {
			b.WriteByte('\n')
		}
		word, sgr := "met", term.Green
		if g.Met == nil {
			word, sgr = "not known", term.Yellow
		} else if !*g.Met {
			word, sgr = "not met", term.Red
		}
		fmt.Fprintf(b, " Gate %s: %s\n", term.Clean(g.Name), term.Paint(word, sgr, colour))
		for _, line := range g.Unmet() {
			for _, part := range term.Wrap(term.Clean(line), width, "   ", "     ") {
				b.WriteString(part + "\n")
			}
		}
	}
}

// gradeColour returns green if every evaluation has its best grade, red if one has its worst, and
// yellow otherwise. It returns no colour while a result is missing.
func (r rendering) gradeColour(row document.Resolution) string {
	best, last := true, false
	for i, e := range row.Evaluations {
		if e.DetectionRate == nil {
			return ""
		}
		grades := r.doc.Cameras[i].Grades
		// No grade counts as worse than the worst.
		at := len(grades)
		if e.Grade != nil {
			at = slices.IndexFunc(grades,
				func(g document.Grade) bool { return g.Name == *e.Grade })
		}
		best = best && at == 0
		last = last || at > 0 && at >= len(grades)-1
	}
	switch {
	case len(row.Evaluations) == 0:
		return ""
	case best:
		return term.Green
	case last:
		return term.Red
	}
	return term.Yellow
}
