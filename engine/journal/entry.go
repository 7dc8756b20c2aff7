package journal

import (
	"fmt"
	"strings"
	"time"

	"snellen/engine"
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
	FetchedEntry  = "fetch_progress"
)

// An Entry is one fact of an event, as a JSON line of a journal or of a machine-readable stream.
type Entry struct {
	Type     string        `json:"type"`
	Time     time.Time     `json:"@timestamp,omitzero"`
	Address  string        `json:"address,omitempty"`
	Cause    string        `json:"cause,omitempty"` // why the step runs
	Root     string        `json:"root,omitempty"`  // address of the step that Cause is about
	Text     string        `json:"text,omitempty"`  // a command, a log line, a warning, an error
	Hint     string        `json:"hint,omitempty"`  // what may be done about an error
	Log      string        `json:"log,omitempty"`   // last lines of a failed step's log
	Key      string        `json:"key,omitempty"`
	With     string        `json:"with,omitempty"` // step of the same key whose run did this work
	From     string        `json:"from,omitempty"` // URL of the shared store that it comes from
	Seconds  float64       `json:"seconds,omitempty"`
	Bytes    int64         `json:"bytes,omitempty"`
	Records  int           `json:"records,omitempty"` // results that were taken from a shared store
	Progress *Amount       `json:"progress,omitempty"`
	Metric   *step.Metrics `json:"metric,omitempty"`
	Running  []string      `json:"running,omitempty"` // steps that an interrupt waits for
	Grade    string        `json:"grade,omitempty"`   // "bit-exact", "same numbers", "differs"
	Output   string        `json:"output,omitempty"`  // the first output whose bytes differ
}

// An Amount is how far a running step is.
type Amount struct {
	Done  float64 `json:"done"`            // in Unit
	Total float64 `json:"total,omitempty"` // 0 when not known
	Unit  string  `json:"unit,omitempty"`
}

// Limits of what a step may write into one entry, in bytes.
const (
	maxText  = 64 << 10 // a command or an error; one decode to forty sizes takes twenty thousand
	maxShort = 4 << 10  // a log line
)

// Entries returns an event as entries, without their time. What a step reports at once, such as a
// log line together with its progress, becomes an entry each.
func Entries(e engine.Event) []Entry {
	switch e := e.(type) {
	case engine.Started:
		return []Entry{
			{Type: MissEntry, Address: e.Address, Cause: e.Why.Text, Root: e.Why.Root},
			{Type: StartEntry, Address: e.Address},
		}
	case engine.Progressed:
		return progressed(e)
	case engine.Finished:
		return []Entry{finished(e)}
	case engine.Failed:
		return []Entry{{
			Type: ErrorEntry, Address: e.Address, Text: truncate(e.Err.Error(), maxText),
			Hint: step.Hint(e.Err), Log: e.Log,
		}}
	case engine.Skipped:
		return []Entry{{
			Type: SkippedEntry, Address: e.Address, Cause: "after " + e.Because, Root: e.Because,
		}}
	case engine.Warned:
		return []Entry{{Type: WarningEntry, Address: e.Address, Text: e.Text}}
	case engine.Fetched:
		return []Entry{{
			Type: FetchedEntry, From: e.From, Records: e.Records,
			Progress: &Amount{Done: float64(e.Done), Total: float64(e.Total), Unit: "bytes"},
		}}
	case engine.Stopping:
		return []Entry{{Type: StoppingEntry, Running: e.Running}}
	case engine.Verified:
		return []Entry{{
			Type: VerifiedEntry, Address: e.Address, Key: e.Key.String(), Grade: e.Grade.String(),
			Output: e.Output, Text: e.Difference, Seconds: e.Took.Seconds(),
		}}
	}
	panic(fmt.Sprintf("BUG: no entry for the event %T", e))
}

func progressed(e engine.Progressed) []Entry {
	var all []Entry
	add := func(entry Entry) {
		entry.Address = e.Address
		all = append(all, entry)
	}
	if e.Command != "" {
		add(Entry{Type: CommandEntry, Text: truncate(e.Command, maxText)})
	}
	if e.Log != "" {
		add(Entry{Type: LogEntry, Text: truncate(e.Log, maxShort)})
	}
	if e.Metrics != nil {
		add(Entry{Type: MetricEntry, Metric: e.Metrics})
	}
	if e.Done != 0 || e.Total != 0 {
		add(Entry{Type: ProgressEntry, Progress: &Amount{e.Done, e.Total, e.Unit}})
	}
	return all
}

// finished returns the entry of a step that has its record: a hit where it had it before.
func finished(e engine.Finished) Entry {
	if e.Cached {
		return Entry{Type: HitEntry, Address: e.Address, Key: e.Key.String(), From: e.Record.From}
	}
	return Entry{
		Type: CompleteEntry, Address: e.Address, Key: e.Key.String(), With: e.With,
		Seconds: e.Record.Took.Seconds(), Bytes: e.Record.Bytes(),
	}
}

// ran reports whether an entry is the end of a step that was run for itself.
func (e Entry) ran() bool { return e.Type == CompleteEntry && e.With == "" }

// truncate bounds a text to most bytes and makes it valid UTF-8.
func truncate(text string, most int) string {
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
