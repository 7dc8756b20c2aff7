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
	if _, err := s.Sweep(); err != nil {
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

// TestADamagedVersionIsNoOtherVersion: the error says what is wrong, and how to mend it.
func TestADamagedVersionIsNoOtherVersion(t *testing.T) {
	for n := range len(format) {
		s := newStore(t)
		version := filepath.Join(s.dir, "version")
		if err := errors.Join(os.Remove(version),
			os.WriteFile(version, []byte(format[:n]), 0o666)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(s.dir); err == nil || !strings.Contains(err.Error(), "is damaged") ||
			!strings.HasSuffix(err.Error(), "one line: snellen store 1") {
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

// TestWhatIsInTheWayOfOwnFiles: what has the place of a file that the store writes in place goes to
// the quarantine. A link is not followed: nothing is made where it leads.
func TestWhatIsInTheWayOfOwnFiles(t *testing.T) {
	for what, put := range map[string]func(path string) error{
		"a folder":          func(path string) error { return os.Mkdir(path, 0o777) },
		"a link to nothing": func(path string) error { return os.Symlink(path+".gone", path) },
		"a link to itself":  func(path string) error { return os.Symlink(path, path) },
	} {
		t.Run(what, func(t *testing.T) {
			s := newStore(t)
			p := PartialKey{Shape: Shape{1}, Files: Digest{2}}
			r := Record{Manifest: "1"}
			gate := filepath.Join(s.dir, "locks", "gate")
			if err := errors.Join(s.Commit(r, p), os.Remove(s.shapePath(p.Shape)),
				put(s.shapePath(p.Shape)), os.RemoveAll(gate), put(gate)); err != nil {
				t.Fatal(err)
			}
			release, err := s.Hold(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			release()
			p.Files = Digest{3}
			if err := s.Commit(r, p); err != nil {
				t.Fatal(err)
			}
			// The first run's line is lost, and so nothing may be called never run.
			if h := s.History(p.Shape); len(h.Runs) != 1 || !h.Seen(Digest{3}) || !h.Seen(Digest{2}) {
				t.Errorf("%+v", h)
			}
			for _, path := range []string{s.shapePath(p.Shape) + ".gone", gate + ".gone"} {
				if _, err := os.Lstat(path); err == nil {
					t.Errorf("%s was made", path)
				}
			}
		})
	}
}

// TestARecordThatIsALink to nothing, or to itself, is damage, and does not end the walk.
func TestARecordThatIsALink(t *testing.T) {
	s := newStore(t)
	for i, target := range []string{"nothing", "itself"} {
		r := Record{Manifest: target}
		path := s.recordPath(r.Key())
		if target == "itself" {
			target = path
		}
		if err := errors.Join(s.Commit(r, PartialKey{Shape: Shape{byte(i)}}), os.Remove(path),
			os.Symlink(target, path)); err != nil {
			t.Fatal(err)
		}
	}
	damaged := 0
	err := s.Records(func(_ Key, _ Record, err error) error {
		if errors.Is(err, ErrMiss) {
			damaged++
		}
		return nil
	})
	if err != nil || damaged != 2 {
		t.Errorf("%d records are damaged, %v", damaged, err)
	}
}

// TestAnObjectThatIsALink to nothing is damaged, and moved away.
func TestAnObjectThatIsALink(t *testing.T) {
	s := newStore(t)
	out := put(t, s, "hello")
	if err := errors.Join(os.Remove(s.Path(out.Digest)),
		os.Symlink("nothing", s.Path(out.Digest))); err != nil {
		t.Fatal(err)
	}
	if damaged, err := s.Damaged(out); err != nil || !damaged {
		t.Errorf("%v, %v", damaged, err)
	}
	if err := s.Check(out); !errors.Is(err, ErrGone) {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(s.Path(out.Digest)); err == nil {
		t.Error("it is still there")
	}
}
