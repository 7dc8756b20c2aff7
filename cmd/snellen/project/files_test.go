package project

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestALeftoverStopsNoWriting: in a container, every process has the number of the one before it,
// which may have been killed while it wrote.
func TestALeftoverStopsNoWriting(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, fmt.Sprintf(".tiny.lock.hcl.%d", os.Getpid()))
	if err := os.WriteFile(left, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tiny.lock.hcl")
	for _, text := range []string{"one", "two two", "3"} {
		if err := WriteChanged(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != text {
			t.Errorf("%q, %v", data, err)
		}
	}
}
