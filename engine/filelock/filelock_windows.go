package filelock

import (
	"os"
	"syscall"
	"unsafe"
)

// LockFileEx and UnlockFileEx are not in the standard library's syscall, and this package imports
// nothing else.
var (
	kernel32     = syscall.NewLazyDLL("kernel32.dll")
	lockFileEx   = kernel32.NewProc("LockFileEx")
	unlockFileEx = kernel32.NewProc("UnlockFileEx")
)

const (
	failImmediately = 1
	exclusively     = 2

	errLockViolation = syscall.Errno(33)
	errNotLocked     = syscall.Errno(158)
)

// region returns one byte far behind the end of any file. A lock on Windows keeps others from
// reading the locked bytes, and a lock of this package must not.
func region() *syscall.Overlapped { return &syscall.Overlapped{OffsetHigh: 0x7fffffff} }

func lock(f *os.File, m Mode, wait bool) error {
	if err := unlock(f); err != nil { // a handle that locks twice would wait for itself
		return err
	}
	flags := 0
	if m == Exclusive {
		flags |= exclusively
	}
	if !wait {
		flags |= failImmediately
	}
	ok, _, err := lockFileEx.Call(
		f.Fd(), uintptr(flags), 0, 1, 0, uintptr(unsafe.Pointer(region())))
	switch {
	case ok != 0:
		return nil
	case !wait && (err == errLockViolation || err == syscall.ERROR_IO_PENDING):
		return ErrLocked
	}
	return err
}

func unlock(f *os.File) error {
	ok, _, err := unlockFileEx.Call(f.Fd(), 0, 1, 0, uintptr(unsafe.Pointer(region())))
	if ok != 0 || err == errNotLocked {
		return nil
	}
	return err
}
