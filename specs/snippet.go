package specs

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"snellen/specs/layout"
)

// Write prints each diagnostic with its source line and a hint. Width is the terminal's, in
// columns; 0 means no wrapping.
func (d Diagnostics) Write(w io.Writer, width int, colour bool) error {
	var text strings.Builder
	for i, one := range d {
		if i > 0 {
			text.WriteByte('\n')
		}
		one.write(&text, width, colour)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// write prints the message, the source line, and the hint.
func (d Diagnostic) write(w *strings.Builder, width int, colour bool) {
	style := "1;31"
	if d.Warning {
		style = "1;33"
	}
	lead := fmt.Sprintf("%s: %s:%d: ", d.severity(), d.At.File, d.At.Line)
	wrapped := wrap(lead+d.Message, width)
	fmt.Fprintf(w, "%s%s\n", paint(d.severity()+":", style, colour),
		strings.TrimPrefix(wrapped, d.severity()+":"))
	d.writeLine(w, width, style, colour)
	if d.Hint != "" {
		fmt.Fprintf(w, "%s%s\n", paint("hint:", "1;36", colour),
			strings.TrimPrefix(wrap("hint: "+d.Hint, width), "hint:"))
	}
}

// writeLine prints the source line, with the part that is meant underlined. A long line is cut to
// that part.
func (d Diagnostic) writeLine(w *strings.Builder, width int, style string, colour bool) {
	line := []rune(d.sourceLine())
	if strings.TrimSpace(string(line)) == "" {
		return
	}
	from := min(d.Column-1, len(line))
	to := len(line)
	if d.end.Line == d.At.Line {
		to = min(max(d.end.Column-1, from+1), len(line))
	}
	margin := fmt.Sprintf("%5d | ", d.At.Line)
	room := max(width-len(margin), 40)
	if width == 0 {
		room = max(len(line), 1)
	}
	cut := 0
	if to > room {
		cut = max(from-room/4, 0)
	}
	to = min(to, cut+room)
	before, meant, after := line[cut:from], line[from:max(to, from)],
		line[max(to, from):max(min(cut+room, len(line)), to, from)]
	fmt.Fprintf(w, "%s%s%s%s\n", margin, printable(before), paint(printable(meant), style, colour),
		printable(after))
	fmt.Fprintf(w, "%s| %s%s\n", strings.Repeat(" ", 6), strings.Repeat(" ", layout.Width(before)),
		paint(strings.Repeat("^", max(layout.Width(meant), 1)), style, colour))
}

// paint adds a terminal style, an SGR parameter like "1;31", if colour is on.
func paint(s, style string, colour bool) string {
	if !colour || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// wrap breaks text at its blanks into lines of the given width. Lines after the first are indented.
func wrap(text string, width int) string {
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

// printable replaces what is not printable, so that a hostile spec cannot control the terminal.
func printable(line []rune) string {
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
