package store

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// TestNoDamageIsBelieved flips a bit of each byte of the store's own files, one after the other: what is read
// then is what was written, or nothing.
func TestNoDamageIsBelieved(t *testing.T) {
	s := newStore(t)
	file := filepath.Join(t.TempDir(), "file")
	old := time.Now().Add(-time.Hour)
	if err := os.WriteFile(file, []byte("text"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	for m := s.Memo(); len(m.known.Digests) == 0; { // its inode was changed a moment ago
		if _, _, err := m.Digest(file); err != nil {
			t.Fatal(err)
		}
		ask := func() (string, []string, error) { return "version 1", []string{file}, nil }
		if _, err := m.Tool("tool", ask); err != nil {
			t.Fatal(err)
		}
		m.Save()
	}
	var last Last
	last.Set("a/train", Key{1}, map[string]string{"video": "/a.mp4"})
	if err := s.SetLast("/a.hcl", last); err != nil {
		t.Fatal(err)
	}
	partial := PartialKey{Shape: Shape(Key{7}), Files: Sum([]byte("a"))}
	if err := s.Commit(Record{Manifest: "1", Took: 12345}, partial); err != nil {
		t.Fatal(err)
	}
	dir, remove, err := s.Workspace()
	if err == nil {
		err = s.Need(dir, Key{1}, Key{2})
	}
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	for path, read := range map[string]func() any{
		s.Memo().path:        func() any { return s.Memo().known },
		s.lastPath("/a.hcl"): func() any { return s.Last("/a.hcl") },
		s.shapePath(partial.Shape): func() any {
			if h := s.History(partial.Shape); !h.torn {
				return h
			}
			return History{}
		},
		filepath.Join(dir, "needs"): func() any {
			needed, err := s.Needed()
			if err != nil {
				return map[Key]bool(nil)
			}
			return needed
		},
	} {
		flipAll(t, path, read)
	}
}

// flipAll flips a bit of each byte of a file. read must return what it did before, or the value for nothing.
func flipAll(t *testing.T, path string, read func() any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := read()
	write := func(data []byte) any {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		return read()
	}
	nothing := write([]byte("nonsense\n"))
	if reflect.DeepEqual(want, nothing) {
		t.Fatalf("%s: nothing was written", path)
	}
	for i := range data {
		data[i] ^= 1 << (i % 8)
		if got := write(data); !reflect.DeepEqual(got, want) && !reflect.DeepEqual(got, nothing) {
			t.Errorf("%s, byte %d of %q: %+v", path, i, data, got)
			return
		}
		data[i] ^= 1 << (i % 8)
	}
}
