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
// elsewhere and where CI is set.
func NewEvents(out io.Writer, log Log, work *Work) Events {
	if isLive(out) {
		return NewLive(out, log, work)
	}
	return NewPlain(out, log, work)
}

// isLive reports whether lines can be drawn anew where out is shown.
func isLive(out io.Writer) bool {
	ci := os.Getenv("CI")
	return IsTerminal(out) && (ci == "" || ci == "false") && os.Getenv("TERM") != "dumb"
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

// line returns an event's line, or "". It is broken at blanks where it is longer than wide columns;
// 0 is no limit.
func (l Log) line(e engine.Event, wide int) string {
	switch e := e.(type) {
	case engine.Progressed:
		if e.Metrics != nil {
			return l.parts(wide, e.Address, epoch(e.Metrics))
		}
	case engine.Finished:
		return l.finished(e, wide)
	case engine.Failed:
		first, _, _ := strings.Cut(e.Err.Error(), "\n")
		return l.words(wide, "!", "31", e.Address, "failed: "+term.Clean(first))
	case engine.Warned:
		return l.words(wide, "!", "33", e.Address, term.Clean(e.Text))
	case engine.Stopping:
		return l.stopping(e, wide)
	case engine.Verified:
		return l.verified(e, wide)
	}
	return ""
}

func (l Log) finished(e engine.Finished, wide int) string {
	switch {
	case e.Cached && l.Quiet[e.Address]:
		return ""
	case e.Cached && e.Record.From != "":
		return l.words(wide, "<", "34", e.Address, "from "+term.Clean(e.Record.From))
	case e.Cached:
		return l.words(wide, "=", "", e.Address, "is done already")
	}
	return l.words(wide, "+", "32", e.Address,
		term.Clean(Completed(e.With, e.Record.Took, e.Record.Bytes())))
}

// verified names the grade, and where the step differs.
func (l Log) verified(e engine.Verified, wide int) string {
	symbol, colour := "=", "32"
	switch e.Grade {
	case engine.SameNumbers:
		symbol, colour = "~", "33"
	case engine.Differs:
		symbol, colour = "!", "31"
	}
	return l.words(wide, symbol, colour, e.Address, term.Clean(Verified(journal.Entries(e)[0])))
}

func (l Log) stopping(e engine.Stopping, wide int) string {
	text := "Interrupted: nothing new is started."
	if len(e.Running) > 0 {
		text += " Waiting for " + ShortList(e.Running, 4) + "; interrupt again to end at once."
	}
	text = strings.Join(term.WrapLong(text, wide, "", "  "), "\n")
	return term.Paint(text, "33", l.Colour)
}

func (l Log) words(wide int, symbol, colour, address, text string) string {
	if address != "" {
		text = heading(address) + text
	}
	lines := term.WrapLong(text, wide, " "+symbol+" ", "     ")
	lines[0] = " " + term.Paint(symbol, colour, l.Colour) + strings.TrimPrefix(lines[0], " "+symbol)
	return strings.Join(lines, "\n")
}

// parts is words for a text that loses parts, and at last the blanks behind the address, where it
// is too long.
func (l Log) parts(wide int, address string, parts []part) string {
	line := fit("   "+heading(address), parts, wide)
	if wide > 0 && term.Width(line) > wide {
		line = fit("   "+term.Clean(address)+" ", parts, wide)
	}
	return line
}

// heading is the address in front of a line.
func heading(address string) string { return fmt.Sprintf("%-28s ", term.Clean(address)) }

// ShortList joins names; of more than most, the rest is only counted.
func ShortList(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most-1], ", "), len(names)-most+1)
}
