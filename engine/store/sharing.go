package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Exposed reports whether everybody on this machine may write to the store, and so make others
// believe results that no step had.
func (s *Store) Exposed() bool {
	for _, name := range []string{".", "records", "objects"} {
		fi, err := os.Stat(filepath.Join(s.dir, name))
		if err == nil && runtime.GOOS != "windows" && fi.Mode()&0o002 != 0 {
			return true
		}
	}
	return false
}

// SharingHint returns what to do about an error of access rights to one of the store's files, or
// "". Such an error has one cause as a rule: several people share the store, and one of them made
// files that the others may not change.
func (s *Store) SharingHint(err error) string {
	path := ""
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		path = file.Path
	} else if names, ok := errors.AsType[*os.LinkError](err); ok {
		path = names.New
	}
	rel, outside := filepath.Rel(s.dir, path)
	if !errors.Is(err, fs.ErrPermission) || outside != nil || rel == ".." ||
		strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return ""
	}
	return fmt.Sprintf("if others use this store too, give it to a group that you share "+
		"(chgrp -R GROUP %[1]s; chmod -R g+rwX %[1]s; find %[1]s -type d -exec chmod g+s {} +), "+
		"and let each of you set umask 002; or choose another by -store DIR", s.dir)
}
