// Package store keeps what steps made: objects by the digest of their bytes, and records by the key
// of the manifest that led to them. It is plain files on one disk, safe for several processes at
// once, and loses nothing at a crash: an object is complete before it has its name, and a record is
// written after all that it names. The record is the commit.
//
// Words: a Digest is the SHA-256 of bytes; a Key is the SHA-256 of a manifest. They are different
// types and never mix.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"snellen/engine/filelock"
)

// format is the version of the layout on disk, which is:
//
//	version          this line
//	objects/ab/HEX   an object's bytes, read-only; HEX is its digest and ab the first two digits
//	records/ab/HEX   a record; HEX is its key (see record.go for the form)
//	shapes/ab/HEX    a line for each record with this shape that was ever written (see shape.go)
//	locks/HEX        locked while the step with that key runs; removed with the lock
//	locks/gate       keeps writers and a collection apart, with locks/turn (see gate.go)
//	tmp/NAME/        one process's work in progress, with a file "lock" that it holds and a file "needs" that names the
//	                 records it relies on; swept when nobody holds the lock
//	memo/NAME        what only saves work: digests of files by their stat, identities of tools (see memo.go)
//	runs/NAME.jsonl  each run's events
//	last/HEX.json    for each spec file, which key each of its steps' addresses had last
//	quarantine/HEX   objects whose bytes were found not to match their name, kept for a person to look at
const format = "snellen store 1\n"

// A Store is one folder of objects and records. Its methods may be called from any goroutine.
type Store struct {
	dir string
}

// Open opens the store in dir, or a store that is still to be made: nothing is written before
// Prepare.
func Open(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "version"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Store{dir}, foreign(dir)
	case err != nil:
		return nil, fmt.Errorf("open store: %w", err)
	case string(got) != format:
		return nil, fmt.Errorf("open store: %s holds %q, and this program reads %q",
			dir, strings.TrimSpace(string(got)), strings.TrimSpace(format))
	}
	return &Store{dir}, nil
}

// foreign refuses a folder without a version that holds something else: a slip of -store must not
// fill a person's home.
func foreign(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	for _, e := range entries {
		if e.Name() == "tmp" || e.Name() == "memo" { // of an unfinished Prepare, or of a first plan
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "version")); err == nil {
			return nil // another process has just made it
		}
		return fmt.Errorf("open store: %s is not empty and no store", dir)
	}
	return nil
}

// Dir is the store's absolute folder.
func (s *Store) Dir() string { return s.dir }

// Prepare makes the store ready to be written to.
func (s *Store) Prepare() error {
	version := filepath.Join(s.dir, "version")
	for _, d := range []string{
		"tmp", "objects", "records", "shapes", "locks", "memo", "runs", "last", "quarantine",
	} {
		if err := os.MkdirAll(filepath.Join(s.dir, d), 0o777); err != nil {
			return fmt.Errorf("prepare store: %w", err)
		}
		if _, err := os.Stat(version); err == nil {
			continue
		}
		if err := s.WriteFile(version, []byte(format)); err != nil { // before all but tmp: see foreign
			return fmt.Errorf("prepare store: %w", err)
		}
	}
	return nil
}

// Workspace makes a private folder in the store, on the disk that objects are on, and sweeps those
// that dead processes left. The caller removes it by the function that comes with it.
func (s *Store) Workspace() (dir string, remove func(), err error) {
	s.sweep()
	dir, err = os.MkdirTemp(filepath.Join(s.dir, "tmp"), "run-")
	if err != nil {
		return "", nil, fmt.Errorf("make a workspace: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err == nil {
		err = filelock.TryLock(lock, filelock.Exclusive)
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("lock a workspace: %w", err), os.RemoveAll(dir))
	}
	return dir, func() { removeLocked(dir, lock) }, nil
}

// removeLocked removes a workspace and lets go of its lock. Some systems remove no open file: there
// the rest goes once the lock is closed.
func removeLocked(dir string, lock *os.File) {
	err := os.RemoveAll(dir)
	lock.Close()
	if err != nil {
		os.RemoveAll(dir)
	}
}

// sweep removes workspaces whose lock nobody holds. One without a lock file may be about to get it,
// and stays for now.
func (s *Store) sweep() {
	locks, _ := filepath.Glob(filepath.Join(s.dir, "tmp", "run-*", "lock"))
	for _, path := range locks {
		lock, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if filelock.TryLock(lock, filelock.Exclusive) == nil {
			removeLocked(filepath.Dir(path), lock)
			continue
		}
		lock.Close()
	}
}

// WriteFile writes a whole file so that a crash leaves the old one or the new one.
func (s *Store) WriteFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Join(s.dir, "tmp"), "file-")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer os.Remove(f.Name()) // fails, as it should, once the file has its name
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o444)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return publishFile(f.Name(), path)
}

// publishFile gives a complete, synced file its name, and makes the name last.
func publishFile(from, to string) error {
	dir := filepath.Dir(to)
	err := rename(from, to)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(dir, 0o777); err == nil {
			err = errors.Join(rename(from, to), syncFolder(filepath.Dir(dir)))
		}
	}
	if err != nil {
		return fmt.Errorf("name %s: %w", filepath.Base(to), err)
	}
	return syncFolder(dir)
}

// path is where the thing with this hexadecimal name lies: one of 256 folders, so that none grows
// too long.
func (s *Store) path(kind, hex string) string {
	return filepath.Join(s.dir, kind, hex[:2], hex)
}
