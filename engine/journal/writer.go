package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"snellen/engine"
	"snellen/engine/store"
)

// A Writer writes one run's journal. It is used by one goroutine.
type Writer struct {
	file  *os.File
	count tally
	got   *Entry // how much was fetched
	err   error  // the first error of a write
}

// Create begins the journal of a run and locks it until Close. It sets the type and format of
// start. The error carries a hint where the store cannot be written.
func Create(st *store.Store, start Start) (*Writer, error) {
	if err := st.Prepare(); err != nil {
		return nil, engine.StoreError(err, st)
	}
	start.Type, start.Format, start.Time = startOfRun, format, start.Time.UTC()
	f, err := st.CreateRun(runName(start.Time))
	for errors.Is(err, fs.ErrExist) {
		// In containers, all processes may have one number.
		start.Time = start.Time.Add(time.Millisecond)
		f, err = st.CreateRun(runName(start.Time))
	}
	if err != nil {
		return nil, engine.StoreError(err, st)
	}
	w := &Writer{file: f}
	w.line(start)
	return w, nil
}

// runName returns the name of the journal of a run that begins at that time.
func runName(start time.Time) string {
	return fmt.Sprintf("%s-%d%s", start.Format("20060102T150405.000Z"), os.Getpid(), suffix)
}

// Write appends an event. A full disk does not end a run: Close returns the first error.
func (w *Writer) Write(e engine.Event) {
	for _, entry := range Entries(e) {
		w.count.add(entry)
		entry.Time = time.Now().UTC()
		switch entry.Type {
		case ProgressEntry: // of interest only while it happens, and most of the lines
			continue
		case FetchedEntry: // the last one says it all
			w.got = &entry
			continue
		}
		w.line(entry)
	}
}

func (w *Writer) line(v any) {
	data, err := json.Marshal(v)
	if err == nil {
		_, err = w.file.Write(append(data, '\n'))
	}
	if w.err == nil {
		w.err = err
	}
}

// Close ends the journal and returns the first error of any write. problem is why the run could
// not begin, or nil.
func (w *Writer) Close(outcome Outcome, problem error) error {
	if w.got != nil {
		w.line(*w.got)
	}
	end := w.count.end(outcome, time.Now().UTC())
	if problem != nil {
		end.Error = truncate(problem.Error(), maxShort)
	}
	w.line(end)
	if err := w.file.Close(); w.err == nil {
		w.err = err
	}
	if w.err != nil {
		return fmt.Errorf("write the journal: %w", w.err)
	}
	return nil
}
