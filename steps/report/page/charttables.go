package page

import (
	"fmt"
	"strconv"

	"snellen/steps/report/document"
)

// The tables in this file have the values of the charts, for people who cannot see those and for
// spreadsheets.

// CurveTable has a row for each epoch and two columns for each resolution: means over the
// trainings.
func (v *view) CurveTable() Table {
	t := Table{
		ID: "epochs", Caption: "Accuracy after each epoch", Head: numbers(columns("epoch"), 0),
	}
	lines, longest := charts(v.Document).Resolutions, 0
	for _, l := range lines {
		if len(l.Validation) > 0 {
			t.Head = append(t.Head, Column{l.Name + " validation", true}, Column{
				l.Name + " train", true,
			})
			longest = max(longest, len(l.Validation))
		}
	}
	for epoch := range longest {
		row := []Cell{integer(epoch)}
		for _, l := range lines {
			if len(l.Validation) == 0 {
				continue
			}
			if epoch >= len(l.Validation) {
				row = append(row, text(""), text(""))
				continue
			}
			validation, train := &l.Validation[epoch][0], &l.Train[epoch][0]
			row = append(row, v.accuracy(validation, nil), number(train, threeDecimals))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// CostTable has a row for each resolution.
func (v *view) CostTable() Table {
	head := columns("resolution", "detection", "from", "to", "training seconds", "dataset bytes")
	t := Table{ID: "costs", Caption: "Detection against cost", Head: numbers(head, 1)}
	t.Head = append(t.Head, columns("on the frontier of time", "of size")...)
	for _, l := range charts(v.Document).Resolutions {
		low, high := &l.Low, &l.High
		if l.Rate == nil {
			low, high = nil, nil
		}
		t.Rows = append(t.Rows, []Cell{
			text(l.Name), number(l.Rate, document.Percent), number(low, document.Percent),
			number(high, document.Percent), number(l.Seconds, oneDecimal),
			number(l.Bytes, func(n int64) string { return strconv.FormatInt(n, 10) }),
			text(yesNo(l.FastFrontier)), text(yesNo(l.SmallFrontier)),
		})
	}
	return t
}

// yesNo returns a boolean as a word for a cell.
func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// PixelTable has a row for each mark of the chart.
func (v *view) PixelTable() Table {
	head := columns("area", "expected", "evaluation", "resolution", "camera at", "width", "height",
		"detection")
	t := Table{ID: "points", Caption: "Detection and pixels of height", Head: numbers(head, 5)}
	for _, p := range v.Pixels.Points {
		t.Rows = append(t.Rows, []Cell{
			text(p.Area), text(expectOf(v.Document, p)), text(p.Evaluation), text(p.Resolution),
			text(p.Size),
			number(&p.Width, oneDecimal), number(&p.Height, oneDecimal),
			number(&p.Rate, document.Percent),
		})
	}
	return t
}

// expectOf returns the label that is expected in a point's area.
func expectOf(d *document.Document, p document.Point) string {
	for _, c := range d.Cameras {
		for _, a := range c.Areas {
			if c.Name == p.Evaluation && a.Name == p.Area {
				return a.Expect
			}
		}
	}
	return ""
}

func oneDecimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// SourceHead returns the head of the column with the smallest size of the labels' footage.
func (v *view) SourceHead() string {
	if v.Filmed() == "filmed" {
		return "filmed at"
	}
	return "smallest source"
}

// FrameTable has a row for each resolution: how its training frames are scaled.
func (v *view) FrameTable() Table {
	t := Table{
		ID: "scales", Caption: "A training frame on its way to the network",
		Head: columns("resolution", v.SourceHead(), "network's input"),
	}
	t.Head = append(append(t.Head, Column{"scaled by", true}), columns("note")...)
	for i, f := range v.Pixels.Frames {
		source, flags := unknown, ""
		if f.Source != nil {
			source = fmt.Sprintf("%d×%d", f.Source[0], f.Source[1])
		}
		for _, flag := range v.Resolutions[i].Flags {
			flags += flag + ". "
		}
		t.Rows = append(t.Rows, []Cell{
			text(f.Resolution), text(source), text(fmt.Sprintf("%d×%d", f.Input[0], f.Input[1])),
			number(&f.Scale, func(s float64) string {
				return strconv.FormatFloat(s, 'f', 2, 64)
			}), text(flags),
		})
	}
	return t
}

// Skipped returns how many pictures did not fit into the page so far. The template calls it last.
func (v *view) Skipped() int { return v.album.Skipped }
