//go:build unix

package engine

import (
	"errors"
	"syscall"
)

// diskFull reports whether a write failed for want of space.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// readOnly reports whether a write failed since the file system is mounted for reading alone.
func readOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
