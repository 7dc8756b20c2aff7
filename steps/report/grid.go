package report

import (
	"io"
	"strings"

	"golang.org/x/text/width"
)

// A Grid is a table of text for a terminal: columns are as wide as they need to be, two blanks apart, or one where that is what
// lets them fit. A line too long for the terminal all the same is cut with an ellipsis.
type Grid struct {
	Right []bool // columns that are set flush right; those past the end are flush left
	Rows  [][]Cell
}

// A Cell is one text of a Grid, and its colour: an SGR number such as "32", or "" for none.
type Cell struct{ Text, Colour string }

// Row adds a row without colours.
func (g *Grid) Row(texts ...string) {
	cells := make([]Cell, len(texts))
	for i, t := range texts {
		cells[i].Text = t
	}
	g.Rows = append(g.Rows, cells)
}

// Write writes the grid, each line indented by one space and at most width columns long; 0 is as long as it takes.
func (g *Grid) Write(w io.Writer, limit int, colour bool) error {
	widths := g.widths()
	gap, tight := 2, len(widths) // columns of the longest line, its indentation among them, with a gap of one
	for _, w := range widths {
		tight += w
	}
	if limit > 0 && tight <= limit && tight+len(widths)-1 > limit {
		gap = 1
	}
	var b strings.Builder
	for _, row := range g.Rows {
		g.line(&b, row, widths, gap, limit, colour)
	}
	_, err := io.WriteString(w, b.String())
	return err
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

// Paint wraps text in a colour, an SGR number, where colour is on.
func Paint(text, sgr string, on bool) string {
	if !on || sgr == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// Width is how many columns of a terminal a text takes.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut shortens a text to at most that many columns, the last of which is then an ellipsis.
func Cut(s string, columns int) string {
	if Width(s) <= columns {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if columns -= runeWidth(r); columns < 1 {
			break
		}
		b.WriteRune(r)
	}
	if b.Len() == 0 {
		return ""
	}
	return b.String() + "…"
}

// Clean makes a text that others wrote safe to show in one line of a terminal: control characters become "?".
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}
