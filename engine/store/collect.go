package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"snellen/engine/filelock"
)

// Records calls each with every record, in the order of keys, until each returns an error, which
// Records returns. A damaged record comes with the error of its Lookup. A record that may be intact
// but cannot be read ends the walk with an error: it must not count as damaged, and be removed.
func (s *Store) Records(each func(Key, Record, error) error) error {
	return s.walk("records", func(name string, e fs.DirEntry) error {
		var k Key
		if k.UnmarshalText([]byte(name)) != nil {
			return nil // not a record
		}
		r, err := s.Lookup(k)
		switch {
		case err == ErrMiss && e.Type()&fs.ModeSymlink != 0:
			err = fmt.Errorf("%w: record is a link to nothing", ErrMiss)
		case err == ErrMiss:
			return nil // a collection has just removed it
		}
		if _, ok := errors.AsType[syscall.Errno](err); ok {
			return fmt.Errorf("read record %s: %w", k, err)
		}
		return each(k, r, err)
	})
}

// Objects calls each with every object, in the order of digests, until each returns an error, which
// Objects returns. Sizes are the sizes of the files; the bytes are not read.
func (s *Store) Objects(each func(Output) error) error {
	return s.walk("objects", func(name string, e fs.DirEntry) error {
		var d Digest
		if decodeHex(d[:], name) != nil {
			return nil
		}
		fi, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read objects: %w", err)
		}
		return each(Output{d, fi.Size()})
	})
}

// walk calls each with every file of one kind, "objects" or "records", in the order of names.
func (s *Store) walk(kind string, each func(name string, e fs.DirEntry) error) error {
	folders, err := os.ReadDir(filepath.Join(s.dir, kind))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	for _, folder := range folders {
		files, err := os.ReadDir(filepath.Join(s.dir, kind, folder.Name()))
		if err != nil {
			return fmt.Errorf("read %s: %w", kind, err)
		}
		for _, e := range files {
			if err := each(e.Name(), e); err != nil {
				return err
			}
		}
	}
	return nil
}

// A Collection is a store held alone, to remove what nobody needs. It is used by one goroutine.
type Collection struct {
	store   *Store
	needed  map[Key]bool
	release func()
}

// Collect holds the store alone: see the gate. It calls busy, from any goroutine, each time it has
// to wait, and returns ctx's error where that ends first. The caller calls Close once.
func (s *Store) Collect(ctx context.Context, busy func()) (*Collection, error) {
	release, err := s.enter(ctx, filelock.Exclusive, busy)
	if err != nil {
		return nil, err
	}
	needed, err := s.Needed()
	if err != nil {
		release()
		return nil, err
	}
	return &Collection{s, needed, release}, nil
}

// Close lets writers continue.
func (c *Collection) Close() { c.release() }

// errNeeded is the error of the removal of a record that a running process relies on.
var errNeeded = errors.New("a running process needs it")

// RemoveRecord removes the record of a key. A record that does not exist is no error. A record that
// a running process needs is one, and stays.
func (c *Collection) RemoveRecord(k Key) error {
	if c.needed[k] {
		return fmt.Errorf("remove record %s: %w", k, errNeeded)
	}
	return c.remove(c.store.path("records", k.String()))
}

// RemoveObject removes an object. The caller makes sure that no record that is needed names it. An
// object that does not exist is no error.
func (c *Collection) RemoveObject(d Digest) error {
	return c.remove(c.store.Path(d))
}

// remove removes one of the store's files. A folder that is there in its place is moved to the
// quarantine.
func (c *Collection) remove(path string) error {
	err := os.Remove(path)
	if fi, lerr := os.Lstat(path); err != nil && lerr == nil && fi.IsDir() {
		_, err = c.store.quarantine(path)
	}
	return ignoreMissing(err)
}

// Sweep is Store.Sweep, which needs no Collection: a collection does it too.
func (c *Collection) Sweep() (freed int64, err error) { return c.store.Sweep() }

// ignoreMissing returns err, or nil where err says that a file does not exist.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Quarantined returns the names and sizes of the files in the quarantine: objects that were found
// damaged.
func (s *Store) Quarantined() (map[string]int64, error) {
	all := map[string]int64{}
	entries, err := os.ReadDir(filepath.Join(s.dir, "quarantine"))
	if err != nil {
		return all, ignoreMissing(err)
	}
	for _, e := range entries {
		if fi, err := e.Info(); err == nil && !strings.HasPrefix(e.Name(), ".") {
			all[e.Name()] = fi.Size()
		}
	}
	return all, nil
}
