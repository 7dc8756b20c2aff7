package project

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"snellen/engine/draft"
	"snellen/engine/regular"
)

// Files that a person may edit are written so that a crash leaves the old bytes or the new ones.

// WriteChanged makes a file have these bytes. A file that has them already is left alone.
func WriteChanged(path string, data []byte) error {
	old, err := regular.Read(path, int64(len(data)))
	switch {
	case errors.Is(err, regular.ErrTooLarge):
		return Rewrite(path, data)
	case err == nil && bytes.Equal(old, data):
		return nil
	case err == nil:
		return Rewrite(path, data)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return draft.WriteFile(path, data, 0)
}

// Tidy removes what killed programs left half-written beside a spec, and temporary folders of
// theirs.
func Tidy(spec string) {
	draft.Sweep(filepath.Dir(spec))
	draft.SweepTemporary()
}

// WriteNew writes a file that must not be there.
func WriteNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// Rewrite replaces the bytes of a file that is there, and keeps its mode. A link stays a link.
func Rewrite(path string, data []byte) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	fi, err := os.Stat(real)
	if err != nil {
		return err
	}
	return draft.WriteFile(real, data, fi.Mode().Perm())
}
