package plain

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

// WriteMarkdown writes the whole report in Markdown. With pictures, links to the pictures of the
// report's folder follow.
func WriteMarkdown(w io.Writer, d *document.Document, pictures bool) error {
	r := rendering{d}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n**%s**\n\n", escape(r.doc.Study), escape(r.doc.Answer))
	rows := [][]string{append(r.header(), "note")}
	for _, row := range r.doc.Resolutions {
		rows = append(rows, append(r.figureCells(row), row.Note))
	}
	table(&b, rows)
	for _, text := range r.doc.Remarks {
		fmt.Fprintf(&b, "%s\n\n", escape(text))
	}
	fmt.Fprintf(&b, "An evaluation's column is the share of judged %s whose most probable label "+
		"is the expected one, with its interval. Accuracy is the model's on the validation frames. "+
		"Best epoch is the one whose model is used, counted from 0; epochs is how many were "+
		"trained.\n\n", r.doc.Units())
	r.gateSection(&b)
	r.comparisonSection(&b)
	for i := range r.doc.Cameras {
		r.areaSection(&b, i)
		r.labelSection(&b, i)
		r.sizeSection(&b, i)
	}
	r.trainingSection(&b)
	r.curveSection(&b)
	r.dataSection(&b)
	r.leakSection(&b)
	r.methodSection(&b)
	if pictures {
		r.gallery(&b)
		r.wholeGallery(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// gateSection writes the requirements of all gates. It writes nothing for a study without gates.
func (r rendering) gateSection(b *strings.Builder) {
	if len(r.doc.Gates) == 0 {
		return
	}
	rows := [][]string{{"gate", "requires", "met", "reason"}}
	for _, g := range r.doc.Gates {
		for _, one := range g.Requirements {
			rows = append(rows, []string{g.Name, one.Text, met(one.Met), one.Reason})
		}
	}
	b.WriteString("## Gates\n\n")
	table(b, rows)
}

// met returns whether a gate or requirement is met, where nil means that a result is missing.
func met(v *bool) string {
	switch {
	case v == nil:
		return "not known"
	case *v:
		return "yes"
	}
	return "no"
}

// comparisonSection writes the comparison of each resolution with the reference, and of each two.
func (r rendering) comparisonSection(b *strings.Builder) {
	if len(r.doc.Comparisons) == 0 {
		return
	}
	d := r.doc.Decision
	rows := [][]string{{"resolution", "points", "no less than", "no more than", "verdict"}}
	for _, c := range d.Candidates {
		if c.Interval == nil {
			continue
		}
		verdict := c.Verdict
		if c.Untested {
			verdict += ", not tested"
		}
		if c.Needed != nil {
			verdict += ". " + c.Needed.Text
		}
		rows = append(rows, []string{c.Resolution, document.Signed(c.Difference),
			document.Signed(c.Interval.Low), document.Signed(c.Interval.High), verdict})
	}
	fmt.Fprintf(b, "## Comparisons\n\n")
	if d.Reference != nil {
		fmt.Fprintf(b, "Differences of detection rates from %s in points, with their limits. %s\n\n",
			escape(*d.Reference), escape(d.Meaning))
		table(b, rows)
	}
	rows = [][]string{
		{"resolutions", "points", "interval", d.Units() + " higher, lower, equal", "p", "verdict"},
	}
	for _, c := range r.doc.Comparisons {
		rows = append(rows, []string{
			c.A + " less " + c.B, document.Signed(c.Difference),
			document.Signed(c.Interval.Low) + " to " + document.Signed(c.Interval.High),
			fmt.Sprintf("%d, %d, %d", c.Sign.Higher, c.Sign.Lower, c.Sign.Equal),
			strconv.FormatFloat(c.Sign.P, 'f', 3, 64), c.Verdict,
		})
	}
	fmt.Fprintf(b, "Any two resolutions, paired by %s, with the interval of the difference at %s, "+
		"and the exact sign test over %s.\n\n", d.Unit(), escape(document.Confidence(d.Confidence)),
		d.Units())
	table(b, rows)
	if why := r.doc.Distrust(); why != "" {
		fmt.Fprintf(b, "**Not to be trusted:** %s.\n\n", escape(why))
	}
}

// areaSection writes a table of one evaluation, with a row for each area and a column for each
// resolution. It leaves out results with another number of areas than the first.
func (r rendering) areaSection(b *strings.Builder, k int) {
	head := []string{"area", "expected", "pixels"}
	var rows [][]string
	for _, row := range r.doc.Resolutions {
		areas := row.Evaluations[k].Areas
		if len(areas) == 0 || rows != nil && len(areas) != len(rows) {
			continue
		}
		// The first resolution with results has the rows; the others add a column.
		if head = append(head, row.Resolution); rows == nil {
			for _, a := range areas {
				pixels := fmt.Sprintf("%gx%g", a.Pixels.Source[0], a.Pixels.Source[1])
				rows = append(rows, []string{a.Name, a.Expect, pixels})
			}
		}
		for j, a := range areas {
			rows[j] = append(rows[j], areaCell(a))
		}
	}
	if rows == nil {
		return
	}
	fmt.Fprintf(b, "## %s\n\nShare of the judged frames in which each area is right, and how many "+
		"points more would give it the next better grade.\n\n",
		escape(r.doc.Cameras[k].Name))
	table(b, append([][]string{head}, rows...))
}

// labelSection writes a table of an evaluation of whole pictures, with a row for each label and a
// column for each resolution. report.json has every picture.
func (r rendering) labelSection(b *strings.Builder, k int) {
	head := []string{"label", "pictures"}
	var rows [][]string
	for _, row := range r.doc.Resolutions {
		labels := row.Evaluations[k].Labels
		if len(labels) == 0 {
			continue
		}
		if head = append(head, row.Resolution); rows == nil {
			for _, l := range labels {
				rows = append(rows, []string{l.Label, strconv.Itoa(l.Pictures)})
			}
		}
		for i, l := range labels {
			rows[i] = append(rows[i], rateCell(&l.Rate, &l.Interval))
		}
	}
	if rows == nil {
		return
	}
	fmt.Fprintf(b, "## %s\n\nShare of each label's pictures that are right, with its interval. "+
		"report.json has every picture.\n\n", escape(r.doc.Cameras[k].Name))
	table(b, append([][]string{head}, rows...))
}

// areaCell returns an area's rate: "75.0 %; 5.0 points more would be ◎".
func areaCell(a document.Area) string {
	if a.Next == nil {
		return document.Percent(a.Rate)
	}
	return fmt.Sprintf("%s; %.1f points more would be %s", document.Percent(a.Rate),
		100*a.Next.Lacks, a.Next.Grade)
}

// sizeSection writes a table of models by sizes of the camera's picture, if that was scaled.
func (r rendering) sizeSection(b *strings.Builder, k int) {
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
	fmt.Fprintf(b, "### %s, camera at other sizes\n\nDetection rate of each resolution's model "+
		"with the camera's picture scaled first.\n\n", escape(c.Name))
	table(b, rows)
}

// trainingSection writes every training, if there are several of a resolution.
func (r rendering) trainingSection(b *strings.Builder) {
	if r.doc.Replicates < 2 {
		return
	}
	rows := [][]string{{"training", "detection", "grade", "accuracy", "best epoch", "epochs",
		"training time", "seed"}}
	for _, row := range r.doc.Resolutions {
		for _, run := range row.Runs {
			rows = append(rows, r.runCells(run))
		}
	}
	b.WriteString("## Trainings\n\n")
	table(b, rows)
}

// runCells returns the cells of one training, in the order of the head in trainingSection.
func (r rendering) runCells(run document.Run) []string {
	grade, training := unknown, unknown
	if run.Grade != nil {
		grade = *run.Grade
	}
	if run.TrainSeconds != nil {
		training = term.Duration(seconds(*run.TrainSeconds))
	}
	return []string{run.Address, rateCell(run.Detection, nil), grade, r.accuracy(run.Accuracy, nil),
		number(run.BestEpoch), number(run.Epochs), training, strconv.FormatInt(run.Seed, 10)}
}

// curveSection writes the validation accuracy of the first trainings, with a row for each epoch and
// a column for each resolution.
func (r rendering) curveSection(b *strings.Builder) {
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
				cells = append(cells, r.epochCell(row, epoch))
			}
		}
		rows = append(rows, cells)
	}
	b.WriteString("## Curves\n\nValidation accuracy after each epoch of the first training, " +
		"and the train accuracy in brackets.\n\n")
	table(b, rows)
}

