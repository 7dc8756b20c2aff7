package term

import (
	"io"
	"strings"
)

// A Grid is a table of text. Each column is as wide as its widest cell. Columns stand two blanks
// apart, or one where only that makes every line fit.
type Grid struct {
	Right []bool // columns that are set flush right; those past the end are flush left
	Rows  [][]Cell
}

// A Cell is one text of a Grid and its colour: an SGR number such as Green, or "" for none.
type Cell struct{ Text, Colour string }

// Row adds a row without colours.
func (g *Grid) Row(texts ...string) {
	cells := make([]Cell, len(texts))
	for i, t := range texts {
		cells[i].Text = t
	}
	g.Rows = append(g.Rows, cells)
}

// Write writes the grid. Each line is indented by one blank and takes at most limit columns; what
// does not fit is cut with an ellipsis. A limit of 0 cuts nothing.
func (g *Grid) Write(w io.Writer, limit int, colour bool) error {
	widths := g.widths()
	gap := gapFor(widths, limit)
	var b strings.Builder
	for _, row := range g.Rows {
		g.line(&b, row, widths, gap, limit, colour)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// gapFor returns how many blanks stand between columns.
func gapFor(widths []int, limit int) int {
	// of the longest line with gaps of one; its indentation stands for the first
	tight := len(widths)
	for _, w := range widths {
		tight += w
	}
	if limit > 0 && tight <= limit && tight+len(widths)-1 > limit {
		return 1
	}
	return 2
}

func (g *Grid) widths() []int {
	var widths []int
	for _, row := range g.Rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(c.Text))
		}
	}
	return widths
}

// line writes one row. Blanks are written only once a text follows them, so that no line ends in
// blanks.
func (g *Grid) line(b *strings.Builder, row []Cell, widths []int, gap, limit int, colour bool) {
	used, open := 0, 0 // columns written, and blanks that are owed before the next text
	for i, c := range row {
		pad := widths[i] - Width(c.Text)
		before, after := 0, pad
		if i < len(g.Right) && g.Right[i] {
			before, after = pad, 0
		}
		open += before + gap
		if i == 0 {
			open = before + 1
		}
		text := c.Text
		if limit > 0 {
			text = Cut(text, limit-used-open)
		}
		if text != "" {
			b.WriteString(strings.Repeat(" ", open) + Paint(text, c.Colour, colour))
			used, open = used+open+Width(text), 0
		}
		open += after
	}
	b.WriteByte('\n')
}
