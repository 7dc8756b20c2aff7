package page

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

// Table is the first table: a row a resolution.
func (v *view) Table() Table {
	t := Table{ID: "resolutions", Caption: "The resolutions", Head: numbers(heads("resolution", "accuracy", "last epoch", "training", "dataset"), 0)}
	for _, c := range v.Cameras {
		t.Head = append(t.Head, Column{"detection, " + c.Name, true})
	}
	t.Head = append(t.Head, heads("grade", "note")...)
	for _, r := range v.Resolutions {
		pixels := r.Width * r.Height
		row := []Cell{
			{Text: r.Resolution, Sort: strconv.Itoa(pixels)}, v.accuracy(r.Accuracy, r.Spread.Accuracy), number(r.Epoch, strconv.Itoa),
			number(r.TrainSeconds, took), number(r.DatasetBytes, term.Bytes),
		}
		for _, e := range r.Evaluations {
			row = append(row, rateCell(e.DetectionRate, e.Interval))
		}
		row = append(row, v.grade(r.Grade), text(v.note(r)))
		if v.chosen(r.Resolution) {
			for i := range row {
				row[i].Mark += " chosen"
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (v *view) chosen(resolution string) bool {
	return v.Decision.State == document.Decided && pointer(v.Decision.Resolution) == resolution
}

// note is the resolution's, and whether it is the one that is enough.
func (v *view) note(r document.Resolution) string {
	if !v.chosen(r.Resolution) {
		return r.Note
	}
	return strings.TrimSuffix("enough; "+r.Note, "; ")
}

// accuracy is a validation score, marked where the split is random.
func (v *view) accuracy(score *float64, s *document.Sample) Cell {
	return number(score, func(f float64) string {
		text := three(f)
		if v.Split == "random" {
			text += "*"
		}
		if s != nil && s.Deviation != nil {
			text += fmt.Sprintf(" ±%.3f", *s.Deviation)
		}
		return text
	})
}

// grade is sorted from the worst to the best of the evaluation that has it.
func (v *view) grade(g *string) Cell {
	if g == nil {
		return text(unknown)
	}
	cell := Cell{Text: *g, Mark: "grade"}
	for _, c := range v.Cameras {
		if i := slices.IndexFunc(c.Grades, func(one document.Grade) bool { return one.Name == *g }); i >= 0 {
			cell.Sort = strconv.Itoa(len(c.Grades) - i)
		}
	}
	return cell
}

// Trainings has a row a training, where there are several of a resolution.
func (v *view) Trainings() *Table {
	if v.Replicates < 2 {
		return nil
	}
	t := &Table{ID: "trainings", Caption: "Every training", Head: append(heads("training"),
		append(numbers(heads("seed", "accuracy", "best epoch", "last epoch", "training time", "detection"), 0), heads("grade")...)...)}
	for _, r := range v.Resolutions {
		for _, run := range r.Runs {
			t.Rows = append(t.Rows, []Cell{
				text(run.Address), number(&run.Seed, func(n int64) string { return strconv.FormatInt(n, 10) }), v.accuracy(run.Accuracy, nil),
				number(run.BestEpoch, strconv.Itoa), number(run.Epoch, strconv.Itoa), number(run.TrainSeconds, took), rateCell(run.Detection, nil),
				v.grade(run.Grade),
			})
		}
	}
	return t
}

// Comparing has a row for any two resolutions.
func (v *view) Comparing() *Table {
	if len(v.Comparisons) == 0 {
		return nil
	}
	head := append(heads("resolutions"), numbers(heads("difference, points", "interval from", "to", "areas higher", "lower", "equal", "p"), 0)...)
	t := &Table{ID: "comparisons", Caption: "Any two resolutions, paired by area", Head: append(head, heads("shown", "what more would tell")...)}
	for _, c := range v.Comparisons {
		needed := ""
		if c.Needed != nil {
			needed = c.Needed.Text
		}
		t.Rows = append(t.Rows, []Cell{
			text(c.A + " less " + c.B), number(&c.Difference, document.Signed), number(&c.Interval.Low, document.Signed),
			number(&c.Interval.High, document.Signed), whole(c.Sign.Higher), whole(c.Sign.Lower), whole(c.Sign.Equal), number(&c.Sign.P, three),
			text(c.Verdict), text(needed),
		})
	}
	return t
}

// Flipping has a row for neighbouring resolutions of each camera.
func (v *view) Flipping() *Table {
	t := &Table{ID: "flips", Caption: "Areas that flip between neighbours", Head: heads("from", "to", "evaluation", "lost", "gained")}
	for _, c := range v.Cameras {
		for _, f := range c.Flips {
			t.Rows = append(t.Rows, []Cell{text(f.From), text(f.To), text(c.Name), text(names(f.Lost)), text(names(f.Gained))})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

func names(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// Requiring has a row for each thing that a gate asks for.
func (v *view) Requiring() *Table {
	if len(v.Gates) == 0 {
		return nil
	}
	t := &Table{ID: "gates", Caption: "Gates", Head: heads("gate", "requires", "met", "why")}
	for _, g := range v.Gates {
		for _, one := range g.Requirements {
			t.Rows = append(t.Rows, []Cell{text(g.Name), text(one.Text), metCell(one.Met), text(one.Why)})
		}
	}
	return t
}

// Frames has a row a label: what became of its frames.
func (v *view) Frames() *Table {
	if len(v.Audit.Labels) == 0 {
		return nil
	}
	t := &Table{ID: "frames", Caption: "Frames of each label", Head: numbers(heads("label", "filmed", "train", "validation", "dropped: gap",
		"dropped: surplus", "apart, seconds", "near-duplicates", "nearest, bits"), 1)}
	for _, l := range v.Audit.Labels {
		var bits *int
		if l.Nearest != nil {
			bits = &l.Nearest.Bits
		}
		t.Rows = append(t.Rows, []Cell{
			text(l.Label), whole(l.Footage), whole(l.Train), whole(l.Validation), whole(l.Gap), whole(l.Surplus), number(l.Seconds, three),
			number(l.Near, strconv.Itoa), number(bits, strconv.Itoa),
		})
	}
	return t
}

// Sharing has a row for each two sources whose nearest pictures are alike.
func (v *view) Sharing() *Table {
	t := &Table{ID: "sharing", Caption: "Pictures that two sources share", Head: numbers(heads("source", "shares with", "frames", "of", "nearest, bits"), 2)}
	for _, s := range append(append([]document.Shared{}, v.Audit.Cameras...), v.Audit.Twins...) {
		if s.Frames > 0 {
			t.Rows = append(t.Rows, []Cell{text(s.A), text(s.B), whole(s.Frames), whole(s.Of), whole(s.Nearest.Bits)})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// Jobs has a row for each training in the cloud.
func (v *view) Jobs() *Table {
	t := &Table{ID: "cloud", Caption: "Trainings in the cloud", Head: heads("training", "job", "region", "instance")}
	t.Head = append(t.Head, numbers(heads("attempt", "billed seconds", "expected, USD", "billed, USD"), 0)...)
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
			seconds, billed := c.Billable*float64(c.Count), &c.BilledUSD
			if c.PriceDate == "" {
				billed = nil
			}
			t.Rows = append(t.Rows, []Cell{
				text(run.Address), text(c.Job), text(c.Region), text(instance), whole(c.Attempt),
				number(&seconds, func(s float64) string { return strconv.FormatFloat(s, 'f', 0, 64) }), number(&c.EstimatedUSD, dollars), number(billed, dollars),
			})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

func dollars(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }
