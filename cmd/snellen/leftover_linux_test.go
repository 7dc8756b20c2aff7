package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"snellen/engine/draft"
)

// drafts returns the half-written files and folders beside a spec.
func drafts(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// temporaries returns the temporary folders of Snellen.
func temporaries(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.TempDir(), "snellen-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestNothingHalfWrittenStays kills applies while they write the report: each leaves what it was
// writing, and the next apply, or clean, removes it.
func TestNothingHalfWrittenStays(t *testing.T) {
	apply := tiny(t)
	if out, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	left := 0
	for range 20 {
		killWhileWriting(t, apply.Dir)
		if len(drafts(t, apply.Dir)) == 0 {
			continue // it was faster
		}
		words := [][]string{{"snellen", "apply"}, {"snellen", "clean", "-auto-approve"}}[left%2]
		says(t, apply, words...)
		if found := drafts(t, apply.Dir); len(found) > 0 {
			t.Fatalf("after %q: %q", words, found)
		}
		if left++; left == 4 {
			break
		}
	}
	if left == 0 {
		t.Error("no kill left anything")
	}

	// A temporary folder goes as well.
	t.Setenv("TMPDIR", t.TempDir())
	apply.Env = append(apply.Env, "TMPDIR="+os.Getenv("TMPDIR"))
	needed, err := draft.NewTemporary()
	if err != nil {
		t.Fatal(err)
	}
	defer needed.Discard()
	if err := os.Mkdir(strings.TrimSuffix(needed.Path, ".tmp")+"A.tmp", 0o700); err != nil {
		t.Fatal(err)
	}

	// What somebody is writing stays.
	alive, err := draft.NewFolder(filepath.Join(apply.Dir, "tiny.report"))
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Discard()
	says(t, apply, "snellen", "apply")
	says(t, apply, "snellen", "clean", "-auto-approve")
	if found := drafts(t, apply.Dir); len(found) != 1 || found[0] != alive.Path {
		t.Errorf("beside a writer: %q", found)
	}
	if found := temporaries(t); len(found) != 1 || found[0] != needed.Path {
		t.Errorf("temporary folders: %q", found)
	}
}

// killWhileWriting starts an apply that has to write its report, and kills it as soon as it begins
// to.
func killWhileWriting(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, "tiny.report")); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	watch := os.NewFile(uintptr(fd), "inotify")
	defer watch.Close()
	if _, err := syscall.InotifyAddWatch(fd, dir, syscall.IN_CREATE); err != nil {
		t.Fatal(err)
	}
	cmd := again(dir)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var event [4 << 10]byte
	watch.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := watch.Read(event[:]); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	cmd.Process.Kill()
	cmd.Wait() // its error says that it was killed
}
