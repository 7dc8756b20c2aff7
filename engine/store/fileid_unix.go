//go:build linux || darwin

package store

import (
	"io/fs"
	"strconv"
	"syscall"
	"time"
)

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
