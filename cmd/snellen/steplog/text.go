package steplog

import (
	"fmt"
	"io"

	"snellen/cmd/snellen/view"
	"snellen/engine/journal"
	"snellen/steps/term"
)

// A Text is a Sink that writes for people.
type Text struct {
	Out    io.Writer
	Colour bool
}

func (s *Text) Run(r journal.Run) error {
	_, err := fmt.Fprintf(s.Out, "run %s: %s of %s\n", r.ID, term.Clean(r.Start.Verb),
		term.Clean(r.Start.Spec))
	return err
}

func (s *Text) Entry(e journal.Entry) error {
	text, colour := "", ""
	switch e.Type {
	case journal.MissEntry:
		text = "why: " + e.Cause
	case journal.CommandEntry:
		text, colour = "$ "+e.Text, "1"
	case journal.LogEntry:
		text = e.Text
	case journal.WarningEntry:
		text, colour = "warning: "+e.Text, "33"
	case journal.HitEntry:
		text = "cached; its log is of the run that made it:"
	case journal.CompleteEntry:
		text, colour = view.Completed(e.With, view.Seconds(e.Seconds), e.Bytes), "32"
		if !e.Time.IsZero() {
			text += ", at " + e.Time.Local().Format("2006-01-02 15:04:05")
		}
	case journal.ErrorEntry:
		text, colour = "failed: "+e.Text, "31"
		if e.Hint != "" {
			text += "\nhint: " + e.Hint
		}
	case journal.SkippedEntry:
		text = "not run, " + e.Cause
	case journal.VerifiedEntry:
		text = view.Verified(e)
	default:
		return nil
	}
	return s.write(text, colour)
}

func (s *Text) Unfinished(_, _, text string) error { return s.write(text, "33") }

func (s *Text) write(text, colour string) error {
	for _, line := range view.Lines(text) {
		if _, err := fmt.Fprintln(s.Out, term.Paint(line, colour, s.Colour)); err != nil {
			return err
		}
	}
	return nil
}
