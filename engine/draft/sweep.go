package draft

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"snellen/engine/filelock"
)

// oldAfter is the age at which a draft that cannot be locked, or is another machine's, is no work
// in progress. A draft is written in seconds.
const oldAfter = time.Hour

// Sweep removes the drafts in a folder that nobody writes any more. What it cannot look at, it
// leaves.
func Sweep(folder string) {
	for _, name := range namesIn(folder) {
		if writer, ok := parse(name); ok {
			sweep(filepath.Join(folder, name), writer == machine(), isOld)
		}
	}
}

func isOld(t time.Time) bool { return time.Since(t) >= oldAfter }

// namesIn returns the names in a folder, or some of them.
func namesIn(folder string) []string {
	f, err := open(folder, os.O_RDONLY)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	return names
}

// parse returns the machine that a draft's name has, or "" for one of an earlier version, which
// locked nothing. ok is false for any other name.
func parse(name string) (writer string, ok bool) {
	if rest, ok := strings.CutPrefix(name, prefix); ok {
		writer, _, dashed := strings.Cut(strings.TrimSuffix(rest, Replaced), "-")
		return writer, dashed && strings.HasSuffix(strings.TrimSuffix(rest, Replaced), suffix)
	}
	if !strings.HasPrefix(name, ".") {
		return "", false
	}
	name = strings.TrimSuffix(name, Replaced)
	stem := strings.TrimRight(name, "0123456789")
	if digits := len(name) - len(stem); digits == 0 || digits > 10 {
		return "", false
	}
	return "", stem == ".fmt-" || stem == ".areas-" || strings.HasSuffix(stem, ".report-") ||
		strings.HasSuffix(stem, ".lock.hcl.")
}

// sweep removes a draft that nobody writes. ours is whether a writer would hold a lock that this
// machine sees. Where no lock can tell, old decides by when the draft was changed.
func sweep(path string, ours bool, old func(time.Time) bool) {
	fi, err := os.Lstat(path)
	if err != nil || !fi.IsDir() && !fi.Mode().IsRegular() {
		return
	}
	flag := os.O_RDONLY
	if !fi.IsDir() { // some file systems lock a file only for who may write to it
		flag = os.O_RDWR
	}
	f, err := open(path, flag)
	if err != nil {
		return
	}
	defer f.Close()
	err = filelock.TryLock(f, filelock.Exclusive)
	sure := err == nil && ours
	if err == filelock.ErrLocked || !sure && !old(fi.ModTime()) {
		return
	}
	// The draft may have got its place since the name was read: then the lock is on another file.
	if opened, err := f.Stat(); err != nil || !os.SameFile(fi, opened) {
		return
	}
	d := Draft{Path: path, held: f}
	if d.named() {
		d.Discard()
	}
}

// open opens a file or a folder, without waiting for anything.
func open(path string, flag int) (*os.File, error) {
	return os.OpenFile(path, flag|syscall.O_NONBLOCK, 0)
}
