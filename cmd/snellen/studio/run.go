package studio

import (
	"slices"
	"strings"
	"time"

	"snellen/cmd/snellen/view"
	"snellen/engine/journal"
)

// A run is what the page shows of an apply or a verify: what its journal says, whoever started it.
// Of one that this server started there is more, since its lines are read as well: how far each
// step is, and how long the rest will take.
type run struct {
	ID       string             `json:"id"`
	State    string             `json:"state"` // as a journal's outcome; "" where there was none
	Ours     bool               `json:"ours"`  // it can be stopped here
	Command  string             `json:"command"`
	Began    time.Time          `json:"began"`
	Seconds  float64            `json:"seconds"`
	Left     string             `json:"left"` // how long the rest will take, in words
	Steps    []*runStep         `json:"steps"`
	Epochs   map[string][]epoch `json:"epochs"` // by address
	Messages []note             `json:"messages"`

	byAddress map[string]*runStep
	places    func(at string) place
}

// A runStep is one step of a run.
type runStep struct {
	Address string `json:"address"`
	place
	State   string    `json:"state"` // "running", "done", "cached", "failed", "skipped"
	Cause   string    `json:"cause"`
	Began   time.Time `json:"began,omitzero"`
	Seconds float64   `json:"seconds"`
	Done    float64   `json:"done"` // share, 0 to 1
	Text    string    `json:"text"` // how far it is, in words
	Error   string    `json:"error"`
	Hint    string    `json:"hint"`
}

// An epoch is what a training reported of one.
type epoch struct {
	Epoch  int                `json:"epoch"`
	Values map[string]float64 `json:"values"`
}

// An epochEvent is one that ended now.
type epochEvent struct {
	Address string `json:"address"`
	epoch
}

// A note is a line for people.
type note struct {
	Level string `json:"level"` // "info", "warn", "error"
	Text  string `json:"text"`
}

// A leftEvent says how long a run has gone on, and how long the rest will take.
type leftEvent struct {
	Seconds float64 `json:"seconds"`
	Left    string  `json:"left"`
}

const maxNotes = 200

func newRun(places func(at string) place) *run {
	return &run{Steps: []*runStep{}, Epochs: map[string][]epoch{}, Messages: []note{},
		byAddress: map[string]*runStep{}, places: places}
}

// step returns a run's step, which is added where it is new.
func (r *run) step(at string) *runStep {
	s := r.byAddress[at]
	if s == nil {
		s = &runStep{Address: at, place: r.places(at)}
		r.byAddress[at] = s
		r.Steps = append(r.Steps, s)
	}
	return s
}

func (r *run) say(level, text string) note {
	n := note{level, text}
	r.Messages = append(r.Messages, n)
	if more := len(r.Messages) - maxNotes; more > 0 {
		r.Messages = slices.Clone(r.Messages[more:])
	}
	return n
}

// add takes in an entry, and calls tell with what the pages must know of it.
func (r *run) add(e journal.Entry, tell func(name string, value any)) {
	switch e.Type {
	case journal.MissEntry:
		r.step(e.Address).Cause = e.Cause
		return
	case journal.StartEntry:
		s := r.step(e.Address)
		s.State, s.Began, s.Done, s.Text = "running", e.Time, 0, ""
		delete(r.Epochs, e.Address) // it begins anew
	case journal.ProgressEntry:
		s := r.step(e.Address)
		if s.State == "" { // its lines may come before its journal is read, or after
			s.State = string(journal.Running)
		} else if s.State != string(journal.Running) {
			return
		}
		s.Text = strings.TrimPrefix(view.EntryText(e), e.Address+": ")
		if e.Progress.Total > 0 {
			s.Done = min(max(e.Progress.Done/e.Progress.Total, 0), 1)
		}
	case journal.MetricEntry:
		if e.Metric == nil {
			return
		}
		one := epoch{e.Metric.Epoch, e.Metric.Values}
		r.Epochs[e.Address] = append(r.Epochs[e.Address], one)
		tell("epoch", epochEvent{e.Address, one})
		return
	case journal.CompleteEntry:
		s := r.step(e.Address)
		s.State, s.Seconds, s.Done = "done", e.Seconds, 1
		if e.With != "" {
			s.State = "cached"
		}
		s.Text = strings.TrimPrefix(view.EntryText(e), e.Address+": ")
	case journal.HitEntry:
		s := r.step(e.Address)
		s.State, s.Done = "cached", 1
	case journal.ErrorEntry:
		s := r.step(e.Address)
		s.State, s.Error, s.Hint = "failed", e.Text, e.Hint
	case journal.SkippedEntry:
		s := r.step(e.Address)
		s.State, s.Cause = "skipped", e.Cause
	case journal.WarningEntry, journal.StoppingEntry:
		tell("message", r.say(view.EntryLevel(e), view.EntryText(e)))
		return
	default:
		return
	}
	tell("step", r.byAddress[e.Address])
}
