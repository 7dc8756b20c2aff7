//go:build unix

package filelock

import (
	"os"
	"syscall"
)

// lock uses flock, whose locks belong to the open file. The locks of fcntl belong to the process:
// closing any other handle of the file would free them.
func lock(f *os.File, m Mode, wait bool) error {
	how := syscall.LOCK_SH
	if m == Exclusive {
		how = syscall.LOCK_EX
	}
	if !wait {
		how |= syscall.LOCK_NB
	}
	err := flock(f, how)
	if err == syscall.EWOULDBLOCK {
		return ErrLocked
	}
	return err
}

func unlock(f *os.File) error { return flock(f, syscall.LOCK_UN) }

// flock retries when a signal ends the wait: the Go runtime sends signals to its own threads, to
// preempt goroutines.
func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err != syscall.EINTR {
			return err
		}
	}
}
