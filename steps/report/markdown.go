package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

// WriteMarkdown writes the whole report: the answer, the table, comparisons, areas and curves.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n**%s**\n\n", escape(r.doc.Study), escape(r.doc.Answer))
	rows := [][]string{append(r.header(), "note")}
	for i, row := range r.doc.Resolutions {
		rows = append(rows, append(r.cellsOf(row), r.note(i)))
	}
	table(&b, rows)
	for _, text := range r.remarks() {
		fmt.Fprintf(&b, "%s\n\n", escape(text))
	}
	b.WriteString("Accuracy is the best epoch's on the validation frames; epoch is the last one, counted from 0; an evaluation's column is the share of judged areas whose likeliest label is the expected one, with its interval.\n\n")
	r.gateSection(&b)
	r.comparisons(&b)
	for i := range r.doc.Cameras {
		r.areaSection(&b, i)
		r.matrix(&b, i)
	}
	r.runs(&b)
	r.curves(&b)
	r.data(&b)
	r.howComputed(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) gateSection(b *strings.Builder) {
	if len(r.doc.Gates) == 0 {
		return
	}
	rows := [][]string{{"gate", "requires", "met", "why"}}
	for _, g := range r.doc.Gates {
		for _, one := range g.Requirements {
			rows = append(rows, []string{g.Name, one.Text, met(one.Met), one.Why})
		}
	}
	b.WriteString("## Gates\n\n")
	table(b, rows)
}

func met(v *bool) string {
	switch {
	case v == nil:
		return "not known"
	case *v:
		return "yes"
	}
	return "no"
}

// comparisons writes each resolution against the best, and any two against each other.
func (r *Report) comparisons(b *strings.Builder) {
	if len(r.doc.Comparisons) == 0 {
		return
	}
	rows := [][]string{{"resolutions", "points", "interval", "areas higher, lower, equal", "p", "shown"}}
	for _, c := range r.doc.Comparisons {
		said := c.Verdict
		if c.Needed != nil && c.Needed.Areas != nil {
			said += fmt.Sprintf(" (about %d areas would tell)", *c.Needed.Areas)
		}
		rows = append(rows, []string{
			c.A + " less " + c.B, signed(c.Difference), signed(c.Interval.Low) + " to " + signed(c.Interval.High),
			fmt.Sprintf("%d, %d, %d", c.Sign.Higher, c.Sign.Lower, c.Sign.Equal), strconv.FormatFloat(c.Sign.P, 'f', 3, 64), said,
		})
	}
	fmt.Fprintf(b, "## Comparisons\n\nDifference of detection rates in points, paired by area, with its interval at %s, and the exact sign test over areas.\n\n", escape(level(r.study.Decision.Confidence)))
	table(b, rows)
}

// areaSection writes a table of one evaluation: a row an area, a column a resolution.
func (r *Report) areaSection(b *strings.Builder, k int) {
	head := []string{"area", "expected", "pixels"}
	var rows [][]string
	for _, row := range r.doc.Resolutions {
		areas := row.Evaluations[k].Areas
		if len(areas) == 0 || rows != nil && len(areas) != len(rows) {
			continue
		}
		if head = append(head, row.Resolution); rows == nil {
			for _, a := range areas {
				rows = append(rows, []string{a.Name, a.Expect, fmt.Sprintf("%gx%g", a.Pixels.Source[0], a.Pixels.Source[1])})
			}
		}
		for j, a := range areas {
			rows[j] = append(rows[j], areaCell(a))
		}
	}
	if rows == nil {
		return
	}
	fmt.Fprintf(b, "## %s\n\nShare of the judged frames in which each area was recognised, and what it lacks for the next grade, in points.\n\n", escape(r.doc.Cameras[k].Name))
	table(b, append([][]string{head}, rows...))
}

func areaCell(a document.Area) string {
	if a.Next == nil {
		return percent(a.Rate)
	}
	return fmt.Sprintf("%s (%.1f to %s)", percent(a.Rate), 100*a.Next.Lacks, a.Next.Grade)
}

// matrix writes models by camera sizes, where the camera's picture was scaled.
func (r *Report) matrix(b *strings.Builder, k int) {
	c := r.doc.Cameras[k]
	if len(c.Sizes) < 2 {
		return
	}
	rows := [][]string{append([]string{"model"}, c.Sizes...)}
	for _, row := range r.doc.Resolutions {
		cells := []string{row.Resolution}
		for _, cell := range row.Evaluations[k].Cells {
			cells = append(cells, rateCell(cell.DetectionRate, cell.Interval))
		}
		rows = append(rows, cells)
	}
	fmt.Fprintf(b, "### %s, camera at other sizes\n\nDetection rate of each resolution's model with the camera's picture scaled first.\n\n", escape(c.Name))
	table(b, rows)
}

