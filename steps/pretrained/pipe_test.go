//go:build unix

package pretrained

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxBytes+1); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file", dir: "not a regular file",
		pipe: "not a regular file", large: "the limit is 1024",
	} {
		if _, err := Describe(path); err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
