//go:build native

package vision

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestPipeWrittenEarly: a program that wrote everything and left before anybody waits is not
// missed. Its writing is one event, which the runtime may take before the wait begins.
func TestPipeWrittenEarly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "camera")
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	from, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.WriteString("a video"); err != nil {
		t.Fatal(err)
	}
	to.Close()
	takeEvents(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := awaitReadable(ctx, from); err != nil {
		t.Errorf("what was written is not seen: %v", err)
	}
}

// takeEvents makes the runtime take the events that have come: it has to, to pass on the event of
// another pipe.
func takeEvents(t *testing.T) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	go w.WriteString("x")
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

// TestPipeWithoutWriter: waiting ends with the context.
func TestPipeWithoutWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "camera")
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := awaitWriter(ctx, path)
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
