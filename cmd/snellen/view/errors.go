package view

import (
	"fmt"
	"io"
	"strings"

	"snellen/engine"
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
	printNote(w, "error:", "1;31", message, colour)
	if log != "" {
		fmt.Fprintf(w, "  | %s\n", strings.Join(Lines(log), "\n  | "))
	}
	if hint != "" {
		printNote(w, "hint:", "1;36", hint, colour)
	}
}

// PrintFailures writes which steps of an apply failed, and why, and how many were not run. Steps
// that failed alike and logged nothing, as where the shared store is away, are said at once.
func PrintFailures(w io.Writer, result *engine.Result, colour bool) {
	type failure struct {
		engine.Failed
		addresses []string
	}
	var list []*failure
	alike := map[string]*failure{}
	for _, f := range result.Failures {
		text := f.Err.Error()
		one := alike[text]
		if one == nil || f.Log != "" {
			one = &failure{Failed: f}
			list = append(list, one)
		}
		if one.addresses = append(one.addresses, f.Address); f.Log == "" {
			alike[text] = one
		}
	}
	for _, f := range list {
		fmt.Fprintln(w)
		text := ShortList(f.addresses, 4) + ": " + f.Err.Error()
		PrintProblem(w, text, f.Log, step.Hint(f.Err), colour)
	}
	if result.Skipped > 0 {
		fmt.Fprintf(w, "%s not run.\n", term.Count(result.Skipped, "step below was",
			"steps below were"))
	}
}

// PrintWarning writes "warning: " and a message.
func PrintWarning(w io.Writer, message string, colour bool) {
	printNote(w, "warning:", "1;33", message, colour)
}

// PrintHintedWarning writes a warning and a hint, which may be "".
func PrintHintedWarning(w io.Writer, message, hint string, colour bool) {
	PrintWarning(w, message, colour)
	if hint != "" {
		printNote(w, "hint:", "1;36", hint, colour)
	}
}

// printNote writes a word and a text, broken at blanks where a terminal is too narrow.
func printNote(w io.Writer, word, sgr, text string, colour bool) {
	wide := Width(w)
	var lines []string
	for i, line := range Lines(text) {
		first := "  "
		if i == 0 {
			first = word + " "
		}
		lines = append(lines, term.WrapLong(line, wide, first, "  ")...)
	}
	rest := strings.TrimPrefix(strings.Join(lines, "\n"), word)
	fmt.Fprintf(w, "%s%s\n", term.Paint(word, sgr, colour), rest)
}

// Lines splits a text into lines that are safe to show in a terminal.
func Lines(text string) []string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = term.Clean(strings.ReplaceAll(l, "\t", "    "))
	}
	return lines
}

// Reflow breaks the paragraphs of a text anew, at wide columns; 0 leaves the text as it is.
// Indented lines stay.
func Reflow(text string, wide int) string {
	if wide <= 0 {
		return text
	}
	var lines []string
	open := false // the last line may go on
	for line := range strings.SplitSeq(text, "\n") {
		prose := line != "" && line[0] != ' '
		if prose && open {
			lines[len(lines)-1] += " " + line
		} else {
			lines = append(lines, line)
		}
		open = prose
	}
	for i, line := range lines {
		if line != "" && line[0] != ' ' {
			lines[i] = strings.Join(term.WrapLong(line, wide, "", ""), "\n")
		}
	}
	return strings.Join(lines, "\n")
}
