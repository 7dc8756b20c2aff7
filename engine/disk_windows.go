package engine

import (
	"errors"
	"syscall"
)

const (
	errWriteProtect   = syscall.Errno(19)
	errHandleDiskFull = syscall.Errno(39)
	errDiskFull       = syscall.Errno(112)
)

// diskFull reports whether a write failed because the disk is full.
func diskFull(err error) bool {
	return errors.Is(err, errDiskFull) || errors.Is(err, errHandleDiskFull)
}

// readOnly reports whether a write failed because the volume is write-protected.
func readOnly(err error) bool { return errors.Is(err, errWriteProtect) }
