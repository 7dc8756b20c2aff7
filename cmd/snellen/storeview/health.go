package storeview

import (
	"fmt"
	"io"
	"strings"

	"snellen/cmd/snellen/view"
	"snellen/engine/gc"
	"snellen/engine/store"
	"snellen/steps/term"
)

// WriteHealth writes what is damaged to problems, and a summary to w.
func WriteHealth(w, problems io.Writer, h *gc.Health, colour bool) error {
	for _, f := range h.Faults {
		what := "object " + f.Digest.String()
		if f.Digest == (store.Digest{}) {
			what = "record " + f.Key.String()
		}
		if len(f.Steps) > 0 {
			what += " of " + view.ShortList(f.Steps, 3)
		}
		view.PrintProblem(problems, what+": "+strings.TrimPrefix(f.Why, "record "), "", "", colour)
	}
	result := "all whole."
	if n := len(h.Faults); n > 0 {
		result = fmt.Sprintf("%d damaged.", n)
	}
	_, err := fmt.Fprintf(w, "Read %s (%s) and %s: %s\n", term.Count(h.Objects, "object"),
		term.Bytes(h.Bytes), term.Count(h.Records, "record"), result)
	return err
}
