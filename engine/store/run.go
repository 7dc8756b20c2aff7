package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"snellen/engine/filelock"
)

// CreateRun creates the file of a run's events and locks it. The lock is freed when the file is
// closed or this process ends, in whatever way. A name that exists is an error.
func (s *Store) CreateRun(name string) (*os.File, error) {
	f, err := os.OpenFile(s.RunPath(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("make a journal: %w", err)
	}
	// This may wait for a moment: RunHeld locks the file to find out whether it is locked.
	if err := filelock.Lock(f, filelock.Exclusive); err != nil {
		return nil, errors.Join(fmt.Errorf("lock a journal: %w", err), f.Close())
	}
	return f, nil
}

// RunPath returns the path of the events of the run with that name.
func (s *Store) RunPath(name string) string { return filepath.Join(s.dir, "runs", name) }

// RunHeld reports whether the run that writes to an open file of events is still going on. The lock
// is the only reliable sign: another process may have the run's process number by now, and a killed
// run has no last line either.
func RunHeld(f *os.File) bool {
	if filelock.TryLock(f, filelock.Shared) != nil {
		return true
	}
	return filelock.Unlock(f) != nil
}
