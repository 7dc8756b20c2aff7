//go:build linux

package proc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"snellen/steps/proc"
)

// The test program plays the parent that is killed, and the child that has a child of its own.
func TestMain(m *testing.M) {
	if code, launched := proc.Launched(); launched {
		os.Exit(code)
	}
	switch os.Getenv("SNELLEN_TEST_PROC") {
	case "":
		os.Exit(m.Run())
	case "starter":
		starter()
	case "starter without namespaces":
		proc.ForbidNamespaces()
		starter()
	case "parent":
		parent()
	case "parent without namespaces":
		proc.ForbidNamespaces()
		parent()
	case "child":
		child()
	case "grandchild":
		fmt.Println("up")
		io.Copy(io.Discard, os.Stdin) // held open by the test: it ends only by being killed
	}
}

func self(role string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "SNELLEN_TEST_PROC="+role)
	return c
}

// parent starts child by the package and waits.
func parent() {
	c := proc.Command(context.Background(), os.Args[0])
	c.Env = append(os.Environ(), "SNELLEN_TEST_PROC=child")
	c.Stdin, c.Stdout = os.Stdin, os.Stdout
	if err := c.Start(); err != nil {
		panic(err)
	}
	c.Wait()
}

// child starts grandchild in a session of its own, which escapes a signal to the child's group.
func child() {
	g := self("grandchild")
	g.Stdin, g.Stdout = os.Stdin, os.Stdout
	g.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := g.Start(); err != nil {
		panic(err)
	}
	g.Wait()
}

// The output pipe ends when its last holder is gone, grandchild included.
func TestNothingOutlivesAKilledParent(t *testing.T) {
	for _, role := range []string{"parent", "parent without namespaces"} {
		t.Run(role, func(t *testing.T) { killParent(t, role) })
	}
}

func killParent(t *testing.T, role string) {
	c := self(role)
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	if line, err := out.ReadString('\n'); line != "up\n" {
		t.Fatalf("grandchild said %q: %v", line, err)
	}
	c.Process.Kill()
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("after the kill: %q, %v", rest, err)
	}
	c.Wait()
}

func TestCancelKillsTheGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := proc.Command(ctx, "sh", "-c", "sleep 1000 & echo up; wait")
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	if _, err := out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cancel()
	// Ends only when sleep, which holds the pipe too, is gone.
	if _, err := io.ReadAll(out); err != nil {
		t.Error(err)
	}
	if err := c.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait: %v, want the context's error", err)
	}
}

func TestMissingProgram(t *testing.T) {
	if err := proc.Command(t.Context(), "no-such-program").
		Run(); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestOutput(t *testing.T) {
	out, err := proc.Command(t.Context(), "echo", "a", "$HOME").Output()
	if err != nil || string(out) != "a $HOME\n" {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := proc.Command(t.Context(), "cat", "/dev/zero").Output(); err == nil {
		t.Error("an endless output was kept")
	}
}

func TestTail(t *testing.T) {
	tail := proc.NewTail(64)
	fmt.Fprint(tail, strings.Repeat("long ago\n", 100), "one\rtwo\x1b[31m\n\n  three  \n")
	if got, want := tail.Last(2), "two[31m; three"; got != want {
		t.Errorf("Last(2) = %q, want %q", got, want)
	}
	if got, want := tail.First(2), "ago; long ago"; got != want {
		t.Errorf("First(2) = %q, want %q", got, want)
	}
	fmt.Fprint(tail, strings.Repeat("x", 1000))
	if got := tail.Last(9); len(got) != 64 {
		t.Errorf("kept %d bytes, want 64", len(got))
	}
	if got := proc.NewTail(9).Last(3); got != "" {
		t.Errorf("an empty tail says %q", got)
	}
}

// TestLine types awkward words in a shell.
func TestLine(t *testing.T) {
	words := []string{"plain-1.0/x", "", "two words", "it's", `back\slash "$HOME" *`, "a\nb", "~",
		"#", "-n", "é"}
	out, err := exec.Command("sh", "-c",
		proc.Line(append([]string{"printf", `%s\0`}, words...)...)).Output()
	if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); err != nil ||
		!slices.Equal(got, words) {
		t.Errorf("%q, %v", got, err)
	}
}
