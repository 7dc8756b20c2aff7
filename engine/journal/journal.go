// Package journal keeps the history of runs. Every apply and verify writes its events into a
// journal, one file of the store; this package writes journals, reads them while they grow, and
// answers questions across runs: which runs there were, which keys they used, how training went.
//
// It renders the engine's events and never takes part in a decision: a store that loses its
// journals loses history alone.
package journal

import (
	"encoding/json"
	"time"
)

// format is the version of a journal. A journal is one file in the store's folder runs, named by
// the run's start time and process. It consists of JSON lines:
//
//	{"type":"run_start", ...}   a Start, once, first
//	{"type":"apply_start", ...} an Entry for everything that happened, except bare progress; of
//	                            what was fetched, the sum alone
//	{"type":"run_end", ...}     an End, once, last
//
// The file is locked while the run goes on. A journal that nobody locks and that has no last line
// belongs to an interrupted run: its process was killed, or its machine went down.
const format = 1

const (
	startOfRun = "run_start"
	endOfRun   = "run_end"
)

// A Start says what a run was asked to do.
type Start struct {
	Type     string            `json:"type"`
	Format   int               `json:"journal"`
	Time     time.Time         `json:"@timestamp"`
	Spec     string            `json:"spec"`    // absolute path
	Study    string            `json:"study"`   // name
	Verb     string            `json:"verb"`    // "apply", "verify"
	Command  string            `json:"command"` // as it was typed
	Versions map[string]string `json:"versions"`

	// Source is the spec's text, and Given the values that it was loaded with, as the caller has
	// them. "": it is not kept, since it may hold secrets, or was not yet.
	Source string          `json:"source,omitempty"`
	Given  json.RawMessage `json:"given,omitempty"`
}

// An End says how a run ended.
type End struct {
	Type    string    `json:"type"`
	Time    time.Time `json:"@timestamp"`
	Outcome Outcome   `json:"outcome"`
	Ran     int       `json:"ran"`    // steps
	Cached  int       `json:"cached"` // or done with another step, which has the same inputs
	Failed  int       `json:"failed"`
	Skipped int       `json:"skipped"`
	Error   string    `json:"error,omitempty"` // why the run could not begin
}

// A tally counts the steps of a run by how they ended.
type tally struct{ ran, cached, failed, skipped int }

func (t *tally) add(e Entry) {
	switch {
	case e.ran():
		t.ran++
	case e.Type == CompleteEntry, e.Type == HitEntry:
		t.cached++
	case e.Type == ErrorEntry:
		t.failed++
	case e.Type == SkippedEntry:
		t.skipped++
	}
}

func (t tally) end(outcome Outcome, at time.Time) End {
	return End{
		Type: endOfRun, Time: at, Outcome: outcome,
		Ran: t.ran, Cached: t.cached, Failed: t.failed, Skipped: t.skipped,
	}
}
