package page

import (
	"fmt"
	"strconv"

	"snellen/steps/report/document"
)

// The tables that say the same as the charts.

// CurveTable has a row an epoch and two columns a resolution: means over the trainings.
func (v *view) CurveTable() Table {
	t := Table{ID: "epochs", Caption: "Accuracy after each epoch", Head: numbers(heads("epoch"), 0)}
	lines, longest := charts(v.Document).Resolutions, 0
	for _, l := range lines {
		if len(l.Validation) > 0 {
			t.Head = append(t.Head, Column{l.Name + " validation", true}, Column{l.Name + " train", true})
			longest = max(longest, len(l.Validation))
		}
	}
	for epoch := range longest {
		row := []Cell{whole(epoch)}
		for _, l := range lines {
			if len(l.Validation) == 0 {
				continue
			}
			if epoch >= len(l.Validation) {
				row = append(row, text(""), text(""))
				continue
			}
			row = append(row, v.accuracy(&l.Validation[epoch][0], nil), number(&l.Train[epoch][0], three))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// CostTable has a row a resolution.
func (v *view) CostTable() Table {
	t := Table{ID: "costs", Caption: "Detection against cost", Head: numbers(heads("resolution", "detection", "from", "to", "training seconds", "dataset bytes"), 1)}
	t.Head = append(t.Head, heads("on the frontier of time", "of bytes")...)
	for _, l := range charts(v.Document).Resolutions {
		low, high := &l.Low, &l.High
		if l.Rate == nil {
			low, high = nil, nil
		}
		t.Rows = append(t.Rows, []Cell{
			text(l.Name), number(l.Rate, document.Percent), number(low, document.Percent), number(high, document.Percent),
			number(l.Seconds, func(s float64) string { return strconv.FormatFloat(s, 'f', 1, 64) }),
			number(l.Bytes, func(n int64) string { return strconv.FormatInt(n, 10) }), text(yes(l.Quick)), text(yes(l.Small)),
		})
	}
	return t
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// PixelTable has a row for each mark.
func (v *view) PixelTable() Table {
	t := Table{ID: "points", Caption: "Detection and pixels of height", Head: append(heads("area", "evaluation", "resolution", "camera at"), numbers(heads("width", "height", "detection"), 0)...)}
	for _, p := range v.Pixels.Points {
		t.Rows = append(t.Rows, []Cell{
			text(p.Area), text(p.Evaluation), text(p.Resolution), text(p.Size), number(&p.Width, tenth), number(&p.Height, tenth), number(&p.Rate, document.Percent),
		})
	}
	return t
}

func tenth(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// FrameTable tells what becomes of a training frame of each resolution.
func (v *view) FrameTable() Table {
	t := Table{ID: "scales", Caption: "A training frame on its way to the network", Head: heads("resolution", "filmed at", "network's input")}
	t.Head = append(append(t.Head, Column{"scaled by", true}), heads("what to know")...)
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
			number(&f.Scale, func(s float64) string { return strconv.FormatFloat(s, 'f', 2, 64) }), text(flags),
		})
	}
	return t
}

// Skipped is how many pictures had no room; it is known at the page's end.
func (v *view) Skipped() int { return v.album.Skipped }
