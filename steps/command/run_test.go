package command

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine/step"
	"snellen/steps/container"
)

// reports returns what an output reports after these writes.
func reports(writes ...string) []step.Progress {
	var list []step.Progress
	var log container.Parser
	job := &step.Job{Report: func(p step.Progress) { list = append(list, p) }}
	out := newOutput(job, func(line string) step.Progress { return log.Progress(line, 9) })
	for _, w := range writes {
		out.Write([]byte(w))
	}
	out.flush()
	return list
}

func TestLines(t *testing.T) {
	var logs []string
	for _, p := range reports("one\ntw", "o\r\n 10%\r 20%\r 30%\n\n", "\xff\x1b[31mred",
		strings.Repeat("x", 2*maxLine)) {
		logs = append(logs, p.Log)
	}
	want := []string{"one", "two", " 30%", "? [31mred" + strings.Repeat("x", maxLine-9)}
	if len(logs) != len(want) {
		t.Fatalf("%.60q", logs)
	}
	for i := range want {
		if logs[i] != want[i] {
			t.Errorf("line %d is %.40q, want %.40q", i, logs[i], want[i])
		}
	}
}

// TestFlood: if a program prints without end, its first lines are logged, and all its epochs are
// reported.
func TestFlood(t *testing.T) {
	list := reports(strings.Repeat("again\n", maxLines+10),
		"Epoch[0] Train-accuracy=0.5\nEpoch[0] Validation-accuracy=0.25\n")
	if len(list) != maxLines+1 || list[maxLines-1].Log != "(further lines are not kept)" {
		t.Fatalf("%d lines are reported, the last but one is %q", len(list), list[len(list)-2].Log)
	}
	if m := list[maxLines].Metrics; m == nil || m.Values["validation_accuracy"] != 0.25 ||
		list[maxLines].Log != "" {
		t.Errorf("the epoch is %+v", list[maxLines])
	}
}

// newTestRoot returns an empty root.
func newTestRoot(t *testing.T) root {
	t.Helper()
	r, err := openRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r
}

func TestFailureIsBounded(t *testing.T) {
	r := newTestRoot(t)
	name := r.path("output/failure")
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	out := newOutput(&step.Job{Report: func(step.Progress) {}},
		func(string) step.Progress { return step.Progress{} })
	out.Write([]byte("last\nwords\n"))
	exit := exec.Command("false").Run()
	err := r.failed([]string{"/usr/bin/x"}, exit, out)
	if err.Error() != "x failed: exit code 1: last; words" {
		t.Error(err)
	}
	if err := os.WriteFile(name, []byte(strings.Repeat("é\n", 100_000)), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := r.failed([]string{"x"}, exit, out); len([]rune(err.Error())) > maxReason+100 ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("%d bytes: %.60q", len(err.Error()), err)
	}
	os.Remove(name)
	if err := os.Symlink("/etc/passwd", name); err != nil {
		t.Fatal(err)
	}
	if err := r.failed([]string{"x"}, exit, out); strings.Contains(err.Error(), "root") {
		t.Errorf("a link is followed: %v", err)
	}
}

// TestEnvironment: a program has PATH and its own variables, and none of the caller's.
func TestEnvironment(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	r := newTestRoot(t)
	if err := os.MkdirAll(r.path("code"), 0o777); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	c := r.command(t.Context(), []string{"env"}, "/usr/bin/env",
		r.environment(map[string]string{"COLOUR": "blue"}, 3, 1), &out)
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"COLOUR=blue\n", "SM_NUM_CPUS=3\n", "SM_NUM_GPUS=1\n",
		"SM_MODEL_DIR=" + r.path("model") + "\n", "PATH="} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "secret") {
		t.Errorf("the caller's secret is in\n%s", out.String())
	}
}

// TestCopies: a program gets copies, which keep the right to execute. What it makes can be removed,
// whatever its mode.
func TestCopies(t *testing.T) {
	from := t.TempDir()
	object := filepath.Join(from, "object")
	if err := errors.Join(os.WriteFile(object, []byte("x"), 0o444),
		os.MkdirAll(filepath.Join(from, "in/deep"), 0o777),
		os.Symlink(object, filepath.Join(from, "in/deep/a")),
		os.WriteFile(filepath.Join(from, "in/run"), nil, 0o755)); err != nil {
		t.Fatal(err)
	}
	r := newTestRoot(t)
	if err := clone(t.Context(), filepath.Join(from, "in"), r.path("model")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.path("model/deep/a"), []byte("changed"), 0); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(object); err != nil || string(data) != "x" {
		t.Errorf("the object is now %q, %v", data, err)
	}
	if fi, err := os.Stat(r.path("model/run")); err != nil || fi.Mode()&0o100 == 0 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	if err := os.Chmod(r.path("model/deep"), 0); err != nil {
		t.Fatal(err)
	}
	if err := r.clear("other"); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(r.dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
