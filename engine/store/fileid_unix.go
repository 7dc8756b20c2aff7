//go:build linux || darwin

package store

import (
	"io/fs"
	"strconv"
	"syscall"
	"time"
)

// nameCount returns how many names a file has, or 1 where the system does not say.
func nameCount(fi fs.FileInfo) uint64 {
	if sys, ok := fi.Sys().(*syscall.Stat_t); ok {
		return uint64(sys.Nlink)
	}
	return 1
}

// identity returns an identifier of the file behind fi, "DEVICE:INODE", and the time of the last
// change of its inode. ok is false where the system has neither.
func identity(_ string, fi fs.FileInfo) (id string, changed time.Time, ok bool) {
	sys, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return "", time.Time{}, false
	}
	text := strconv.AppendUint(make([]byte, 0, 32), uint64(sys.Dev), 10)
	text = strconv.AppendUint(append(text, ':'), sys.Ino, 10)
	return string(text), changeTime(sys), true
}
