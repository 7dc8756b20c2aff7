package page

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

// The methods below that return a *Table return nil if it would have no rows.

// ResolutionTable has a row for each resolution. What matters most is next to the name, where a
// narrow screen shows it.
func (v *view) ResolutionTable() Table {
	t := Table{
		ID: "resolutions", Caption: "The resolutions", Head: numbers(columns("resolution"), 0),
	}
	together := v.Decision.Together()
	if together {
		t.Head = append(t.Head, Column{"detection, together", true})
	}
	for _, c := range v.Cameras {
		t.Head = append(t.Head, Column{"detection, " + c.Name, true})
	}
	t.Head = append(t.Head, columns("grade")...)
	t.Head = append(t.Head,
		numbers(columns("accuracy", "best epoch", "epochs", "training", "dataset"), 0)...)
	t.Head = append(t.Head, columns("note")...)
	for _, r := range v.Resolutions {
		pixels := r.Width * r.Height
		row := []Cell{{Text: r.Resolution, Sort: strconv.Itoa(pixels)}}
		if d := r.Detection; together && d != nil {
			row = append(row, rateCell(&d.Rate, &d.Interval))
		} else if together {
			row = append(row, text(unknown))
		}
		for _, e := range r.Evaluations {
			row = append(row, rateCell(e.DetectionRate, e.Interval))
		}
		row = append(row, v.grade(r.Grade), v.accuracy(r.Accuracy, r.Spread.Accuracy),
			number(r.BestEpoch, strconv.Itoa), number(r.Epochs, strconv.Itoa),
			number(r.TrainSeconds, duration), number(r.DatasetBytes, term.Bytes), text(v.note(r)))
		if v.chosen(r.Resolution) {
			for i := range row {
				row[i].Mark += " chosen"
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// chosen reports whether a resolution is the answer, which is to be trusted.
func (v *view) chosen(resolution string) bool {
	return deref(v.Decision.Resolution) == resolution && v.Distrust() == ""
}

// note returns a resolution's note, with the verdict on it where that is shown.
func (v *view) note(r document.Resolution) string {
	for _, c := range v.Decision.Candidates {
		if c.Resolution == r.Resolution && v.Distrust() == "" &&
			(c.Verdict == document.CandidateWorse || v.chosen(r.Resolution)) {
			return strings.TrimSuffix(c.Verdict+"; "+r.Note, "; ")
		}
	}
	return r.Note
}

// accuracy returns the cell of a validation score, which is marked if the split is random.
func (v *view) accuracy(score *float64, s *document.Sample) Cell {
	return number(score, func(f float64) string {
		text := threeDecimals(f)
		if v.Split == "random" {
			text += "*"
		}
		if s != nil && s.Deviation != nil {
			text += fmt.Sprintf(" ±%.3f", *s.Deviation)
		}
		return text
	})
}

// grade returns the cell of a grade. It sorts by the grades of the evaluation that has it, from the
// worst to the best.
func (v *view) grade(g *string) Cell {
	if g == nil {
		return text(unknown)
	}
	cell := Cell{Text: *g, Mark: "grade"}
	for _, c := range v.Cameras {
		same := func(one document.Grade) bool { return one.Name == *g }
		if i := slices.IndexFunc(c.Grades, same); i >= 0 {
			cell.Sort = strconv.Itoa(len(c.Grades) - i)
		}
	}
	return cell
}

// TrainingTable has a row for each training, if there are several of a resolution.
func (v *view) TrainingTable() *Table {
	if v.Replicates < 2 {
		return nil
	}
	head := columns("training", "seed", "accuracy", "best epoch", "epochs", "training time",
		"detection")
	t := &Table{
		ID: "trainings", Caption: "Every training",
		Head: append(numbers(head, 1), columns("grade")...),
	}
	for _, r := range v.Resolutions {
		for _, run := range r.Runs {
			t.Rows = append(t.Rows, []Cell{
				text(run.Address),
				number(&run.Seed, func(n int64) string { return strconv.FormatInt(n, 10) }),
				v.accuracy(run.Accuracy, nil), number(run.BestEpoch, strconv.Itoa),
				number(run.Epochs, strconv.Itoa), number(run.TrainSeconds, duration),
				rateCell(run.Detection, nil), v.grade(run.Grade),
			})
		}
	}
	return t
}

// CandidateTable has a row for each resolution that was compared with the reference.
func (v *view) CandidateTable() *Table {
	d := v.Decision
	if d.Reference == nil || len(d.Candidates) < 2 {
		return nil
	}
	head := columns("resolution", "difference, points", "no less than", "no more than")
	t := &Table{
		ID: "candidates", Caption: "Every resolution against " + *d.Reference,
		Head: append(numbers(head, 1), columns("verdict", "evidence needed")...),
	}
	for _, c := range d.Candidates {
		verdict, needed := c.Verdict, ""
		switch {
		case c.Interval == nil:
			verdict = "the reference"
		case c.Untested:
			verdict += ", not tested: a larger one is not shown to be enough"
		}
		if c.Needed != nil {
			needed = c.Needed.Text
		}
		row := []Cell{text(c.Resolution), number(&c.Difference, document.Signed), text(""), text("")}
		if c.Interval != nil {
			row[2] = number(&c.Interval.Low, document.Signed)
			row[3] = number(&c.Interval.High, document.Signed)
		}
		t.Rows = append(t.Rows, append(row, text(verdict), text(needed)))
	}
	return t
}

// ComparisonTable has a row for each pair of resolutions.
func (v *view) ComparisonTable() *Table {
	if len(v.Comparisons) == 0 {
		return nil
	}
	head := columns("resolutions", "difference, points", "interval from", "to",
		v.Decision.Units()+" higher", "lower", "equal", "p")
	t := &Table{
		ID: "comparisons", Caption: "Any two resolutions, paired by " + v.Decision.Unit(),
		Head: append(numbers(head, 1), columns("verdict")...),
	}
	for _, c := range v.Comparisons {
		t.Rows = append(t.Rows, []Cell{
			text(c.A + " less " + c.B), number(&c.Difference, document.Signed),
			number(&c.Interval.Low, document.Signed), number(&c.Interval.High, document.Signed),
			integer(c.Sign.Higher), integer(c.Sign.Lower), integer(c.Sign.Equal),
			number(&c.Sign.P, threeDecimals), text(c.Verdict),
		})
	}
	return t
}

// FlipTable has a row for each two neighbouring resolutions and each camera.
func (v *view) FlipTable() *Table {
	t := &Table{
		ID: "flips", Caption: capitalize(v.Units()) + " that flip between neighbours",
		Head: columns("from", "to", "evaluation", "lost", "gained"),
	}
	for _, c := range v.Cameras {
		for _, f := range c.Flips {
			t.Rows = append(t.Rows, []Cell{
				text(f.From), text(f.To), text(c.Name), text(flipNames(c, f.Lost)),
				text(flipNames(c, f.Gained)),
			})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// flipNames names what a camera's resolutions lost or gained, or returns "none".
func flipNames(c document.Camera, list []string) string {
	if len(list) == 0 {
		return "none"
	}
	if c.Pictures == nil {
		return strings.Join(c.AreaNames(list), "; ")
	}
	return c.FlipNames(list)
}

// GateTable has a row for each requirement of a gate.
func (v *view) GateTable() *Table {
	if len(v.Gates) == 0 {
		return nil
	}
	t := &Table{ID: "gates", Caption: "Gates", Head: columns("gate", "requires", "met", "reason")}
	for _, g := range v.Gates {
		for _, one := range g.Requirements {
			t.Rows = append(t.Rows, []Cell{
				text(g.Name), text(one.Text), metCell(one.Met), text(one.Reason),
			})
		}
	}
	return t
}

// LabelTable has a row for each label: how its frames were used.
func (v *view) LabelTable() *Table {
	if len(v.Audit.Labels) == 0 {
		return nil
	}
	head := columns("label", v.Filmed(), "train", "validation", "dropped: gap", "dropped: surplus",
		"apart, seconds", "near-duplicates", "nearest, bits")
	t := &Table{ID: "frames", Caption: "Frames of each label", Head: numbers(head, 1)}
	for _, l := range v.Audit.Labels {
		var bits *int
		if l.Nearest != nil {
			bits = &l.Nearest.Bits
		}
		t.Rows = append(t.Rows, []Cell{
			text(l.Label), integer(l.Footage), integer(l.Train), integer(l.Validation),
			integer(l.Gap), integer(l.Surplus), number(l.Seconds, threeDecimals),
			number(l.NearDuplicates, strconv.Itoa), number(bits, strconv.Itoa),
		})
	}
	return t
}

// OverlapTable has a row for each two sources that share pictures.
func (v *view) OverlapTable() *Table {
	head := columns("source", "shares with", "frames", "of", "nearest, bits")
	t := &Table{ID: "sharing", Caption: "Pictures that two sources share", Head: numbers(head, 2)}
	all := slices.Concat(v.Audit.CameraOverlaps, v.Audit.LabelOverlaps)
	named := slices.ContainsFunc(all, func(s document.Overlap) bool { return len(s.Pairs) > 0 })
	if named {
		t.Head = append(t.Head, columns("such as")...)
	}
	for _, s := range all {
		if s.Frames == 0 {
			continue
		}
		row := []Cell{
			text(s.A), text(s.B), integer(s.Frames), integer(s.Total), integer(s.Nearest.Bits),
		}
		if named {
			row = append(row, text(strings.Join(s.PairNames(), "; ")))
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// LeakTable has a row for each judged area that shows a training picture.
func (v *view) LeakTable() *Table {
	head := columns("evaluation", "area", "label", "training frame", "similarity", "judged frames")
	t := &Table{
		ID: "leaks", Caption: "Judged areas that show training pictures", Head: numbers(head, 4),
	}
	for _, l := range v.Audit.Areas {
		t.Rows = append(t.Rows, []Cell{
			text(l.Evaluation), text(l.Judged()), text(l.Label), text(l.Trained()),
			number(&l.Similarity, threeDecimals), integer(l.Frames),
		})
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// JobTable has a row for each training in the cloud.
func (v *view) JobTable() *Table {
	head := columns("training", "job", "region", "instance", "attempt", "billed seconds",
		"expected, USD", "billed, USD")
	t := &Table{ID: "cloud", Caption: "Trainings in the cloud", Head: numbers(head, 4)}
	for _, r := range v.Resolutions {
		for _, run := range r.Runs {
			c := run.Cloud
			if c == nil {
				continue
			}
			instance := fmt.Sprintf("%d × %s", c.Count, c.Instance)
			if c.Spot {
				instance += ", spot"
			}
			// Each instance is billed. Without a price the cost is not known.
			seconds, billed := c.Billable*float64(c.Count), &c.BilledUSD
			if c.PriceDate == "" {
				billed = nil
			}
			t.Rows = append(t.Rows, []Cell{
				text(run.Address), text(c.Job), text(c.Region), text(instance), integer(c.Attempt),
				number(&seconds, noDecimals), number(&c.EstimatedUSD, dollars),
				number(billed, dollars),
			})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

func noDecimals(f float64) string { return strconv.FormatFloat(f, 'f', 0, 64) }

func dollars(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }
