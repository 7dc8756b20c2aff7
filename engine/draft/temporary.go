package draft

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// NewTemporary makes a folder for what is needed for a while, in the system's folder for temporary
// files. Its name is Path, and no other user can read it. The caller calls Discard in the end. What
// a killed process left there is removed by the next call, or by SweepTemporary.
func NewTemporary() (*Draft, error) {
	SweepTemporary()
	return begin(filepath.Join(os.TempDir(), "temporary"), temporary,
		func(name string) (*os.File, error) { return mkdir(name, 0o700) })
}

// SweepTemporary removes what NewTemporary made for processes that were killed. A folder may be
// needed for days. So its age says nothing, and what cannot be locked stays.
func SweepTemporary() {
	dir := os.TempDir()
	for _, name := range namesIn(dir) {
		writer, _, dashed := strings.Cut(strings.TrimPrefix(name, temporary), "-")
		if dashed && strings.HasPrefix(name, temporary) && strings.HasSuffix(name, suffix) {
			sweep(filepath.Join(dir, name), writer == machine(), never)
		}
	}
}

func never(time.Time) bool { return false }
