package engine

import (
	"strings"
	"time"

	"snellen/engine/step"
)

// The types of entries. Readers of journals and of JSON streams rely on them.
const (
	StartEntry    = "apply_start"
	ProgressEntry = "apply_progress"
	CompleteEntry = "apply_complete"
	ErrorEntry    = "apply_errored"
	SkippedEntry  = "apply_skipped"
	WarningEntry  = "warning"
	StoppingEntry = "stopping"
	HitEntry      = "cache_hit"
	MissEntry     = "cache_miss"
	CommandEntry  = "command"
	LogEntry      = "log"
	MetricEntry   = "metric"
	VerifiedEntry = "verify_result"
)

// An Entry is one thing that an event tells, as a JSON line of a journal or of a machine-readable stream.
type Entry struct {
	Type     string        `json:"type"`
	Time     time.Time     `json:"@timestamp,omitzero"`
	Address  string        `json:"address,omitempty"`
	Cause    string        `json:"cause,omitempty"` // why the step runs
	Root     string        `json:"root,omitempty"`  // address of the step that Cause is about
	Text     string        `json:"text,omitempty"`  // a command, a line of a log, a warning, an error
	Hint     string        `json:"hint,omitempty"`  // what may be done about an error
	Log      string        `json:"log,omitempty"`   // last lines of a failed step's log
	Key      string        `json:"key,omitempty"`
	With     string        `json:"with,omitempty"` // address of the step of the same key whose run did this one's work
	Seconds  float64       `json:"seconds,omitempty"`
	Bytes    int64         `json:"bytes,omitempty"`
	Progress *Amount       `json:"progress,omitempty"`
	Metric   *step.Metrics `json:"metric,omitempty"`
	Running  []string      `json:"running,omitempty"` // addresses of the steps that an interrupt waits for
	Grade    string        `json:"grade,omitempty"`   // of a step that was run again: "bit-exact", "same numbers", "differs"
	Output   string        `json:"output,omitempty"`  // the first whose bytes differ
}

// An Amount is how far a running step is.
type Amount struct {
	Done  float64 `json:"done"`            // in Unit
	Total float64 `json:"total,omitempty"` // 0 when not known
	Unit  string  `json:"unit,omitempty"`
}

// Entries puts an event in its form for machines. What a step tells in one go, such as a line of its log and how far it
// is, are entries of their own.
func Entries(e Event) []Entry {
	one := Entry{Type: e.event()}
	switch e := e.(type) {
	case Started:
		miss := Entry{Type: MissEntry, Address: e.Address, Cause: e.Why.Text, Root: e.Why.Root}
		one.Address = e.Address
		return []Entry{miss, one}
	case Progressed:
		return progressed(e)
	case Finished:
		one.finished(e)
	case Failed:
		one.Address, one.Text, one.Hint, one.Log = e.Address, cut(e.Err.Error(), maxCommand), step.Hint(e.Err), e.Log
	case Skipped:
		one.Address, one.Cause, one.Root = e.Address, "after "+e.Because, e.Because
	case Warned:
		one.Address, one.Text = e.Address, e.Text
	case Stopping:
		one.Running = e.Running
	case Verified:
		one.Address, one.Grade, one.Output, one.Text, one.Seconds = e.Address, e.Grade.String(), e.Output, e.Difference, e.Took.Seconds()
		one.Key = e.Key.String()
	}
	return []Entry{one}
}

func progressed(e Progressed) []Entry {
	var all []Entry
	if e.Command != "" {
		all = append(all, Entry{Type: CommandEntry, Address: e.Address, Text: cut(e.Command, maxCommand)})
	}
	if e.Log != "" {
		all = append(all, Entry{Type: LogEntry, Address: e.Address, Text: cut(e.Log, maxLine)})
	}
	if e.Metrics != nil {
		all = append(all, Entry{Type: MetricEntry, Address: e.Address, Metric: e.Metrics})
	}
	if e.Done != 0 || e.Total != 0 {
		all = append(all, Entry{Type: ProgressEntry, Address: e.Address, Progress: &Amount{e.Done, e.Total, e.Unit}})
	}
	return all
}

func (one *Entry) finished(e Finished) {
	one.Address, one.Key = e.Address, e.Key.String()
	if e.Cached {
		one.Type = HitEntry
		return
	}
	one.With = e.With
	one.Seconds, one.Bytes = e.Record.Took.Seconds(), e.Record.Bytes()
}

// cut bounds a line that a step told, in bytes.
func cut(line string, most int) string {
	if len(line) > most {
		line = line[:most] + "..."
	}
	return strings.ToValidUTF8(line, "\uFFFD")
}
