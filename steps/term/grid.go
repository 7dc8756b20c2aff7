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

	// Blocks says that a table which is too wide is written as several tables, one below the other,
	// so that no figure is cut. Each begins with the first column.
	Blocks bool
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
	var b strings.Builder
	if limit > 0 && g.Blocks && tight(widths) > limit {
		g.blocks(&b, widths, limit, colour)
	} else {
		gap := gapFor(widths, limit)
		for _, row := range g.Rows {
			g.line(&b, row, widths, gap, limit, colour)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tight returns the columns of the longest line with gaps of one; its indentation stands for the
// first.
func tight(widths []int) int {
	n := len(widths)
	for _, w := range widths {
		n += w
	}
	return n
}

// gapFor returns how many blanks stand between columns.
func gapFor(widths []int, limit int) int {
	n := tight(widths)
	if limit > 0 && n <= limit && n+len(widths)-1 > limit {
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

// blocks writes the columns in blocks of at most limit columns, with an empty line between them. A
// row that has nothing but its first cell in a block is left out there.
func (g *Grid) blocks(b *strings.Builder, widths []int, limit int, colour bool) {
	for first := 1; first < len(widths); {
		end, used := first, 1+widths[0]
		for end < len(widths) && (end == first || used+2+widths[end] <= limit) {
			used += 2 + widths[end]
			end++
		}
		if first > 1 {
			b.WriteByte('\n')
		}
		g.block(widths, first, end, limit).lines(b, limit, colour)
		first = end
	}
}

// block returns the first column and those from first to before end as a grid of its own. Its last
// column is wrapped where it is too wide, and a text: then rows are continued on further ones.
func (g *Grid) block(widths []int, first, end, limit int) *Grid {
	part := &Grid{Right: []bool{g.right(0)}}
	room := limit - 1 - widths[0]
	for i := first; i < end; i++ {
		part.Right = append(part.Right, g.right(i))
		room -= 2
		if i < end-1 {
			room -= widths[i]
		}
	}
	for _, row := range g.Rows {
		cells, some := row[:1:1], false
		for i := first; i < min(end, len(row)); i++ {
			cells, some = append(cells, row[i]), some || row[i].Text != ""
		}
		if !some {
			continue
		}
		last := len(cells) - 1
		if last < end-first || g.right(end-1) || Width(cells[last].Text) <= room || room < minText {
			part.Rows = append(part.Rows, cells)
			continue
		}
		for i, text := range Wrap(cells[last].Text, room, "", "") {
			if i > 0 {
				cells = make([]Cell, last+1)
			}
			cells[last].Text = text
			part.Rows = append(part.Rows, cells)
		}
	}
	return part
}

// minText is how many columns a text needs to be wrapped into.
const minText = 12

func (g *Grid) right(i int) bool { return i < len(g.Right) && g.Right[i] }

// lines writes each row on a line.
func (g *Grid) lines(b *strings.Builder, limit int, colour bool) {
	widths := g.widths()
	for _, row := range g.Rows {
		g.line(b, row, widths, 2, limit, colour)
	}
}
