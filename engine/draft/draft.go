// Package draft writes files and folders in such a way that a crash leaves the old content or the
// new, and nothing between. What is written has a temporary name beside its place until it is
// complete: it is a draft. The process that writes a draft holds a lock on it, which dies with the
// process. So Sweep can remove what killed processes left, and never what a living one writes.
//
// Several machines may write to one folder, by a file system that does not carry locks between
// them. So a draft's name says which machine writes it, and another machine's is removed only once
// it is old. The same holds where the file system has no locks.
package draft

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"snellen/engine/filelock"
	"snellen/engine/regular"
)

// A Draft is a file or a folder that is being written. It is used by one goroutine.
type Draft struct {
	Path string // its temporary name, in the folder of its place

	place string
	held  *os.File // locked while the draft has its temporary name; nil where that cannot be
}

// NewFolder makes the folder that is to be at path, with the mode of any new folder. The caller
// renames it, and calls Discard in the end.
func NewFolder(path string) (*Draft, error) {
	Sweep(filepath.Dir(path))
	return begin(path, prefix, func(name string) (*os.File, error) { return mkdir(name, 0o777) })
}

// mkdir makes a folder and opens it.
func mkdir(name string, mode fs.FileMode) (*os.File, error) {
	if err := os.Mkdir(name, mode); err != nil || runtime.GOOS == "windows" {
		return nil, err // Windows locks no folder, and renames none that is open
	}
	f, err := open(name, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		err = errSwept
	}
	return f, err
}

// errSwept is the error of a draft that a sweep took before it was locked.
var errSwept = errors.New("swept")

// NewFile makes the empty file that is to be at path, with the mode of any new file. The caller
// writes it by its temporary name, and calls Discard in the end.
func NewFile(path string) (*Draft, error) {
	Sweep(filepath.Dir(path))
	return begin(path, prefix, func(name string) (*os.File, error) {
		return os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	})
}

// begin makes a draft by create, whose name has that prefix, and locks it.
func begin(path, prefix string, create func(name string) (*os.File, error)) (*Draft, error) {
	for {
		name := filepath.Join(filepath.Dir(path), prefix+machine()+"-"+rand.Text()+suffix)
		f, err := create(name)
		if err == errSwept {
			continue
		}
		if err != nil {
			return nil, err
		}
		d := &Draft{Path: name, place: path, held: f}
		if f == nil || d.lock() {
			return d, nil
		}
		d.Discard()
	}
}

// lock locks a new draft. It reports false where a sweep came between, which holds the lock or has
// removed the draft. A file system without locks is no reason to write nothing.
func (d *Draft) lock() bool {
	return filelock.TryLock(d.held, filelock.Exclusive) != filelock.ErrLocked && d.named()
}

// named reports whether the draft's name is still the draft's.
func (d *Draft) named() bool {
	mine, err := d.held.Stat()
	there, terr := os.Lstat(d.Path)
	return err == nil && terr == nil && os.SameFile(mine, there)
}

// Publish gives a file its place, durably, in the place of a file that is there.
func (d *Draft) Publish() error {
	if err := d.held.Sync(); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // which renames no open file
		d.held.Close()
	}
	return os.Rename(d.Path, d.place)
}

// Discard removes what still has the temporary name: a draft that was not published, or what a
// caller has exchanged it for.
func (d *Draft) Discard() {
	os.RemoveAll(d.Path)
	if d.held != nil && d.held.Close() == nil {
		os.RemoveAll(d.Path) // some systems remove no open file
	}
}

// Remove removes a folder with all that it holds. A crash leaves it whole, or gone from its place.
func Remove(path string) error {
	d, err := NewFolder(path)
	if err != nil {
		return err
	}
	defer d.Discard()
	return os.Rename(path, filepath.Join(d.Path, filepath.Base(path)))
}

// WriteFile gives the file at path these bytes, and this mode; 0 stands for that of any new file.
func WriteFile(path string, data []byte, mode fs.FileMode) error {
	d, err := NewFile(path)
	if err != nil {
		return err
	}
	defer d.Discard()
	_, err = d.held.Write(data)
	if err == nil && mode != 0 {
		err = d.held.Chmod(mode)
	}
	if err != nil {
		return err
	}
	return d.Publish()
}

// A draft's name is ".snellen-MACHINE-RANDOM.tmp".
const (
	prefix = ".snellen-"
	suffix = ".tmp"

	temporary = "snellen-" // in place of prefix, for a folder that gets no other name
)

// Replaced ends the name of what a draft is about to replace, where two folders cannot be
// exchanged: it comes after the draft's own.
const Replaced = ".old"

// machine returns eight digits that stand for what shares locks with this process: the running
// kernel where it says which it is, so that containers are one machine; or else the host's name.
var machine = sync.OnceValue(func() string {
	id, err := regular.Read("/proc/sys/kernel/random/boot_id", 100)
	if err != nil {
		host, _ := os.Hostname() // "" is a name as well
		id = []byte(host)
	}
	sum := sha256.Sum256(id)
	return hex.EncodeToString(sum[:4])
})
