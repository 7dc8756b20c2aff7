package specs

import (
	"fmt"
	"io"
	"strings"

	"snellen/specs/screen"
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
	wrapped := screen.Wrap(d.severity()+": "+d.place()+d.Message, width)
	fmt.Fprintf(w, "%s%s\n", screen.Paint(d.severity()+":", style, colour),
		strings.TrimPrefix(wrapped, d.severity()+":"))
	d.writeLine(w, width, style, colour)
	if d.Hint != "" {
		fmt.Fprintf(w, "%s%s\n", screen.Paint("hint:", "1;36", colour),
			strings.TrimPrefix(screen.Wrap("hint: "+d.Hint, width), "hint:"))
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
	if !d.hasLine() {
		margin = strings.Repeat(" ", 6) + "| "
	}
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
	fmt.Fprintf(w, "%s%s%s%s\n", margin, screen.Printable(before),
		screen.Paint(screen.Printable(meant), style, colour),
		screen.Printable(after))
	fmt.Fprintf(w, "%s| %s%s\n", strings.Repeat(" ", 6), strings.Repeat(" ", screen.Width(before)),
		screen.Paint(strings.Repeat("^", max(screen.Width(meant), 1)), style, colour))
}
