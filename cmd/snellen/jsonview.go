package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"snellen/engine"
	"snellen/engine/journal"
	"snellen/specs"
	"snellen/steps/term"
)

// A jsonView writes each thing that an event tells as a line of the stream. Of how far a step is, it tells once a second.
type jsonView struct {
	stream *stream
	told   map[string]time.Time // when the progress of a step was told last
}

func newJSONView(s *stream) *jsonView { return &jsonView{s, map[string]time.Time{}} }

// Emit drops errors: a reader who went away is no reason to stop what runs.
func (v *jsonView) Emit(e engine.Event) {
	for _, entry := range journal.Entries(e) {
		switch entry.Type {
		case journal.WarningEntry:
			v.stream.diagnose(entry.Address, specs.Diagnostic{Warning: true, Message: entry.Text})
			continue
		case journal.ProgressEntry:
			now := v.stream.now()
			if now.Sub(v.told[entry.Address]) < time.Second {
				continue
			}
			v.told[entry.Address] = now
		}
		v.stream.line(levels[entry.Type], message(entry), entry)
	}
}

func (v *jsonView) Close() {}

// levels are those of entries.
var levels = map[string]string{
	journal.StartEntry: levelInfo, journal.ProgressEntry: levelInfo, journal.CompleteEntry: levelInfo, journal.HitEntry: levelInfo,
	journal.MissEntry: levelInfo, journal.CommandEntry: levelInfo, journal.LogEntry: levelInfo, journal.MetricEntry: levelInfo,
	journal.VerifiedEntry: levelInfo, journal.WarningEntry: levelWarn, journal.ErrorEntry: levelError, journal.SkippedEntry: levelWarn, journal.StoppingEntry: levelWarn,
}

// message is an entry for people.
func message(e journal.Entry) string {
	text := ""
	switch e.Type {
	case journal.StartEntry:
		text = "started"
	case journal.MissEntry:
		text = "runs: " + e.Cause
	case journal.HitEntry:
		text = "is done already"
	case journal.ProgressEntry:
		text = amount(*e.Progress)
	case journal.MetricEntry:
		text = epoch(e.Metric)
	case journal.CommandEntry:
		text = "$ " + e.Text
	case journal.CompleteEntry:
		text = completed(e.With, duration(e.Seconds), e.Bytes)
	case journal.ErrorEntry:
		text = "failed: " + e.Text
	case journal.SkippedEntry:
		text = "not run, " + e.Cause
	case journal.StoppingEntry:
		return "Interrupted: nothing new is started. Waiting for " + cmp.Or(strings.Join(e.Running, ", "), "nothing") + "; interrupt again to end at once."
	case journal.VerifiedEntry:
		text = verified(e)
	default:
		text = e.Text
	}
	return e.Address + ": " + text
}

// completed says how a step was done.
func completed(with string, took time.Duration, size int64) string {
	if with != "" {
		return "done with " + with + ", which has the same inputs"
	}
	return fmt.Sprintf("done in %s, %s", term.Duration(took), term.Bytes(size))
}

func amount(p journal.Amount) string {
	if p.Total > 0 {
		return fmt.Sprintf("%s/%s %s", figure(p.Done), figure(p.Total), p.Unit)
	}
	return figure(p.Done) + " " + p.Unit
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// verified is how a step that was run again compares: "same numbers; model.safetensors has other bytes".
func verified(e journal.Entry) string {
	text := e.Grade
	if e.Output != "" {
		text += ": " + e.Output + " has other bytes"
	}
	if e.Text != "" {
		text += "; " + e.Text
	}
	return text
}
