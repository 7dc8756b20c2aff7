package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk fills a small file system of its own under a store.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no small file system can be mounted here: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	s, err := Open(filepath.Join(dir, "store"))
	if err == nil {
		err = s.Prepare()
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		out, err := s.PutBytes([]byte(strings.Repeat(fmt.Sprint(i), 50_000)))
		if err == nil {
			err = s.Commit(Record{Manifest: fmt.Sprint(i), Outputs: map[string]Output{"out": out}},
				PartialKey{})
		}
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		if err != nil || i > 100 {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	whole(t, s)
	if left, _ := filepath.Glob(filepath.Join(s.dir, "tmp", "*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}
