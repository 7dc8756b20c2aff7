// Package screen lays out text from a spec for a terminal, safely: whatever it holds, nothing in it
// controls the terminal.
package screen

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Paint adds a terminal style, an SGR parameter like "1;31", if colour is on.
func Paint(s, style string, colour bool) string {
	if !colour || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// Wrap breaks text at its blanks into lines of the given width. Lines after the first are indented.
func Wrap(text string, width int) string {
	text = strings.Map(printableRune, strings.ReplaceAll(text, "\n", " "))
	if width < 20 {
		return text
	}
	var b strings.Builder
	used, blanks := 0, 0 // letters in the line, and blanks before the next word
	for i, word := range strings.Split(text, " ") {
		blanks += min(i, 1)
		n := utf8.RuneCountInString(word)
		switch {
		case n == 0:
			continue
		case used > 0 && used+blanks+n > width-2:
			b.WriteString("\n  ")
			used = 0
		default:
			b.WriteString(strings.Repeat(" ", blanks))
			used += blanks
		}
		b.WriteString(word)
		used, blanks = used+n, 0
	}
	return b.String()
}

// Printable replaces what is not printable, so that a hostile spec cannot control the terminal.
func Printable(line []rune) string {
	return strings.Map(printableRune, string(line))
}

// printableRune replaces tabs by spaces and everything else that is not printable by U+FFFD.
func printableRune(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case unicode.IsPrint(r):
		return r
	}
	return '\uFFFD'
}

// Width returns the width of text in a terminal: East Asian characters take two columns, and
// combining marks none.
func Width(line []rune) int {
	n := 0
	for _, r := range line {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
			r >= 0xFF01 && r <= 0xFF60 || r >= 0x1F300 && r <= 0x1FAFF:
			n += 2
		default:
			n++
		}
	}
	return n
}
