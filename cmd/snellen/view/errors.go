package view

import (
	"fmt"
	"io"
	"strings"

	"snellen/engine/step"
	"snellen/steps/term"
)

// PrintError writes "error: what happened" and, where it is known, "hint: what to do". It writes
// each of joined errors.
func PrintError(w io.Writer, err error, colour bool) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			PrintError(w, e, colour)
		}
		return
	}
	PrintProblem(w, err.Error(), "", step.Hint(err), colour)
}

// PrintProblem writes an error, the log that led to it, and a hint; log and hint may be "".
func PrintProblem(w io.Writer, message, log, hint string, colour bool) {
	fmt.Fprintf(w, "%s %s\n", term.Paint("error:", "1;31", colour), indented(message))
	if log != "" {
		fmt.Fprintf(w, "  | %s\n", strings.Join(Lines(log), "\n  | "))
	}
	if hint != "" {
		fmt.Fprintf(w, "%s %s\n", term.Paint("hint:", "1;36", colour), indented(hint))
	}
}

// PrintWarning writes "warning: " and a message.
func PrintWarning(w io.Writer, message string, colour bool) {
	fmt.Fprintf(w, "%s %s\n", term.Paint("warning:", "1;33", colour), indented(message))
}

func indented(text string) string { return strings.Join(Lines(text), "\n  ") }

// Lines splits a text into lines that are safe to show in a terminal.
func Lines(text string) []string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = term.Clean(strings.ReplaceAll(l, "\t", "    "))
	}
	return lines
}
