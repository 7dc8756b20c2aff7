package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// ask runs another command beside an apply.
func ask(t *testing.T, apply *exec.Cmd, args ...string) string {
	t.Helper()
	return says(t, apply, append([]string{"snellen"}, args...)...)
}

// has fails unless all words are in a text.
func has(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

// TestKilledRun kills an apply within a step: the run and the step are shown as interrupted, at
// once.
func TestKilledRun(t *testing.T) {
	apply := gated(t)
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	meet(t, apply.Dir, "started", os.O_RDONLY)
	apply.Env = append(apply.Env, "SNELLEN_CLI_ARGS=")
	has(t, ask(t, apply, "runs"), " running ")
	train := "64x48/train"
	has(t, ask(t, apply, "logs", train), "why: never run", "| ",
		"it runs still; to follow it, type: snellen logs -f "+train)
	if err := apply.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	apply.Wait() // its error says that it was killed
	has(t, ask(t, apply, "runs"), " interrupted ")
	has(t, ask(t, apply, "logs", train), "interrupted: the run ended before the step did")
	has(t, ask(t, apply, "logs", "-f", train, "-json"), `"type":"step_state","address":"64x48/train","state":"interrupted"`)
}

// TestFollow follows a step from another process: the gate is opened when the step's command was
// shown.
func TestFollow(t *testing.T) {
	apply := gated(t)
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	meet(t, apply.Dir, "started", os.O_RDONLY)
	follow := exec.Command("snellen", "logs", "-f", "64x48/train")
	follow.Dir, follow.Env = apply.Dir, append(apply.Env, "SNELLEN_CLI_ARGS=")
	lines, err := follow.StdoutPipe()
	if err == nil {
		err = follow.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var seen strings.Builder
	for scan := bufio.NewScanner(lines); scan.Scan(); {
		seen.WriteString(scan.Text() + "\n")
		if strings.HasPrefix(scan.Text(), "$ ") {
			meet(t, apply.Dir, "go", os.O_WRONLY)
		}
	}
	if err := follow.Wait(); err != nil {
		t.Errorf("%v\n%s", err, seen.String())
	}
	has(t, seen.String(), "why: never run", "done in ")
	meet(t, apply.Dir, "started", os.O_RDONLY) // the other resolution's
	meet(t, apply.Dir, "go", os.O_WRONLY)
	if err := apply.Wait(); err != nil {
		t.Error(err)
	}
}
