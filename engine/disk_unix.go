//go:build unix

package engine

import (
	"errors"
	"syscall"
)

// diskFull reports whether a write failed because the disk, or a quota, is full.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// readOnly reports whether a write failed because the file system is mounted read-only.
func readOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
