//go:build linux || darwin

package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestAnObjectIsNobodyElsesFile: a step may leave a second name of a file that is somebody's. The
// file stays as it is, and what is written to it later is not in the store.
func TestAnObjectIsNobodyElsesFile(t *testing.T) {
	s := newStore(t)
	dir, remove, err := s.Workspace()
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	mine, left := filepath.Join(s.dir, "mine"), filepath.Join(dir, "out")
	if err := errors.Join(os.WriteFile(mine, []byte("one"), 0o644),
		os.Link(mine, left)); err != nil {
		t.Fatal(err)
	}
	out, err := s.Put(left)
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(mine); err != nil || fi.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	if err := os.WriteFile(mine, []byte("two"), 0o644); err != nil {
		t.Fatal(err)
	}
	if data, err := s.Read(out, 3); err != nil || string(data) != "one" {
		t.Errorf("the object is %q, %v", data, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("beside the lock there is %v", left)
	}
}
