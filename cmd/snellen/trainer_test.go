package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNothingOutlivesATrainer ends an apply while a program trains that has started another, in a
// group of its own: by two interrupts, by a limit of time, and by a kill that nobody can hear. The
// FIFO that both hold ends only when both are gone.
func TestNothingOutlivesATrainer(t *testing.T) {
	for name, c := range map[string]struct {
		limit int // seconds
		end   func(*os.Process)
		code  int
		said  string
	}{
		"interrupts": {limit: 3600,
			end:  func(p *os.Process) { p.Signal(os.Interrupt); p.Signal(syscall.SIGTERM) },
			code: exitInterrupted},
		"late": {limit: 5, end: func(*os.Process) {}, code: exitError,
			said: "fake-trainer did not end within 5s"},
		"killed": {limit: 3600, end: func(p *os.Process) { p.Kill() }, code: -1},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := tiny(t)
			held := filepath.Join(cmd.Dir, "go")
			lingering(t, cmd.Dir, held, c.limit)
			var said strings.Builder
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(held) // waits for the program
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			in := bufio.NewReader(f)
			for range 2 {
				if line, err := in.ReadString('\n'); line != "up\n" {
					t.Fatalf("%q, %v", line, err)
				}
			}
			c.end(cmd.Process)
			if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
				t.Errorf("at the end: %q, %v", rest, err)
			}
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != c.code ||
				!strings.Contains(said.String(), c.said) {
				t.Errorf("exit code %d, want %d\n%s", code, c.code, said.String())
			}
		})
	}
}

// lingering makes of the tiny study one whose trainer holds a FIFO for ever.
func lingering(t *testing.T, dir, fifo string, limit int) {
	t.Helper()
	spec, _, _ := strings.Cut(tinyStudy, "evaluation")
	spec = strings.Replace(spec, `resolution "32x24" {}`, "", 1)
	spec = strings.Replace(spec, "hyperparameters {",
		"hyperparameters {\n  extra = { trees = 200 }", 1)
	spec += fmt.Sprintf("trainer \"command\" {\n  program = [\"fake-trainer\", \"train.txt\"]\n  "+
		"files = [\"train.txt\"]\n  max_runtime = %d\n}\n", limit)
	for name, text := range map[string]string{"tiny.hcl": spec, "train.txt": "linger " + fifo} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
