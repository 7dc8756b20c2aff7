package term

import (
	"strings"

	"golang.org/x/text/width"
)

// Colours are SGR numbers, for Paint and Cell.
const (
	Bold   = "1"
	Red    = "31"
	Green  = "32"
	Yellow = "33"
	Cyan   = "36"
)

// Paint wraps text in a colour where on is set. The colour "" is none.
func Paint(text, colour string, on bool) string {
	if !on || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// Clean makes a text that others wrote safe to show in one line of a terminal: each control
// character, a newline too, becomes "?".
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}

// Width returns how many columns a text takes.
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

// Cut shortens a text to at most that many columns. The last column of a text that was cut is an
// ellipsis.
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

// Wrap breaks a text at its blanks into lines of at most that many columns and returns them without
// line ends. The first line starts with first, each later one with rest, and both count. A word
// longer than a line has a line of its own. With no limit the text stays one line, as it is.
func Wrap(text string, columns int, first, rest string) []string {
	if columns <= 0 {
		return []string{first + text}
	}
	var lines []string
	line, empty := first, true
	for _, word := range strings.Fields(text) {
		if !empty && Width(line)+1+Width(word) > columns {
			lines = append(lines, line)
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	return append(lines, line)
}

// WrapLong is Wrap for a text that stays as it is where it fits.
func WrapLong(text string, columns int, first, rest string) []string {
	if Width(first)+Width(text) <= columns {
		return []string{first + text}
	}
	return Wrap(text, columns, first, rest)
}