// epochCell returns the accuracies of one epoch. It is empty for a training that stopped earlier.
func (r rendering) epochCell(row document.Resolution, epoch int) string {
	if epoch >= len(row.Curve) {
		return ""
	}
	e := row.Curve[epoch]
	return fmt.Sprintf("%.3f%s (%.3f)", e.ValidationAccuracy, r.randomMark(), e.TrainAccuracy)
}

// dataSection writes how the frames of each label were used.
func (r rendering) dataSection(b *strings.Builder) {
	if len(r.doc.Audit.Labels) == 0 {
		return
	}
	rows := [][]string{{
		"label", r.doc.Filmed(), "train", "validation", "dropped: gap", "dropped: surplus", "apart (s)",
		"near-duplicates", "nearest (bits)",
	}}
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
			near, bits = strconv.Itoa(*l.NearDuplicates), strconv.Itoa(l.Nearest.Bits)
		}
		rows = append(rows, append(cells, apart, near, bits))
	}
	fmt.Fprintf(b, "## Data\n\nFrames of each label. A near-duplicate is a validation frame whose "+
		"hash differs from a train frame's in at most %d of 64 bits.\n\n", r.doc.Audit.MaxBits)
	table(b, rows)
}

// leakSection writes the judged areas that show training pictures, if there are any.
func (r rendering) leakSection(b *strings.Builder) {
	if len(r.doc.Audit.Areas) == 0 {
		return
	}
	rows := [][]string{
		{"evaluation", "area", "label", "training frame", "similarity", "judged frames"},
	}
	for _, l := range r.doc.Audit.Areas {
		rows = append(rows, []string{
			l.Evaluation, l.Judged(), l.Label, l.Trained(),
			strconv.FormatFloat(l.Similarity, 'f', 3, 64), strconv.Itoa(l.Frames),
		})
	}
	b.WriteString("### Judged areas that show training pictures\n\n")
	table(b, rows)
}

