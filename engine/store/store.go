// Package store keeps what steps made: objects by the digest of their bytes, and records by the key
// of the manifest that led to them. It consists of plain files on one disk, may be used by several
// processes at once, and loses nothing in a crash: an object is complete before it has its name,
// and a record is written after all that it names. The record is the commit.
//
// A Digest is the SHA-256 of bytes; a Key is the SHA-256 of a manifest. They are different types
// and never mix.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"snellen/engine/filelock"
	"snellen/engine/regular"
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
//	outbox/TIER/HEX  for each record that a shared store does not have yet: see package shared
//	quarantine/HEX   objects whose bytes were found not to match their name, kept for a person to look at
const format = "snellen store 1\n"

// maxVersion bounds what is read of a version, in bytes.
const maxVersion = 4 << 10

// folderMode is the mode of the store's folders, before the umask. A group may share a store. What
// it holds is believed, and so not even a umask of 0 lets everybody write to it.
const folderMode = 0o775

// A Store is one folder of objects and records. Its methods may be called from any goroutine.
type Store struct {
	dir string
}

// Open opens the store in dir, which need not exist: nothing is written before Prepare. It returns
// an error where dir has a store of another version, or other files and no store.
func Open(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	version := filepath.Join(dir, "version")
	got, err := regular.Read(version, maxVersion)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Store{dir}, refuseForeign(dir)
	case err != nil:
		return nil, fmt.Errorf("open store: %w", err)
	case string(got) == format:
		return &Store{dir}, nil
	case otherFormat.Match(got):
		return nil, fmt.Errorf("open store: %s holds %q, and this program reads %q", version,
			strings.TrimSpace(string(got)), strings.TrimSpace(format))
	}
	return nil, fmt.Errorf("open store: %s is damaged: it holds %.40q; %s", version, got,
		strings.TrimSpace(madeHere))
}

// otherFormat matches any version's line.
var otherFormat = regexp.MustCompile(`^snellen store [0-9]+\n$`)

// madeHere says what a person may do about a store whose version is lost.
const madeHere = "if the store was made by this version of the program, put a file there with this " +
	"one line: " + format

// refuseForeign returns an error for a folder that has files but no version: a typing error in
// -store must not fill a person's home.
func refuseForeign(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	foreign := slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return e.Name() == "tmp" || e.Name() == "memo" // of an unfinished Prepare or a first plan
	})
	version := filepath.Join(dir, "version")
	if _, err := os.Stat(version); err == nil || len(foreign) == 0 {
		return nil // another process may just have prepared it
	}
	if slices.ContainsFunc(foreign, func(e fs.DirEntry) bool { return e.Name() == "records" }) {
		return fmt.Errorf("open store: %s is gone; %s", version, strings.TrimSpace(madeHere))
	}
	return fmt.Errorf("open store: %s is not empty and no store", dir)
}

// Dir returns the absolute path of the store's folder.
func (s *Store) Dir() string { return s.dir }

// Prepare makes the store's folders and its version. It must be called before anything is written,
// and may be called again.
func (s *Store) Prepare() error {
	version := filepath.Join(s.dir, "version")
	for _, d := range []string{
		"tmp", "objects", "records", "shapes", "locks", "memo", "runs", "last", "quarantine",
	} {
		if err := os.MkdirAll(filepath.Join(s.dir, d), folderMode); err != nil {
			return fmt.Errorf("prepare store: %w", err)
		}
		if _, err := os.Stat(version); err == nil {
			continue
		}
		// The version comes right after tmp: a process that dies here leaves a folder that
		// refuseForeign accepts.
		if err := s.WriteFile(version, []byte(format)); err != nil {
			return fmt.Errorf("prepare store: %w", err)
		}
	}
	return nil
}

// Workspace makes and locks a private folder in the store, on the same disk as objects, so that Put
// can move files. It first removes the workspaces of dead processes. The caller calls remove once.
func (s *Store) Workspace() (dir string, remove func(), err error) {
	s.Sweep() // what it cannot remove stays for the next one
	for {
		dir, err := os.MkdirTemp(filepath.Join(s.dir, "tmp"), "run-")
		if err != nil {
			return "", nil, fmt.Errorf("make a workspace: %w", err)
		}
		lock, err := claim(filepath.Join(dir, "lock"))
		if err != nil {
			return "", nil, errors.Join(fmt.Errorf("lock a workspace: %w", err), os.RemoveAll(dir))
		}
		if lock != nil {
			return dir, func() { removeLocked(dir, lock) }, nil
		}
	}
}