// runs writes every training, where there are several of a resolution.
func (r *Report) runs(b *strings.Builder) {
	if r.doc.Replicates < 2 {
		return
	}
	rows := [][]string{{"training", "seed", "accuracy", "epoch", "training time", "detection", "grade"}}
	for _, row := range r.doc.Resolutions {
		for _, run := range row.Runs {
			rows = append(rows, r.runCells(run))
		}
	}
	b.WriteString("## Trainings\n\n")
	table(b, rows)
}

func (r *Report) runCells(run document.Run) []string {
	cells := []string{run.Address, strconv.FormatInt(run.Seed, 10), r.accuracy(run.Accuracy, nil), unknown, unknown, rateCell(run.Detection, nil), unknown}
	if run.Epoch != nil {
		cells[3], cells[4] = strconv.Itoa(*run.Epoch), term.Duration(seconds(*run.TrainSeconds))
	}
	if run.Grade != nil {
		cells[6] = *run.Grade
	}
	return cells
}

// curves writes every epoch's validation accuracy: a row an epoch, a column a resolution.
func (r *Report) curves(b *strings.Builder) {
	head, longest := []string{"epoch"}, 0
	for _, row := range r.doc.Resolutions {
		if len(row.Curve) > 0 {
			head, longest = append(head, row.Resolution), max(longest, len(row.Curve))
		}
	}
	if longest == 0 {
		return
	}
	rows := [][]string{head}
	for epoch := range longest {
		cells := []string{strconv.Itoa(epoch)}
		for _, row := range r.doc.Resolutions {
			if len(row.Curve) > 0 {
				cells = append(cells, r.epoch(row, epoch))
			}
		}
		rows = append(rows, cells)
	}
	b.WriteString("## Curves\n\nValidation accuracy after each epoch of the first training, and the train accuracy in brackets.\n\n")
	table(b, rows)
}

func (r *Report) epoch(row document.Resolution, epoch int) string {
	if epoch >= len(row.Curve) {
		return ""
	}
	e := row.Curve[epoch]
	return fmt.Sprintf("%.3f%s (%.3f)", e.ValidationAccuracy, r.mark(), e.TrainAccuracy)
}

// data writes what became of the frames.
func (r *Report) data(b *strings.Builder) {
	if len(r.doc.Audit.Labels) == 0 {
		return
	}
	rows := [][]string{{"label", "filmed", "train", "validation", "dropped: gap", "dropped: surplus", "apart (s)", "near-duplicates", "nearest (bits)"}}
	for _, l := range r.doc.Audit.Labels {
		cells := []string{l.Label}
		for _, n := range []int{l.Footage, l.Train, l.Validation, l.Gap, l.Surplus} {
			cells = append(cells, strconv.Itoa(n))
		}
		apart, near, bits := unknown, unknown, unknown
		if l.Seconds != nil {
			apart = strconv.FormatFloat(*l.Seconds, 'f', 3, 64)
		}
		if l.Nearest != nil {
			near, bits = strconv.Itoa(*l.Near), strconv.Itoa(l.Nearest.Bits)
		}
		rows = append(rows, append(cells, apart, near, bits))
	}
	fmt.Fprintf(b, "## Data\n\nFrames of each label. A near-duplicate is a validation frame whose hash differs from a train frame's in at most %d of 64 bits.\n\n", r.doc.Audit.Near)
	table(b, rows)
}

func (r *Report) howComputed(b *strings.Builder) {
	if readings := r.doc.Readings(); len(readings) > 0 {
		b.WriteString("## How the footage was read\n\n")
		for _, way := range readings {
			fmt.Fprintf(b, "- %s (%s): %s\n", escape(way.Text), way.Count(), escape(way.Files()))
		}
		b.WriteByte('\n')
	}
	b.WriteString("## How it was computed\n\n")
	for _, m := range r.doc.Methods {
		fmt.Fprintf(b, "- **%s**: %s\n", escape(m.Name), escape(m.Text))
	}
	b.WriteByte('\n')
}

// table writes rows, the first of which is the header; every cell is escaped.
func table(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		for _, cell := range row {
			b.WriteString("| " + escape(cell) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
	b.WriteByte('\n')
}

// special are the characters that Markdown may read as its own, within a line.
const special = "\\`*_{}[]<>#+|~!&"

// escape makes a text that others wrote plain: nothing in it is markup, a link or a new line.
func escape(s string) string {
	s = term.Clean(s)
	if !strings.ContainsAny(s, special) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
