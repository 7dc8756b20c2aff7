package store

import (
	"syscall"
	"testing"
)

func TestNetwork(t *testing.T) {
	if got := network(t.TempDir()); got != "" {
		t.Errorf("a temporary folder is on %s", got)
	}
	if got := network("/no/such/folder"); got != "" {
		t.Errorf("no folder is on %s", got)
	}
	networks[magicOf(t, "/proc")] = "a test's"
	defer delete(networks, magicOf(t, "/proc"))
	if got := network("/proc"); got != "a test's" {
		t.Errorf("/proc is on %q", got)
	}
}

// magicOf returns the number of the file system of a folder.
func magicOf(t *testing.T, dir string) uint32 {
	t.Helper()
	var about syscall.Statfs_t
	if err := syscall.Statfs(dir, &about); err != nil {
		t.Fatal(err)
	}
	return uint32(about.Type)
}
