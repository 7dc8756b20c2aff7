package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"snellen/engine"
)

// TestEveryHelpHasTheExitTable asks every command, and every command below it, for help.
func TestEveryHelpHasTheExitTable(t *testing.T) {
	var out bytes.Buffer
	a := &app{out: &out, err: &out}
	n := 0
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		out.Reset()
		a.help(c)
		for _, line := range []string{"Exit codes:", "  0  ", "  1  ", "  2  ", "  3  ", "  4  ", "  5  ", "  8  ", "  9  "} {
			if !strings.Contains(out.String(), "\n"+line) {
				t.Errorf("%s -help lacks %q", c.CommandPath(), line)
			}
		}
		n++
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(a.root())
	if n < 15 {
		t.Errorf("only %d commands", n)
	}
}

func TestExitCodes(t *testing.T) {
	locked := engine.Failed{Err: engine.ErrLockTimeout}
	broken := engine.Failed{Err: errors.New("broken")}
	for _, test := range []struct {
		name     string
		complete bool
		result   engine.Result
		want     int
	}{
		{"done", true, engine.Result{}, exitDone},
		{"failed", false, engine.Result{Failures: []engine.Failed{broken}}, exitError},
		{"partly", true, engine.Result{Failures: []engine.Failed{broken}}, exitPartly},
		{"interrupted", true, engine.Result{Interrupted: true, Failures: []engine.Failed{broken}}, exitInterrupted},
		{"locked", false, engine.Result{Failures: []engine.Failed{locked}}, exitLocked},
		{"locked and broken", false, engine.Result{Failures: []engine.Failed{locked, broken}}, exitError},
	} {
		if got := outcome(test.complete, &test.result); got != test.want {
			t.Errorf("%s: exit %d, want %d", test.name, got, test.want)
		}
	}
}
