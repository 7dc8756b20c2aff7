package proc_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"snellen/steps/proc"
)

// starter starts one program after the other, until it is killed.
func starter() {
	for first := true; ; first = false {
		c := proc.Command(context.Background(), "cat")
		c.Stdin, c.Stdout = os.Stdin, os.Stdout
		if err := c.Start(); err != nil {
			panic(err)
		}
		if first {
			os.Stderr.WriteString("up\n")
		}
	}
}

// TestNoStartOutlivesAKilledParent kills a parent at any moment of a start. Its programs hold a
// pipe, whose other end sees that all are gone.
func TestNoStartOutlivesAKilledParent(t *testing.T) {
	for _, role := range []string{"starter", "starter without namespaces"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			for range 60 {
				killStarter(t, role)
			}
		})
	}
}

func killStarter(t *testing.T, role string) {
	t.Helper()
	c := self(role)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() // what is left over ends by it
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	up, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(up, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	// Nothing is waited for: any moment of a start will do.
	time.Sleep(rand.N(5 * time.Millisecond))
	c.Process.Kill()
	out.(*os.File).SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadAll(out); err != nil {
		t.Fatalf("a program outlived its parent: %v", err)
	}
	c.Wait()
}

// A daemon is a program that leaves a process in a session of its own, which holds its standard
// output until file 3 ends. first is what the program does before.
func daemon(ctx context.Context, t *testing.T, first string) (c *proc.Cmd, out *os.File) {
	t.Helper()
	lifeline, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); lifeline.Close(); out.Close(); theirs.Close() })
	c = proc.Command(ctx, "sh", "-c", first+"setsid sh -c 'echo up; exec cat' <&3 & wait")
	c.LaunchAs("stay")
	c.Stdout, c.ExtraFiles = theirs, []*os.File{lifeline}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	if _, err := io.ReadFull(out, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	return c, out
}

// gone holds that nobody has the pipe any more.
func gone(t *testing.T, out *os.File) {
	t.Helper()
	out.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadAll(out); err != nil {
		t.Errorf("the daemon lives on: %v", err)
	}
}

// The program is asked to end as a server of models is.
func TestDaemonEndsWithItsProgram(t *testing.T) {
	c, out := daemon(t.Context(), t, "trap 'exit 3' TERM; ")
	c.Process.Signal(syscall.SIGTERM)
	err := c.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 3 {
		t.Errorf("%v, want exit code 3", err)
	}
	gone(t, out)
}

func TestDaemonIsKilledWithItsProgram(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, out := daemon(ctx, t, "")
	cancel()
	if err := c.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait: %v, want the context's error", err)
	}
	gone(t, out)

	c, out = daemon(t.Context(), t, "")
	c.Kill()
	c.Kill()
	err := c.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Exited() {
		t.Errorf("Wait: %v, want a kill", err)
	}
	gone(t, out)
}

// TestLaunched holds that a launcher cannot be told from the program.
func TestLaunched(t *testing.T) {
	locked := filepath.Join(t.TempDir(), "locked")
	if err := os.WriteFile(locked, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"", "become", "stay"} {
		run := func(program string, args ...string) (string, error) {
			c := proc.Command(t.Context(), program, args...)
			c.LaunchAs(role)
			c.Env = []string{"A=b", "PATH=" + os.Getenv("PATH")}
			out, err := c.Output()
			return string(out), err
		}
		if out, err := run("env"); out != "A=b\nPATH="+os.Getenv("PATH")+"\n" || err != nil {
			t.Errorf("as %q: %q, %v", role, out, err)
		}
		if _, err := run(locked); !errors.Is(err, os.ErrPermission) {
			t.Errorf("as %q: %v, want that it may not be run", role, err)
		}
		if _, err := run("no-such-program"); !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("as %q: %v, want that it is not found", role, err)
		}
		for script, want := range map[string]string{
			"exit 7": "exit status 7", "kill -KILL $$": "signal: killed",
			"kill -SEGV $$": "signal: segmentation fault",
		} {
			if role != "stay" && strings.HasPrefix(script, "kill") {
				continue // the first process of a namespace ignores its own signals
			}
			if _, err := run("sh", "-c", script); err == nil || err.Error() != want {
				t.Errorf("as %q, %s: %v, want %s", role, script, err, want)
			}
		}
	}
}
