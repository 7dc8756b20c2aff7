//go:build !linux && !darwin && !windows

package store

import (
	"io/fs"
	"time"
)

// identity says that nothing is known of a file: its digest is then never remembered.
func identity(string, fs.FileInfo) (id string, changed time.Time, ok bool) {
	return "", time.Time{}, false
}
