package store

import (
	"os"
	"syscall"
	"time"
)

// Fault tells whether an object is "gone" or "damaged", or "" where it is sound. An object is read only if its file was
// touched after its record was made, and then once: damage that leaves no trace in the file's times is found when a step
// reads the object.
func (s *Store) Fault(o Output, made time.Time, memo *Memo) string {
	fi, err := os.Stat(s.Path(o.Digest))
	if err != nil {
		return "gone"
	}
	if !fi.Mode().IsRegular() || fi.Size() != o.Size {
		return "damaged"
	}
	if sys, ok := fi.Sys().(*syscall.Stat_t); ok && !time.Unix(sys.Ctim.Sec, sys.Ctim.Nsec).After(made) {
		return ""
	}
	if now, _, err := memo.Digest(s.Path(o.Digest)); err != nil || now != o {
		return "damaged"
	}
	return ""
}
