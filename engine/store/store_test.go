package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func newStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "store"))
	if err == nil {
		err = s.Prepare()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// put makes text an object by way of a workspace.
func put(t *testing.T, s *Store, text string) Output {
	t.Helper()
	dir, remove, err := s.Workspace()
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := s.Put(path)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestObjects(t *testing.T) {
	s := newStore(t)
	out := put(t, s, "hello")
	if out.Digest != Sum([]byte("hello")) || out.Size != 5 || !s.Has(out) || s.Check(out) != nil {
		t.Errorf("%+v", out)
	}
	if again, err := s.PutBytes([]byte("hello")); err != nil || again != out {
		t.Errorf("%+v, %v", again, err)
	}
	if data, err := s.Read(out, 5); err != nil || string(data) != "hello" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := s.Read(out, 4); err == nil {
		t.Error("read more than the limit")
	}
	if fi, err := os.Stat(s.Path(out.Digest)); err != nil || fi.Mode().Perm() != 0o444 {
		t.Errorf("%v, %v: an object is read-only", fi, err)
	}
}

func TestDamagedObject(t *testing.T) {
	s := newStore(t)
	out := put(t, s, "hello")
	path := s.Path(out.Digest)
	if err := errors.Join(os.Chmod(path, 0o666),
		os.WriteFile(path, []byte("hellO"), 0o666)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(out, 10); !errors.Is(err, ErrGone) {
		t.Errorf("read: %v", err)
	}
	if s.Has(out) || !errors.Is(s.Check(out), ErrGone) {
		t.Error("still there")
	}
	if kept, err := os.ReadFile(filepath.Join(s.dir, "quarantine", out.Digest.hex())); err != nil ||
		string(kept) != "hellO" {
		t.Errorf("quarantine: %q, %v", kept, err)
	}
	if put(t, s, "hello"); s.Check(out) != nil {
		t.Error("not mended by the same bytes")
	}
}

func TestRecords(t *testing.T) {
	s := newStore(t)
	out := put(t, s, "hello")
	r := Record{Manifest: "manifest 1\nkind x 1\n", Outputs: map[string]Output{"out": out},
		Took: time.Second, Ended: time.Unix(5, 0).UTC()}
	if _, err := s.Lookup(r.Key()); !errors.Is(err, ErrMiss) || err.Error() != ErrMiss.Error() {
		t.Errorf("empty store: %v", err)
	}
	if err := s.Commit(r, PartialKey{}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Lookup(r.Key())
	if err != nil || got.Outputs["out"] != out || got.Took != r.Took || !got.Ended.Equal(r.Ended) ||
		got.Bytes() != 5 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestEveryDamageOfARecordIsAMiss cuts a record at every length, and flips a bit of every byte.
func TestEveryDamageOfARecordIsAMiss(t *testing.T) {
	s := newStore(t)
	r := Record{Manifest: "manifest 1\n", Outputs: map[string]Output{"out": {Sum(nil), 0}}}
	if err := s.Commit(r, PartialKey{}); err != nil {
		t.Fatal(err)
	}
	path := s.path("records", r.Key().String())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 4
		for _, bad := range [][]byte{whole[:i], flipped} {
			if err := errors.Join(os.Remove(path), os.WriteFile(path, bad, 0o666)); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Lookup(r.Key()); !errors.Is(err, ErrMiss) ||
				!strings.Contains(err.Error(), "damaged") {
				t.Fatalf("byte %d: %v", i, err)
			}
		}
	}
	other := Record{Manifest: "manifest 1\nother\n"}
	data, err := other.Encode()
	if err := errors.Join(err, os.WriteFile(path, data, 0o666)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lookup(r.Key()); !errors.Is(err, ErrMiss) ||
		!strings.Contains(err.Error(), "another step's") {
		t.Errorf("a record under another's key: %v", err)
	}
}

func TestOpenRefusesWhatIsNoStore(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "no store") {
		t.Errorf("%v", err)
	}
	s := newStore(t)
	version := filepath.Join(s.dir, "version")
	if err := errors.Join(os.Remove(version),
		os.WriteFile(version, []byte("snellen store 99\n"), 0o666)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.dir); err == nil || !strings.Contains(err.Error(), "snellen store 99") {
		t.Errorf("%v", err)
	}
}

// TestAStoreWithoutItsVersion is not taken for a folder of other things: the error says what is gone,
// and how to mend it.
func TestAStoreWithoutItsVersion(t *testing.T) {
	s := newStore(t)
	version := filepath.Join(s.dir, "version")
	if err := os.Remove(version); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.dir); err == nil || !strings.Contains(err.Error(), version+" is gone") ||
		!strings.HasSuffix(err.Error(), "one line: snellen store 1") {
		t.Errorf("%v", err)
	}
}

func TestOpenAloneWritesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lookup(Key{}); !errors.Is(err, ErrMiss) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
}

func TestWorkspacesOfTheDeadAreSwept(t *testing.T) {
	s := newStore(t)
	dead := filepath.Join(s.dir, "tmp", "run-dead")
	if err := errors.Join(os.Mkdir(dead, 0o777),
		os.WriteFile(filepath.Join(dead, "lock"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	alive, remove, err := s.Workspace()
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	_, remove2, err := s.Workspace()
	if err != nil {
		t.Fatal(err)
	}
	defer remove2()
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("dead: %v", err)
	}
	if _, err := os.Stat(alive); err != nil {
		t.Errorf("alive: %v", err)
	}
}

func TestMemoKnowsAChangedFile(t *testing.T) {
	s := newStore(t)
	path := filepath.Join(t.TempDir(), "file")
	memo := s.Memo()
	for _, text := range []string{"one", "two", "one"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		out, stamp, err := memo.Digest(path)
		if err != nil || out.Digest != Sum([]byte(text)) {
			t.Fatalf("%q: %+v, %v", text, out, err)
		}
		if !Unchanged(path, stamp) {
			t.Error("changed already")
		}
	}
}

func TestMemoSurvivesAndSavesWork(t *testing.T) {
	s := newStore(t)
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("1"), 0o777); err != nil {
		t.Fatal(err)
	}
	asked := 0
	ask := func() (string, []string, error) {
		asked++
		return fmt.Sprint("version ", asked), []string{program}, nil
	}
	for range 3 {
		memo := s.Memo()
		if got, err := memo.Tool("tool", ask); err != nil || got != "version 1" {
			t.Errorf("%q, %v", got, err)
		}
		memo.Save()
	}
	if err := os.WriteFile(program, []byte("22"), 0o777); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Memo().Tool("tool", ask); got != "version 2" {
		t.Errorf("%q after the program changed", got)
	}
	if err := os.WriteFile(s.Memo().path, []byte("{nonsense"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Memo().Tool("tool", ask); got != "version 3" {
		t.Errorf("%q after the memo was damaged", got)
	}
}

func TestLockIsExclusive(t *testing.T) {
	s := newStore(t)
	var all sync.WaitGroup
	var inside atomic.Int32 // the race detector does not know file locks
	for range 50 {
		all.Go(func() {
			unlock, err := s.Lock(t.Context(), Key{1}, func() {})
			if err != nil {
				t.Error(err)
				return
			}
			if inside.Add(1) != 1 {
				t.Error("two inside")
			}
			inside.Add(-1)
			unlock()
		})
	}
	all.Wait()
	if left, _ := os.ReadDir(filepath.Join(s.dir, "locks")); len(left) != 0 {
		t.Errorf("%d lock files left", len(left))
	}
}

// sameRecord reports whether two records are the same, but for the form of their time.
func sameRecord(a, b Record) bool {
	same := a.Ended.Equal(b.Ended)
	a.Ended, b.Ended = time.Time{}, time.Time{}
	return same && reflect.DeepEqual(a, b)
}

// FuzzRecord checks that a record that is read is written as one that reads the same, and that the
// fast parser reads nothing otherwise than encoding/json.
func FuzzRecord(f *testing.F) {
	good, err := Record{Manifest: "manifest 1\n",
		Outputs: map[string]Output{"a/b": {Sum(nil), 0}}}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("record 1 \n{}"))
	_, body, _ := bytes.Cut(good, newline)
	f.Add(append([]byte("x"), body...))
	f.Fuzz(func(t *testing.T, data []byte) {
		body, _ := bytes.CutPrefix(data, []byte("x")) // JSON without a checksum
		if fast, ok := parseRecord(body, ""); ok {
			var slow Record
			if err := json.Unmarshal(body, &slow); err != nil || !sameRecord(fast, slow) {
				t.Errorf("%q is %+v, and by encoding/json %+v, %v", body, fast, slow, err)
			}
		}
		var r Record
		if r.decode(data, "") != nil {
			return
		}
		again, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var same Record
		if err := same.decode(again, ""); err != nil || same.Key() != r.Key() {
			t.Fatalf("round trip: %v", err)
		}
	})
}
