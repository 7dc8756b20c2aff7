package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"snellen/engine/store"
)

// journalFormat is the version of a journal, which is one file a run in the store's folder runs, named by the time at which
// the run began and its process, and of JSON lines:
//
//	{"type":"run_start", ...}   a RunStart, once, first
//	{"type":"apply_start", ...} an Entry, for each thing that happened, but for bare progress
//	{"type":"run_end", ...}     a RunEnd, once, last
//
// The file is locked for as long as the run goes on. A journal that nobody locks and that has no last line is an
// interrupted run's: its process was killed, or its machine went down.
const journalFormat = 1

const (
	startOfRun = "run_start"
	endOfRun   = "run_end"
)

// A RunStart says what a run was asked to do.
type RunStart struct {
	Type     string            `json:"type"`
	Format   int               `json:"journal"`
	Time     time.Time         `json:"@timestamp"`
	Spec     string            `json:"spec"`    // absolute path
	Study    string            `json:"study"`   // name
	Verb     string            `json:"verb"`    // "apply", "verify"
	Command  string            `json:"command"` // as it was typed
	Versions map[string]string `json:"versions"`
}

// A RunEnd says how a run ended.
type RunEnd struct {
	Type    string    `json:"type"`
	Time    time.Time `json:"@timestamp"`
	Outcome Outcome   `json:"outcome"`
	Ran     int       `json:"ran"` // steps
	Cached  int       `json:"cached"`
	Failed  int       `json:"failed"`
	Skipped int       `json:"skipped"`
	Error   string    `json:"error,omitempty"` // why it could not begin
}

// A Journal keeps a run's events. It is used by one goroutine.
type Journal struct {
	file  *os.File
	count tally
	err   error
}

// OpenJournal begins the journal of a run. The type and format of start are set here.
func OpenJournal(st *store.Store, start RunStart) (*Journal, error) {
	if err := st.Prepare(); err != nil {
		return nil, storeHint(err, st)
	}
	start.Type, start.Format, start.Time = startOfRun, journalFormat, start.Time.UTC()
	f, err := st.CreateRun(fmt.Sprintf("%s-%d%s", start.Time.Format("20060102T150405.000Z"), os.Getpid(), journalSuffix))
	if err != nil {
		return nil, storeHint(err, st)
	}
	j := &Journal{file: f}
	j.line(start)
	return j, nil
}

// Write adds an event. A disk that is full ends no run: the first error is kept for Close.
func (j *Journal) Write(e Event) {
	for _, entry := range Entries(e) {
		j.count.take(entry)
		if entry.Type == ProgressEntry { // it is for looking at, and would be most of the file
			continue
		}
		entry.Time = time.Now().UTC()
		j.line(entry)
	}
}

func (j *Journal) line(v any) {
	data, err := json.Marshal(v)
	if err == nil {
		_, err = j.file.Write(append(data, '\n'))
	}
	if j.err == nil {
		j.err = err
	}
}

// Close ends the journal and tells the first error of any write. A run that could not begin is closed with its error.
func (j *Journal) Close(outcome Outcome, problem error) error {
	end := RunEnd{Type: endOfRun, Time: time.Now().UTC(), Outcome: outcome}
	end.Ran, end.Cached, end.Failed, end.Skipped = j.count.ran, j.count.cached, j.count.failed, j.count.skipped
	if problem != nil {
		end.Error = cut(problem.Error(), maxLine)
	}
	j.line(end)
	if err := j.file.Close(); j.err == nil {
		j.err = err
	}
	if j.err != nil {
		return fmt.Errorf("write the journal: %w", j.err)
	}
	return nil
}

// A tally counts the steps of a run by how they ended.
type tally struct{ ran, cached, failed, skipped int }

func (t *tally) take(e Entry) {
	switch e.Type {
	case CompleteEntry:
		t.ran++
	case HitEntry:
		t.cached++
	case ErrorEntry:
		t.failed++
	case SkippedEntry:
		t.skipped++
	}
}
