package store

import (
	"os"
	"time"
)

// Fault returns "gone" or "damaged" for an object that cannot be used, and "" for a sound one. made
// is when the object's record was written.
//
// An object is read only if its file was changed after that, and then once, since the memo
// remembers its digest. Damage that leaves no trace in the file's times is found when a step reads
// the object.
func (s *Store) Fault(o Output, made time.Time, memo *Memo) string {
	path := s.Path(o.Digest)
	fi, err := os.Stat(path)
	if err != nil {
		return "gone"
	}
	if !fi.Mode().IsRegular() || fi.Size() != o.Size {
		return "damaged"
	}
	if _, changed, ok := identity(path, fi); ok && !changed.After(made) {
		return ""
	}
	now, _, err := memo.Digest(path)
	if err != nil { // another step may just have replaced the file with the same bytes
		now.Digest, now.Size, err = SumFile(path)
	}
	if err != nil || now != o {
		return "damaged"
	}
	return ""
}
