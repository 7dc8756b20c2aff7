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
	"time"

	"snellen/engine/filelock"
)

// Records calls each with every record, in the order of keys, until it returns an error. A damaged
// record comes with the error of its Lookup; one that may be whole, but cannot be read, ends the
// walk.
func (s *Store) Records(each func(Key, Record, error) error) error {
	return s.walk("records", func(name string, _ fs.DirEntry) error {
		var k Key
		if k.UnmarshalText([]byte(name)) != nil {
			return nil // nothing of ours
		}
		r, err := s.Lookup(k)
		if err == ErrMiss {
			return nil // it went just now
		}
		if _, ok := errors.AsType[syscall.Errno](err); ok {
			return fmt.Errorf("read record %s: %w", k, err)
		}
		return each(k, r, err)
	})
}

// Objects calls each with every object, in the order of digests, until it returns an error. Sizes
// are those on disk.
func (s *Store) Objects(each func(Output) error) error {
	return s.walk("objects", func(name string, e fs.DirEntry) error {
		var d Digest
		if unhex(d[:], name) != nil {
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

// walk calls each with the files of one of the folders that path names files in.
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

// A Collection is a store held alone, to remove what nobody needs.
type Collection struct {
	store  *Store
	needed map[Key]bool
	open   func()
}

// Collect holds the store alone: see the gate. It calls busy once, from any goroutine, when it has
// to wait. The caller calls Close once.
func (s *Store) Collect(ctx context.Context, busy func()) (*Collection, error) {
	open, err := s.pass(ctx, filelock.Exclusive, busy)
	if err != nil {
		return nil, err
	}
	needed, err := s.Needed()
	if err != nil {
		open()
		return nil, err
	}
	return &Collection{s, needed, open}, nil
}

// Close lets writers go on.
func (c *Collection) Close() { c.open() }

// errNeeded is the error of a removal that must not be.
var errNeeded = errors.New("a running process needs it")

// RemoveRecord forgets what a key led to. A record that is gone is no error; one that a running
// process needs is.
func (c *Collection) RemoveRecord(k Key) error {
	if c.needed[k] {
		return fmt.Errorf("remove record %s: %w", k, errNeeded)
	}
	return gone(os.Remove(c.store.path("records", k.String())))
}

// RemoveObject frees an object. The caller knows that no record which is needed names it.
func (c *Collection) RemoveObject(d Digest) error { return gone(os.Remove(c.store.Path(d))) }

// old is the age at which a half-written file cannot be anybody's work in progress.
const old = time.Hour

// Sweep removes what dead processes left half-written, and returns its size.
func (c *Collection) Sweep() (freed int64, err error) {
	c.store.sweep()
	for _, pattern := range []string{"tmp/file-*", "memo/new-*"} {
		paths, _ := filepath.Glob(filepath.Join(c.store.dir, filepath.FromSlash(pattern))) // the pattern is a good one
		for _, path := range paths {
			fi, err := os.Lstat(path)
			if err != nil || time.Since(fi.ModTime()) < old {
				continue
			}
			if err := gone(os.Remove(path)); err != nil {
				return freed, err
			}
			freed += fi.Size()
		}
	}
	return freed, nil
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Quarantined lists the files of the quarantine, which hold what was found damaged, with their
// sizes.
func (s *Store) Quarantined() (map[string]int64, error) {
	all := map[string]int64{}
	entries, err := os.ReadDir(filepath.Join(s.dir, "quarantine"))
	if err != nil {
		return all, gone(err)
	}
	for _, e := range entries {
		if fi, err := e.Info(); err == nil && !strings.HasPrefix(e.Name(), ".") {
			all[e.Name()] = fi.Size()
		}
	}
	return all, nil
}
