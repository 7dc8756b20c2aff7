package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine/store"
	"snellen/specs"
)

// collectAll runs gc with limits that let everything go, and returns what it printed.
func collectAll(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command("snellen", "gc", "-older-than", "0s", "-max-size", "0", "-auto-approve")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SNELLEN_STORE="+filepath.Join(dir, "store"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("gc: %v\n%s", err, out)
	}
	return string(out)
}

// TestGCKeepsWhatARunningApplyNeeds collects while another process is in the middle of a training:
// what it made already, and what it still reads, stays, so that it goes on as if nobody had been
// there. When it is over, the same gc takes all.
func TestGCKeepsWhatARunningApplyNeeds(t *testing.T) {
	cmd := gated(t)
	lines, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // trainings
		meet(t, cmd.Dir, "started", os.O_RDONLY)
		if out := collectAll(t, cmd.Dir); !strings.Contains(out, "Freed 0 B") ||
			!strings.Contains(out, "for a running apply") {
			t.Errorf("beside an apply:\n%s", out)
		}
		meet(t, cmd.Dir, "go", os.O_WRONLY)
	}
	var seen strings.Builder
	for scan := bufio.NewScanner(lines); scan.Scan(); {
		seen.WriteString(scan.Text() + "\n")
	}
	if err := cmd.Wait(); err != nil || strings.Contains(seen.String(), "made again") {
		t.Errorf("%v\n%s", err, seen.String())
	}
	os.Remove(filepath.Join(cmd.Dir, "tiny.lock.hcl")) // it holds on to all of it
	if out := collectAll(t, cmd.Dir); !strings.Contains(out, "steps forgotten. The store has 0 B") {
		t.Errorf("when it was over:\n%s", out)
	}
}

// TestGCKeepsWhatALockFileHolds: from wherever gc is called, of every spec that was applied.
func TestGCKeepsWhatALockFileHolds(t *testing.T) {
	cmd := tiny(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	st, err := store.Open(filepath.Join(cmd.Dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	lock := specs.Lock{Steps: map[string]specs.LockedStep{}}
	lasts, err := st.Lasts()
	if err != nil {
		t.Fatal(err)
	}
	for _, last := range lasts {
		lock.Steps["64x48/train"] = specs.LockedStep{Key: last.Keys["64x48/train"].String()}
	}
	path := filepath.Join(cmd.Dir, "tiny.lock.hcl")
	if err := os.WriteFile(path, lock.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	var k store.Key
	if err := k.UnmarshalText([]byte(lock.Steps["64x48/train"].Key)); err != nil {
		t.Fatal(err)
	}
	collectAll(t, cmd.Dir)
	r, err := st.Lookup(k)
	if err != nil {
		t.Fatalf("the locked step: %v", err)
	}
	for name, out := range r.Outputs {
		if err := st.Check(out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	n := 0
	st.Records(func(store.Key, store.Record, error) error { n++; return nil })
	if n != 1 {
		t.Errorf("%d records are left, and one is locked", n)
	}
}
