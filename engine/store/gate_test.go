package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestNeedsOfTheLiving(t *testing.T) {
	s := newStore(t)
	dir, remove, err := s.Workspace()
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	dead := filepath.Join(s.dir, "tmp", "run-dead")
	if err := errors.Join(os.Mkdir(dead, 0o777),
		os.WriteFile(filepath.Join(dead, "lock"), nil, 0o666), s.Need(dead, Key{9})); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Need(dir, Key{1}, Key{2}), s.Need(dir, Key{3})); err != nil {
		t.Fatal(err)
	}
	c, err := s.Collect(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if len(c.needed) != 3 || !c.needed[Key{1}] || !c.needed[Key{3}] {
		t.Errorf("needed: %v", c.needed)
	}
	if err := c.RemoveRecord(Key{2}); !errors.Is(err, errNeeded) {
		t.Errorf("removing what is needed: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "needs"), []byte("nonsense\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Needed(); err == nil {
		t.Error("needs that cannot be read were taken for none")
	}
}

func TestCollectionWaitsForWriters(t *testing.T) {
	s := newStore(t)
	one, err := s.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Hold(t.Context())
	if err != nil {
		t.Fatalf("two writers at once: %v", err)
	}
	waits, got := make(chan struct{}), make(chan *Collection)
	go func() {
		c, err := s.Collect(context.Background(), func() { close(waits) })
		if err != nil {
			t.Error(err)
		}
		got <- c
	}()
	<-waits
	one()
	select {
	case <-got:
		t.Fatal("a collection beside a writer")
	default:
	}
	late := make(chan func())
	go func() {
		// behind the collection, though another writer is in
		release, err := s.Hold(context.Background())
		if err != nil {
			t.Error(err)
		}
		late <- release
	}()
	other()
	c := <-got
	select {
	case <-late:
		t.Fatal("a writer beside a collection")
	default:
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := s.Hold(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a writer that gave up: %v", err)
	}
	c.Close()
	(<-late)()
}

func TestSweep(t *testing.T) {
	s := newStore(t)
	young := filepath.Join(s.dir, "tmp", "file-young")
	aged := filepath.Join(s.dir, "tmp", "file-old")
	before := time.Now().Add(-2 * abandonedAfter)
	if err := errors.Join(os.WriteFile(young, []byte("abc"), 0o666),
		os.WriteFile(aged, []byte("abcd"), 0o666), os.Chtimes(aged, before, before)); err != nil {
		t.Fatal(err)
	}
	c, err := s.Collect(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if freed, err := s.Sweep(); err != nil || freed != 4 {
		t.Errorf("freed %d, %v", freed, err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("somebody's work in progress: %v", err)
	}
}

func TestWalks(t *testing.T) {
	s := newStore(t)
	out := put(t, s, "hello")
	r := Record{Manifest: "manifest 1\n", Outputs: map[string]Output{"out": out}}
	bad := Record{Manifest: "manifest 1\nbad\n"}
	if err := errors.Join(s.Commit(r, PartialKey{}), s.Commit(bad, PartialKey{})); err != nil {
		t.Fatal(err)
	}
	path := s.path("records", bad.Key().String())
	if err := errors.Join(os.Chmod(path, 0o666), os.WriteFile(path, []byte("x"), 0o666),
		os.WriteFile(path+".note", nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	whole, damaged := 0, 0
	err := s.Records(func(k Key, got Record, err error) error {
		switch {
		case err == nil && k == r.Key() && got.Outputs["out"] == out:
			whole++
		case errors.Is(err, ErrMiss) && k == bad.Key():
			damaged++
		}
		return nil
	})
	if err != nil || whole != 1 || damaged != 1 {
		t.Errorf("%d whole, %d damaged, %v", whole, damaged, err)
	}
	var objects []Output
	err = s.Objects(func(o Output) error { objects = append(objects, o); return nil })
	if err != nil || len(objects) != 1 || objects[0] != out {
		t.Errorf("%v, %v", objects, err)
	}
	// A folder is no record; a file of Linux that cannot be read stands for a disk that fails.
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o777)); err != nil {
		t.Fatal(err)
	}
	if err := s.Records(func(k Key, _ Record, err error) error {
		if k == bad.Key() && !errors.Is(err, ErrMiss) {
			t.Errorf("a folder: %v", err)
		}
		return nil
	}); err != nil {
		t.Errorf("a folder in the place of a record: %v", err)
	}
	const unreadable = "/proc/self/mem"
	if _, err := os.Stat(unreadable); err != nil {
		t.Skip("no file is known that cannot be read")
	}
	if err := errors.Join(os.Remove(path), os.Symlink(unreadable, path)); err != nil {
		t.Fatal(err)
	}
	if err := s.Records(func(Key, Record, error) error { return nil }); err == nil {
		t.Error("a record that may be whole, but cannot be read, was passed over")
	}
}
