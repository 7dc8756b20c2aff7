package proc_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"snellen/steps/proc"
)

// TestProgramsAreBounded asks programs for their limits: one that a launcher became, and one that
// it keeps.
func TestProgramsAreBounded(t *testing.T) {
	limit := proc.MemoryLimit()
	if limit == 0 {
		t.Fatal("no memory was found")
	}
	want := fmt.Sprintf("%d 200\n", limit>>10)
	for _, role := range []string{"become", "stay"} {
		c := proc.Command(t.Context(), "sh", "-c",
			"echo $(ulimit -d) $(cat /proc/self/oom_score_adj)")
		c.LaunchAs(role)
		if out, err := c.Output(); string(out) != want || err != nil {
			t.Errorf("as %q: %q, %v, want %q", role, out, err, want)
		}
	}
}

func TestGroupLimit(t *testing.T) {
	dir := t.TempDir()
	if got := proc.GroupLimit(dir); got != 1<<64-1 {
		t.Errorf("%d, want none", got)
	}
	if err := os.Mkdir(filepath.Join(dir, "memory"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"memory.max", "memory/memory.limit_in_bytes"} {
		err := os.WriteFile(filepath.Join(dir, name), []byte("1073741824\n"), 0o666)
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := proc.GroupLimit(dir); got != 1<<30 {
		t.Errorf("%d, want 1 GiB", got)
	}
}
