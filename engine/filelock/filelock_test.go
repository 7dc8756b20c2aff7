package filelock

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestLock uses two open files of one process. They count as two holders, like two processes.
func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, []byte("text"), 0o666); err != nil {
		t.Fatal(err)
	}
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	a, b := open(), open()
	want := func(got, want error) {
		t.Helper()
		if !errors.Is(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	want(TryLock(a, Shared), nil)
	want(TryLock(b, Shared), nil)
	want(TryLock(a, Exclusive), ErrLocked)
	want(Unlock(b), nil)
	want(Lock(a, Exclusive), nil)
	want(TryLock(b, Shared), ErrLocked)
	if data, err := os.ReadFile(path); string(data) != "text" {
		t.Errorf("a lock keeps others from reading: %q, %v", data, err)
	}
	waited := make(chan error, 1)
	go func() { waited <- Lock(b, Exclusive) }()
	want(a.Close(), nil)
	want(<-waited, nil)
}
