package main

import (
	"bufio"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const tinyStudy = `
study "tiny" {}

label "A" { videos = ["A.mp4"] }
label "B" { videos = ["B.mp4"] }

resolution "64x48" {}
resolution "32x24" {}

dataset { frames = 20 }

hyperparameters {
  num_layers      = 8
  image_shape     = "3,32,32"
  resize          = 0
  epochs          = 2
  mini_batch_size = 4
}

evaluation "shelf" {
  video = "shelf.mp4"
  frame {
    width  = 64
    height = 48
  }
  area "left" {
    rect   = [0, 0, 32, 48]
    expect = "A"
  }
  grade "good" { every_area = 0.8 }
  grade "bad" {}
}
`

// tiny makes a folder with a study, and returns the command that applies it.
func tiny(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	dir := t.TempDir()
	videos, err := drawFootage()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"tiny.hcl": []byte(tinyStudy)}
	for name, data := range videos {
		files[name] = data
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"started", "go"} {
		if err := mkfifo(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return again(dir, env...)
}

// gated is tiny with trainings that meet the test at FIFOs, "started" and "go". One trains at a
// time: with two at a FIFO nobody could say which was met. A signal that is handled here is not
// ignored by what the test starts, even if nohup started the test.
func gated(t *testing.T) *exec.Cmd {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(heard) })
	return tiny(t, "FAKE_GATE=train", "SNELLEN_CLI_ARGS=-parallelism=1")
}

func again(dir string, env ...string) *exec.Cmd {
	cmd := exec.Command("snellen", "apply", "-auto-approve")
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "SNELLEN_STORE="+filepath.Join(dir, "store"),
		"SNELLEN_WORKER=fake-worker"), env...)
	return cmd
}

// The steps of these tests meet at FIFOs, so none waits for time to pass: the fake opens "started"
// within the gated step, and stays in it until "go" is opened.
func TestFirstInterruptFinishesWhatRuns(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) { finishesWhatRuns(t, s) })
	}
}

// finishesWhatRuns interrupts an apply by a signal. A second SIGHUP, as the loss of a terminal
// sends it, changes nothing.
func finishesWhatRuns(t *testing.T, s syscall.Signal) {
	cmd := gated(t)
	lines, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	meet(t, cmd.Dir, "started", os.O_RDONLY)
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	var seen strings.Builder
	scan := bufio.NewScanner(lines)
	for scan.Scan() {
		seen.WriteString(scan.Text() + "\n")
		if strings.Contains(scan.Text(), "nothing new is started") {
			if s == syscall.SIGHUP {
				cmd.Process.Signal(s)
			}
			meet(t, cmd.Dir, "go", os.O_WRONLY)
		}
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, seen.String())
	}
	for _, want := range []string{"/train", "done in",
		"to go on, type: snellen apply -auto-approve"} {
		if !strings.Contains(seen.String(), want) {
			t.Errorf("no %q in\n%s", want, seen.String())
		}
	}
	out, err := again(cmd.Dir).CombinedOutput()
	if err != nil {
		t.Fatalf("going on: %v\n%s", err, out)
	}
	if strings.Contains(string(out), "started: never run\n > probe") {
		t.Errorf("what was done was run again:\n%s", out)
	}
}

func TestSecondInterruptEndsAtOnce(t *testing.T) {
	cmd := gated(t)
	lines, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	meet(t, cmd.Dir, "started", os.O_RDONLY)
	cmd.Process.Signal(os.Interrupt)
	scan := bufio.NewScanner(lines)
	for scan.Scan() {
		if strings.Contains(scan.Text(), "nothing new is started") {
			cmd.Process.Signal(syscall.SIGTERM)
		}
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
}

// TestLostReader: nobody reads what an apply says any more, as when a connection without a terminal
// is lost. That ends it as an interrupt does, and not in the middle of a training.
func TestLostReader(t *testing.T) {
	cmd := gated(t)
	lines, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	meet(t, cmd.Dir, "started", os.O_RDONLY)
	lines.Close()
	meet(t, cmd.Dir, "go", os.O_WRONLY)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	out, err := again(cmd.Dir).CombinedOutput()
	if err != nil || strings.Count(string(out), "/train ") == 0 ||
		strings.Contains(string(out), "64x48/train                started") {
		t.Errorf("the training that ran was not kept: %v\n%s", err, out)
	}
}

// TestNohup: an apply that was started to survive its terminal does.
func TestNohup(t *testing.T) {
	cmd := gated(t)
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c",
		"trap '' HUP; exec snellen apply -auto-approve"}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // trainings
		meet(t, cmd.Dir, "started", os.O_RDONLY)
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		meet(t, cmd.Dir, "go", os.O_WRONLY)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// meet opens a FIFO and closes it: it returns when somebody has opened the other end.
func meet(t *testing.T, dir, name string, how int) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, name), how, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}