// claim creates the lock file of a new workspace and locks it. It returns nil where another
// process's sweep came in between and took the workspace for one that a dead process left.
func claim(path string) (*os.File, error) {
	lock, err := regular.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	err = filelock.TryLock(lock, filelock.Exclusive)
	if err == nil {
		mine, merr := lock.Stat()
		named, nerr := os.Stat(path)
		if merr == nil && nerr == nil && os.SameFile(mine, named) {
			return lock, nil
		}
		err = merr
	}
	lock.Close()
	if err == filelock.ErrLocked {
		err = nil
	}
	return nil, err
}

// removeLocked removes a workspace and frees its lock. Some systems do not remove an open file, so
// what is left is removed after the lock is closed.
func removeLocked(dir string, lock *os.File) {
	err := os.RemoveAll(dir)
	lock.Close()
	if err != nil {
		os.RemoveAll(dir)
	}
}

// Sweep removes what dead processes left: workspaces and locks of keys that nobody holds, and
// half-written files once they are old. It returns the bytes of the files.
func (s *Store) Sweep() (freed int64, err error) {
	// Glob fails only for a malformed pattern.
	spaces, _ := filepath.Glob(filepath.Join(s.dir, "tmp", "run-*"))
	for _, dir := range spaces {
		lock, err := tryLock(filepath.Join(dir, "lock"))
		switch {
		case err == nil:
			removeLocked(dir, lock)
		case errors.Is(err, fs.ErrNotExist) && old(dir):
			os.RemoveAll(dir) // one without a lock file may be about to get it
		}
	}
	locks, _ := filepath.Glob(filepath.Join(s.dir, "locks", "*"))
	for _, path := range locks {
		if decodeHex(make([]byte, len(Key{})), filepath.Base(path)) != nil {
			continue // the gate's
		}
		if lock, err := tryLock(path); err == nil {
			release(lock)
		}
	}
	for _, pattern := range []string{"tmp/file-*", "memo/new-*"} {
		paths, _ := filepath.Glob(filepath.Join(s.dir, filepath.FromSlash(pattern)))
		for _, path := range paths {
			fi, err := os.Lstat(path)
			if err != nil || !old(path) {
				continue
			}
			if err := ignoreMissing(os.Remove(path)); err != nil {
				return freed, err
			}
			freed += fi.Size()
		}
	}
	return freed, nil
}

// tryLock locks a file that is there, unless somebody holds it.
func tryLock(path string) (*os.File, error) {
	lock, err := regular.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if err := filelock.TryLock(lock, filelock.Exclusive); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// abandonedAfter is the age at which a half-written file cannot be work in progress. Such a file is
// written and renamed within one function call.
const abandonedAfter = time.Hour

// old reports whether a file or folder was changed so long ago that it cannot be work in progress.
func old(path string) bool {
	fi, err := os.Lstat(path)
	return err == nil && time.Since(fi.ModTime()) >= abandonedAfter
}

// WriteFile writes a file in such a way that a crash leaves the old file or the new one, whole. The
// file is read-only.
func (s *Store) WriteFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Join(s.dir, "tmp"), "file-")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer os.Remove(f.Name()) // it fails, as it should, after the file was renamed
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o444)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return s.publish(f.Name(), path)
}

// publish renames a complete, synced file and makes the new name durable. It makes the folder where
// that does not exist. A folder that has the name is moved to the quarantine.
func (s *Store) publish(from, to string) error {
	dir := filepath.Dir(to)
	err := rename(from, to)
	if fi, lerr := os.Lstat(to); err != nil && lerr == nil && fi.IsDir() {
		if _, err = s.quarantine(to); err == nil {
			err = rename(from, to)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(dir, folderMode); err == nil {
			err = errors.Join(rename(from, to), syncFolder(filepath.Dir(dir)))
		}
	}
	if err != nil {
		return fmt.Errorf("name %s: %w", filepath.Base(to), err)
	}
	return syncFolder(dir)
}

// open opens one of the store's own files for writing, or creates it. What has its place and is no
// regular file is moved to the quarantine.
func (s *Store) open(path string, flag int) (*os.File, error) {
	f, err := regular.OpenFile(path, os.O_CREATE|flag, 0o666)
	if !errors.Is(err, regular.ErrNot) {
		return f, err
	}
	if _, err := s.quarantine(path); err != nil {
		return nil, err
	}
	return regular.OpenFile(path, os.O_CREATE|flag, 0o666)
}

// path returns the path of the file with a hexadecimal name, in one of 256 folders, so that no
// folder grows too large.
func (s *Store) path(kind, hex string) string {
	return filepath.Join(s.dir, kind, hex[:2], hex)
}
