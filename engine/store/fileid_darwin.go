package store

import (
	"fmt"
	"io/fs"
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
	return fmt.Sprintf("%d:%d", sys.Dev, sys.Ino), time.Unix(sys.Ctimespec.Unix()), true
}
