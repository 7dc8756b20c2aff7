package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// replacements put something that is no regular file where path was.
var replacements = map[string]func(path string) error{
	"pipe":   mkfifo,
	"folder": func(path string) error { return os.MkdirAll(filepath.Join(path, "inner"), 0o777) },
	"device": func(path string) error { return os.Symlink("/dev/zero", path) },
}

// TestNothingWaitsForWhatIsNoFile puts pipes, folders and devices in the place of each kind of file
// that is read: every command ends, soon and in little memory.
func TestNothingWaitsForWhatIsNoFile(t *testing.T) {
	made := tiny(t)
	for _, name := range []string{"started", "go"} {
		if err := os.Remove(filepath.Join(made.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	says(t, made, "snellen", "plan", "-replace", "32x24/train", "-out", "saved.plan")
	for _, pattern := range []string{
		"store/version", "store/records/*/*", "store/objects/*/*", "store/shapes/*/*",
		"store/locks/gate", "store/locks/turn", "store/memo/stat.json", "store/runs/*.jsonl",
		"store/last/*.json", "tiny.lock.hcl", "tiny.hcl", "tiny.report/report.json",
		"tiny.report/.made", "saved.plan", "A.mp4",
	} {
		found, err := filepath.Glob(filepath.Join(made.Dir, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		// All records, since nobody knows which one a command reads.
		if !strings.Contains(pattern, "*/*") {
			found = found[:1]
		}
		for what := range replacements {
			t.Run(pattern+" is a "+what, func(t *testing.T) {
				t.Parallel()
				endsWithout(t, made, found, what)
			})
		}
	}
}

// endsWithout runs the commands in a copy of a folder where files are replaced.
func endsWithout(t *testing.T, made *exec.Cmd, files []string, what string) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(made.Dir)); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		rel, err := filepath.Rel(made.Dir, file)
		path := filepath.Join(dir, rel)
		if err := errors.Join(err, os.Remove(path), replacements[what](path)); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{
		"plan -out saved.plan", "explain 32x24/train", "runs", "report", "fmt", "show saved.plan",
		"verify 32x24/train", "gc -auto-approve", "apply saved.plan", "apply -auto-approve",
	} {
		ends(t, dir, strings.Fields(line)...)
	}
}

// ends runs a command in a folder, which must end in time and without much memory.
func ends(t *testing.T, dir string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "snellen", args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, again(dir).Env, &out, &out
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	switch failed, ok := errors.AsType[*exec.ExitError](err); {
	case ctx.Err() != nil:
		t.Fatalf("%q has not ended\n%s", args, out.String())
	case err != nil && (!ok || failed.ExitCode() < 0 || !strings.Contains(out.String(), "rror: ")):
		t.Fatalf("%q: %v\n%s", args, err, out.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if most := usage.Maxrss >> 10; most > 200 {
		t.Errorf("%q took %d MiB", args, most)
	}
}
