package view

import (
	"fmt"
	"io"
	"os"
	"strings"

	"snellen/engine"
	"snellen/engine/journal"
	"snellen/steps/term"
)

// Events shows the events of an apply while they happen. Emit is called from one goroutine; Close
// ends the view, once, when there are no more events.
type Events interface {
	Emit(engine.Event)
	Close()
}

// NewEvents returns the view for people that fits out: live lines on a terminal, a plain log
// elsewhere and where CI is set. At most total steps run.
func NewEvents(out io.Writer, log Log, total int) Events {
	ci := os.Getenv("CI")
	if IsTerminal(out) && (ci == "" || ci == "false") && os.Getenv("TERM") != "dumb" {
		return NewLive(out, log, total)
	}
	return NewPlain(out, log, total)
}

// Quiet returns the addresses that were known to be cached. Their events say nothing new.
func Quiet(plan *engine.Plan) map[string]bool {
	set := map[string]bool{}
	for _, d := range plan.Decisions {
		if d.Verdict == engine.Cached {
			set[d.Node.Address] = true
		}
	}
	return set
}

// A Log turns events into lines for people. An event without a line is shown in another way, or not
// at all.
type Log struct {
	Quiet  map[string]bool
	Colour bool
}

// line returns an event's line, or "".
func (l Log) line(e engine.Event) string {
	switch e := e.(type) {
	case engine.Progressed:
		if e.Metrics != nil {
			return l.words(" ", "", e.Address, epoch(e.Metrics))
		}
	case engine.Finished:
		return l.finished(e)
	case engine.Failed:
		first, _, _ := strings.Cut(e.Err.Error(), "\n")
		return l.words("!", "31", e.Address, "failed: "+term.Clean(first))
	case engine.Warned:
		return l.words("!", "33", e.Address, term.Clean(e.Text))
	case engine.Stopping:
		return l.stopping(e)
	case engine.Verified:
		return l.verified(e)
	}
	return ""
}

func (l Log) finished(e engine.Finished) string {
	switch {
	case e.Cached && l.Quiet[e.Address]:
		return ""
	case e.Cached:
		return l.words("=", "", e.Address, "is done already")
	}
	return l.words("+", "32", e.Address,
		term.Clean(Completed(e.With, e.Record.Took, e.Record.Bytes())))
}

// verified names the grade, and where the step differs.
func (l Log) verified(e engine.Verified) string {
	symbol, colour := "=", "32"
	switch e.Grade {
	case engine.SameNumbers:
		symbol, colour = "~", "33"
	case engine.Differs:
		symbol, colour = "!", "31"
	}
	return l.words(symbol, colour, e.Address, term.Clean(Verified(journal.Entries(e)[0])))
}

func (l Log) stopping(e engine.Stopping) string {
	text := "Interrupted: nothing new is started."
	if len(e.Running) > 0 {
		text += " Waiting for " + ShortList(e.Running, 4) + "; interrupt again to end at once."
	}
	return term.Paint(text, "33", l.Colour)
}

func (l Log) words(symbol, colour, address, text string) string {
	if address != "" {
		text = fmt.Sprintf("%-28s %s", term.Clean(address), text)
	}
	return " " + term.Paint(symbol, colour, l.Colour) + " " + text
}

// ShortList joins names; of more than most, the rest is only counted.
func ShortList(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most-1], ", "), len(names)-most+1)
}
