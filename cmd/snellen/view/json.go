package view

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

// A jsonView writes each event as lines of a stream, and at most once a second the progress of a step
// and how long the rest will take.
type jsonView struct {
	stream *Stream
	known  progress
	shown  map[string]time.Time // when the progress of a step was shown last
	left   string               // what was said last of the rest
	said   time.Time            // and when

	fetched time.Time // when it was last said what is fetched
}

// NewJSON returns a view that writes events as lines of a stream.
func NewJSON(s *Stream, work *Work) *jsonView {
	return &jsonView{stream: s, known: progress{work: work}, shown: map[string]time.Time{}}
}

// Emit drops errors: a reader who went away is no reason to stop what runs.
func (v *jsonView) Emit(e engine.Event) {
	now := v.stream.Now()
	v.known.add(e, now)
	defer v.remain(now)
	for _, entry := range journal.Entries(e) {
		switch entry.Type {
		case journal.WarningEntry:
			v.stream.Diagnose(entry.Address, specs.Diagnostic{Warning: true, Message: entry.Text})
			continue
		case journal.ProgressEntry:
			if now.Sub(v.shown[entry.Address]) < time.Second {
				continue
			}
			v.shown[entry.Address] = now
		case journal.FetchedEntry:
			if now.Sub(v.fetched) < time.Second {
				continue // Close tells the last
			}
			v.fetched = now
		}
		v.stream.Line(EntryLevel(entry), EntryText(entry), entry)
	}
}

func (v *jsonView) Close() {
	if text := fetchedText(v.known.fetched); text != "" {
		v.stream.Line(LevelInfo, text, journal.Entries(v.known.fetched)[0])
	}
}

// fetchedText says what an apply took from the shared store, or "".
func fetchedText(e engine.Fetched) string {
	from := term.Clean(e.From)
	took := "Took " + term.Count(e.Records, "result") + " from " + from
	switch {
	case e.Records > 0 && e.Done > 0:
		return fmt.Sprintf("%s, and fetched %s.", took, term.Bytes(e.Done))
	case e.Records > 0:
		return took + "."
	case e.Done > 0:
		return fmt.Sprintf("Fetched %s from %s.", term.Bytes(e.Done), from)
	}
	return ""
}

// A remainingLine says how long the rest of a run will take.
type remainingLine struct {
	Type     string  `json:"type"` // "remaining"
	Seconds  float64 `json:"seconds"`
	Complete bool    `json:"complete"` // whether the time of every step is known
	Text     string  `json:"text"`
}

// remain says how long the rest will take, where that is known and has changed.
func (v *jsonView) remain(now time.Time) {
	if now.Sub(v.said) < time.Second {
		return
	}
	v.said = now
	rest, all := v.known.work.left(v.known.running, now)
	text := v.known.work.leftText(v.known.running, now)
	if text == "" || text == v.left {
		return
	}
	v.left = text
	v.stream.Line(LevelInfo, text, remainingLine{"remaining", rest.Round(time.Second).Seconds(), all,
		text})
}

// EntryLevel returns the level of an entry's line.
func EntryLevel(e journal.Entry) string {
	switch e.Type {
	case journal.ErrorEntry:
		return LevelError
	case journal.WarningEntry, journal.SkippedEntry, journal.StoppingEntry:
		return LevelWarn
	}
	return LevelInfo
}

// EntryText returns an entry in words.
func EntryText(e journal.Entry) string {
	text := ""
	switch e.Type {
	case journal.StartEntry:
		text = "started"
	case journal.MissEntry:
		text = "runs: " + e.Cause
	case journal.HitEntry:
		if text = "is done already"; e.From != "" {
			text = "from " + e.From
		}
	case journal.ProgressEntry:
		text = amount(*e.Progress)
	case journal.MetricEntry:
		text = fit("", epoch(e.Metric), 0)
	case journal.FetchedEntry:
		return "Fetching from " + e.From + ": " + amount(*e.Progress)
	case journal.CommandEntry:
		text = "$ " + e.Text
	case journal.CompleteEntry:
		text = Completed(e.With, Seconds(e.Seconds), e.Bytes)
	case journal.ErrorEntry:
		text = "failed: " + e.Text
	case journal.SkippedEntry:
		text = "not run, " + e.Cause
	case journal.StoppingEntry:
		return "Interrupted: nothing new is started. Waiting for " +
			cmp.Or(strings.Join(e.Running, ", "), "nothing") + "; interrupt again to end at once."
	case journal.VerifiedEntry:
		text = Verified(e)
	default:
		text = e.Text
	}
	return e.Address + ": " + text
}

// Completed returns in words how a step was done; with is the step that made the same, or "".
func Completed(with string, took time.Duration, size int64) string {
	if with != "" {
		return "done with " + with + ", which has the same inputs"
	}
	return fmt.Sprintf("done in %s, %s", term.Duration(took), term.Bytes(size))
}

// Ran says how many steps of an apply were run.
func Ran(r *engine.Result) string {
	text := term.Count(r.Ran-r.Shared, "step was", "steps were") + " run."
	if r.Shared > 0 {
		text += " " + term.Count(r.Shared, "other has the result of a step with the same inputs.",
			"others have the results of steps with the same inputs.")
	}
	return text
}

func amount(p journal.Amount) string {
	if p.Unit == bytesUnit && p.Total > 0 {
		return term.Bytes(int64(p.Done)) + " of " + term.Bytes(int64(p.Total))
	}
	if p.Total > 0 {
		return fmt.Sprintf("%s/%s %s", figure(p.Done), figure(p.Total), p.Unit)
	}
	return figure(p.Done) + " " + p.Unit
}

// Seconds returns a number of seconds as a duration.
func Seconds(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// Verified returns how a step that was run again compares: "same numbers; model.safetensors has
// other bytes".
func Verified(e journal.Entry) string {
	text := e.Grade
	if e.Output != "" {
		text += ": " + e.Output + " has other bytes"
	}
	if e.Text != "" {
		text += "; " + e.Text
	}
	return text
}
