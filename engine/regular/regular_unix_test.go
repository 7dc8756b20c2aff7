//go:build unix

package regular

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOpenNeverWaits opens what a program that knows nothing of it would wait for, or read for
// ever.
func TestOpenNeverWaits(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	t.Chdir(dir) // a socket's path is short
	if err := syscall.Mkfifo("pipe", 0o666); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, path := range []string{"pipe", "socket", "/dev/zero"} {
		for _, flag := range []int{os.O_RDONLY, os.O_WRONLY | os.O_APPEND,
			os.O_RDWR | os.O_CREATE} {
			if _, err := OpenFile(path, flag, 0o666); !errors.Is(err, ErrNot) {
				t.Errorf("%s, opened by %d: %v", path, flag, err)
			}
		}
		_, err := OpenIn(root, path)
		if err == nil || !filepath.IsAbs(path) && !errors.Is(err, ErrNot) {
			t.Errorf("%s in a root: %v", path, err)
		}
	}
	// With a writer that writes nothing, reading would wait.
	writer, err := os.OpenFile("pipe", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if _, err := Read("pipe", 1); !errors.Is(err, ErrNot) {
		t.Errorf("a pipe with a writer: %v", err)
	}
}
