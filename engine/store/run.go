package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"snellen/engine/filelock"
)

// CreateRun makes the file of a run's events, and holds a lock on it until the file is closed, by
// whatever end this process comes to. The name must be new.
func (s *Store) CreateRun(name string) (*os.File, error) {
	f, err := os.OpenFile(s.RunPath(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("make a journal: %w", err)
	}
	// This may wait for a moment: RunHeld takes the lock to look whether it is held.
	if err := filelock.Lock(f, filelock.Exclusive); err != nil {
		return nil, errors.Join(fmt.Errorf("lock a journal: %w", err), f.Close())
	}
	return f, nil
}

// RunPath is where the events of the run with that name are.
func (s *Store) RunPath(name string) string { return filepath.Join(s.dir, "runs", name) }

// RunHeld reports whether the run of an open file of events goes on. Neither a process number,
// which another process may have by now, nor a last line, which a killed run never wrote, would
// tell.
func RunHeld(f *os.File) bool {
	if filelock.TryLock(f, filelock.Shared) != nil {
		return true
	}
	return filelock.Unlock(f) != nil
}
