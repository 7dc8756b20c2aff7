package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLeftoversAreSwept: locks of keys that nobody holds go, and so do workspaces that were left
// before they had a lock, once they are old. What is held, or new, stays.
func TestLeftoversAreSwept(t *testing.T) {
	s := newStore(t)
	stale := filepath.Join(s.dir, "locks", Key{1}.String())
	fresh := filepath.Join(s.dir, "tmp", "run-fresh")
	lockless := filepath.Join(s.dir, "tmp", "run-lockless")
	unlock, err := s.Lock(t.Context(), Key{2}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	held := filepath.Join(s.dir, "locks", Key{2}.String())
	then := time.Now().Add(-2 * abandonedAfter)
	if err := errors.Join(os.WriteFile(stale, nil, 0o666), os.MkdirAll(fresh, 0o777),
		os.MkdirAll(filepath.Join(lockless, "1"), 0o777),
		os.Chtimes(lockless, then, then)); err != nil {
		t.Fatal(err)
	}
	c, err := s.Collect(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sweep(); err != nil {
		t.Error(err)
	}
	c.Close()
	for path, stays := range map[string]bool{stale: false, lockless: false, held: true, fresh: true,
		filepath.Join(s.dir, "locks", "gate"): true} {
		if _, err := os.Stat(path); (err == nil) != stays {
			t.Errorf("%s: %v", path, err)
		}
	}
	unlock()
}

// TestACutVersionIsNoOtherVersion: the error says what is wrong, and how to mend it.
func TestACutVersionIsNoOtherVersion(t *testing.T) {
	for n := range len(format) {
		s := newStore(t)
		version := filepath.Join(s.dir, "version")
		if err := errors.Join(os.Remove(version),
			os.WriteFile(version, []byte(format[:n]), 0o666)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(s.dir); err == nil || !strings.Contains(err.Error(), "is cut short") ||
			!strings.HasSuffix(err.Error(), "echo snellen store 1 >"+version) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestAFolderInTheWayIsDamage: in the place of an object or a record, it is moved away.
func TestAFolderInTheWayIsDamage(t *testing.T) {
	s := newStore(t)
	out := put(t, s, "hello")
	r := Record{Manifest: "1", Outputs: map[string]Output{"out": out}}
	inTheWay := func(path string) {
		t.Helper()
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(path, "inner"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second finds the name taken in the quarantine
		if err := s.Commit(r, PartialKey{}); err != nil {
			t.Fatal(err)
		}
		inTheWay(s.Path(out.Digest))
		if bad, err := s.Damaged(out); !bad || err != nil || s.Has(out) {
			t.Errorf("%t, %v", bad, err)
		}
		if err := s.Check(out); !errors.Is(err, ErrGone) {
			t.Errorf("check: %v", err)
		}
		inTheWay(s.Path(out.Digest))
		if put(t, s, "hello"); s.Check(out) != nil {
			t.Error("the object is not mended")
		}
		inTheWay(s.path("records", r.Key().String()))
		if _, err := s.Lookup(r.Key()); !errors.Is(err, ErrMiss) {
			t.Errorf("lookup: %v", err)
		}
	}
	c, err := s.Collect(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	inTheWay(s.Path(out.Digest))
	if err := errors.Join(c.RemoveRecord(r.Key()), c.RemoveObject(out.Digest)); err != nil {
		t.Error(err)
	}
	if s.Has(out) {
		t.Error("the object is still there")
	}
}
