package main

import (
	"fmt"
	"os"
	"strings"

	"snellen/engine"
	"snellen/engine/journal"
	"snellen/steps/term"
)

// A view shows the events of an apply while they happen. Emit is called from one goroutine; Close ends the view, once,
// when there are no more events.
type view interface {
	Emit(engine.Event)
	Close()
}

// newView is the view that fits the streams: JSON lines where they were asked for, live lines on a terminal, and
// otherwise a plain log.
func (a *app) newView(plan *engine.Plan) view {
	return a.viewOf(eventLog{quiet: quiet(plan), colour: a.colour(a.err)}, plan.Count(engine.Run)+plan.Count(engine.Maybe))
}

// viewOf is a view with that log, of so many steps at most.
func (a *app) viewOf(log eventLog, total int) view {
	switch ci := os.Getenv("CI"); {
	case a.stream != nil:
		return newJSONView(a.stream)
	case isTerminal(a.err) && (ci == "" || ci == "false") && os.Getenv("TERM") != "dumb":
		return newLiveView(a.err, log, total)
	}
	return newPlainView(a.err, log, total)
}

// quiet are the addresses that were known to be cached: their events say nothing new.
func quiet(plan *engine.Plan) map[string]bool {
	set := map[string]bool{}
	for _, d := range plan.Decisions {
		if d.Verdict == engine.Cached {
			set[d.Node.Address] = true
		}
	}
	return set
}

// An eventLog puts events in lines for people. What has no line is shown in another way, or not at all.
type eventLog struct {
	quiet  map[string]bool
	colour bool
}

// line is an event's line, or "".
func (l eventLog) line(e engine.Event) string {
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

func (l eventLog) finished(e engine.Finished) string {
	switch {
	case e.Cached && l.quiet[e.Address]:
		return ""
	case e.Cached:
		return l.words("=", "", e.Address, "is done already")
	}
	return l.words("+", "32", e.Address, term.Clean(completed(e.With, e.Record.Took, e.Record.Bytes())))
}

// verified names the grade, and where the step differs.
func (l eventLog) verified(e engine.Verified) string {
	symbol, colour := "=", "32"
	switch e.Grade {
	case engine.SameNumbers:
		symbol, colour = "~", "33"
	case engine.Differs:
		symbol, colour = "!", "31"
	}
	return l.words(symbol, colour, e.Address, term.Clean(verified(journal.Entries(e)[0])))
}

func (l eventLog) stopping(e engine.Stopping) string {
	text := "Interrupted: nothing new is started."
	if len(e.Running) > 0 {
		text += " Waiting for " + shortList(e.Running, 4) + "; interrupt again to end at once."
	}
	return term.Paint(text, "33", l.colour)
}

func (l eventLog) words(symbol, colour, address, text string) string {
	if address != "" {
		text = fmt.Sprintf("%-28s %s", term.Clean(address), text)
	}
	return " " + term.Paint(symbol, colour, l.colour) + " " + text
}

// shortList names at most so many things.
func shortList(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most-1], ", "), len(names)-most+1)
}
