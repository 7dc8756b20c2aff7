package engine

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// An Outcome is how a run ended, or that it goes on.
type Outcome string

// The outcomes. A killed run is an interrupted one, too.
const (
	RunDone        Outcome = "done"
	RunFailed      Outcome = "failed"
	RunInterrupted Outcome = "interrupted"
	RunGoesOn      Outcome = "running"
)

// Outcome is how the apply ended, for its journal.
func (r *Result) Outcome() Outcome {
	switch {
	case r.Interrupted:
		return RunInterrupted
	case len(r.Failures) > 0:
		return RunFailed
	}
	return RunDone
}

// A PastRun is what a journal tells of its run as a whole.
type PastRun struct {
	ID    string // the journal's name, without its suffix
	Start RunStart
	End   RunEnd // of an interrupted or running one: counted up to the last event
}

// Took is the time from the run's begin to its end, or to its last event.
func (r PastRun) Took() time.Duration { return r.End.Time.Sub(r.Start.Time) }

const (
	journalSuffix = ".jsonl"
	maxEntry      = 1 << 20 // bytes of a journal's line; a longer one is damage
	endSize       = 8 << 10 // bytes, that a last line fits in
)

// Runs lists the runs whose journals the store has, the latest first. What is no journal is left out.
func Runs(st *store.Store) ([]PastRun, error) {
	entries, err := os.ReadDir(st.RunPath(""))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var all []PastRun
	for _, e := range slices.Backward(entries) { // names begin with the time
		id, ok := strings.CutSuffix(e.Name(), journalSuffix)
		if !ok || !e.Type().IsRegular() {
			continue
		}
		if r, err := readRun(st, id); err == nil {
			all = append(all, r)
		}
	}
	return all, nil
}

// FindRun is the run with that ID, or the only one whose ID begins so; "last" is the latest.
func FindRun(st *store.Store, id string) (PastRun, error) {
	all, err := Runs(st)
	if err != nil {
		return PastRun{}, err
	}
	if id == "last" && len(all) > 0 {
		return all[0], nil
	}
	var found []PastRun
	for _, r := range all {
		if r.ID == id {
			return r, nil
		}
		if strings.HasPrefix(r.ID, id) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return PastRun{}, step.WithHint(fmt.Errorf("there is no run %q", id), "type snellen runs to see them")
	case 1:
		return found[0], nil
	}
	return PastRun{}, step.WithHint(fmt.Errorf("%d runs begin with %q", len(found), id), fmt.Sprintf("write more of it, such as %s", found[0].ID))
}

// readRun reads as much of a journal as tells what became of its run: the first and the last line, or all of it where there
// is no last one yet.
func readRun(st *store.Store, id string) (PastRun, error) {
	j, err := OpenRun(st, id)
	if err != nil {
		return PastRun{}, err
	}
	defer j.Close()
	r := PastRun{ID: id, Start: j.Start}
	goesOn := j.GoesOn() // before the end is looked for: a run that ends meanwhile still has one
	if r.End, err = j.end(); err == nil {
		return r, nil
	}
	var count tally
	r.End = RunEnd{Time: j.Start.Time, Outcome: RunInterrupted}
	if goesOn {
		r.End.Outcome = RunGoesOn
	}
	for {
		e, err := j.Next()
		if err != nil {
			break
		}
		count.take(e)
		r.End.Time = e.Time
	}
	r.End.Ran, r.End.Cached, r.End.Failed, r.End.Skipped = count.ran, count.cached, count.failed, count.skipped
	return r, nil
}

// A JournalReader reads a journal's entries in order, also while they are written. It is used by one goroutine.
type JournalReader struct {
	Start RunStart

	file  *os.File
	lines *bufio.Reader
	part  []byte // of a line that is not yet whole
}

// OpenRun begins to read the journal of the run with that ID.
func OpenRun(st *store.Store, id string) (*JournalReader, error) {
	f, err := os.Open(st.RunPath(id + journalSuffix))
	if err != nil {
		return nil, fmt.Errorf("read a journal: %w", err)
	}
	j := &JournalReader{file: f, lines: bufio.NewReader(f)}
	line, err := j.line()
	if err == nil {
		err = json.Unmarshal(line, &j.Start)
	}
	if err == nil && (j.Start.Type != startOfRun || j.Start.Format != journalFormat) {
		err = fmt.Errorf("it is no journal of version %d", journalFormat)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read journal %s: %w", id, err), f.Close())
	}
	return j, nil
}

// Close ends the reading.
func (j *JournalReader) Close() error { return j.file.Close() }

// GoesOn tells whether the run still writes.
func (j *JournalReader) GoesOn() bool { return store.RunHeld(j.file) }

// Next gives the next entry, or io.EOF when there is none, or none yet. Damaged lines are passed over.
func (j *JournalReader) Next() (Entry, error) {
	for {
		line, err := j.line()
		if err != nil {
			return Entry{}, err
		}
		var e Entry
		if json.Unmarshal(line, &e) == nil && e.Type != endOfRun {
			return e, nil
		}
	}
}

// line gives the next whole line. What is longer than any line of a journal is given in pieces, which are damage.
func (j *JournalReader) line() ([]byte, error) {
	for {
		piece, err := j.lines.ReadSlice('\n')
		j.part = append(j.part, piece...)
		if err == nil || len(j.part) > maxEntry {
			whole := j.part
			j.part = nil
			return whole, nil
		}
		if err != bufio.ErrBufferFull {
			return nil, err
		}
	}
}

// end reads the journal's last line, if it is the end of the run.
func (j *JournalReader) end() (RunEnd, error) {
	var end RunEnd
	size, err := j.file.Seek(0, io.SeekEnd)
	if err != nil {
		return end, err
	}
	tail := make([]byte, min(size, endSize))
	if _, err := j.file.ReadAt(tail, size-int64(len(tail))); err != nil {
		return end, err
	}
	tail, whole := bytes.CutSuffix(tail, []byte("\n"))
	err = json.Unmarshal(tail[bytes.LastIndexByte(tail, '\n')+1:], &end)
	if err == nil && (!whole || end.Type != endOfRun) {
		err = errors.New("it has no end")
	}
	return end, errors.Join(err, j.rewind())
}

// rewind makes the next line the one behind the first.
func (j *JournalReader) rewind() error {
	if _, err := j.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	j.lines.Reset(j.file)
	j.part = nil
	_, err := j.line()
	return err
}
