// Package filelock locks open files against other processes, and against other open files of this
// process. The system frees a lock when the file is closed or its process ends, in whatever way. A
// lock is advisory: it keeps nobody from reading or writing the file. The package imports only the
// standard library.
package filelock

import (
	"errors"
	"os"
)

// ErrLocked is returned by a TryLock that would have to wait.
var ErrLocked = errors.New("file is locked")

// A Mode is how a file is locked.
type Mode int

// The modes: any number of holders share a lock, or one holder has it alone.
const (
	Shared Mode = iota
	Exclusive
)

// Lock locks an open file and waits for as long as it takes. Where this handle holds a lock
// already, Lock changes its mode; others may get the lock in between.
func Lock(f *os.File, m Mode) error { return lock(f, m, true) }

// TryLock locks an open file, or returns ErrLocked if it would have to wait.
func TryLock(f *os.File, m Mode) error { return lock(f, m, false) }

// Unlock frees the lock of an open file.
func Unlock(f *os.File) error { return unlock(f) }