// methodSection writes how the footage was read and how the figures were computed.
func (r rendering) methodSection(b *strings.Builder) {
	if readings := r.doc.Readings(); len(readings) > 0 {
		b.WriteString("## How the footage was read\n\n")
		for _, way := range readings {
			fmt.Fprintf(b, "- %s (%s): %s\n", escape(way.Text), way.Count(), escape(way.Files()))
		}
		b.WriteByte('\n')
	}
	r.albumSection(b)
	b.WriteString("## How it was computed\n\n")
	for _, m := range r.doc.Methods {
		fmt.Fprintf(b, "- **%s**: %s\n", escape(m.Title()), escape(m.Text))
	}
	b.WriteByte('\n')
}

// albumSection writes a table of the photographs, with a row for each label and evaluation.
func (r rendering) albumSection(b *strings.Builder) {
	if len(r.doc.Albums) == 0 {
		return
	}
	rows := [][]string{{"photographs of", "pictures", "sizes", "formats", "divided",
		"near-duplicates", "the largest group"}}
	for _, a := range r.doc.Albums {
		largest := ""
		if len(a.Groups) > 0 {
			largest = a.Groups[0].Names()
		}
		rows = append(rows, []string{
			a.Source, strconv.Itoa(a.Pictures), a.Sizes(), a.FormatNames(), a.Split,
			a.GroupCounts(), largest,
		})
	}
	b.WriteString("## Photographs\n\n")
	table(b, rows)
}

// table writes rows, with the first as the header. It escapes every cell.
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

// special are the characters that have a meaning in Markdown, within a line.
const special = "\\`*_{}[]<>#+|~!&"

// escape makes a text that others wrote safe: nothing in it is markup, a link or a new line.
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
