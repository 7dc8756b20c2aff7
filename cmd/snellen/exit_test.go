package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"snellen/engine"
)

// TestEveryHelpNamesTheTopics asks every command, and every command below it, for help.
func TestEveryHelpNamesTheTopics(t *testing.T) {
	var out bytes.Buffer
	a := &app{out: &out, err: &out}
	n := 0
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		out.Reset()
		a.help(c)
		for _, topic := range []string{"snellen help environment", "snellen help exit-codes"} {
			if !strings.Contains(out.String(), topic) {
				t.Errorf("%s -help lacks %q", c.CommandPath(), topic)
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

func TestHelpHasTheExitTable(t *testing.T) {
	var out bytes.Buffer
	if code := run(t.Context(), []string{"help", "exit-codes"}, nil, &out, &out); code != exitDone {
		t.Fatalf("exit %d", code)
	}
	for _, line := range []string{"  0  ", "  1  ", "  2  ", "  3  ", "  4  ", "  5  ", "  8  ",
		"  9  "} {
		if !strings.Contains("\n"+out.String(), "\n"+line) {
			t.Errorf("help exit-codes lacks %q", line)
		}
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
		{"interrupted", true, engine.Result{Interrupted: true, Failures: []engine.Failed{broken}},
			exitInterrupted},
		{"locked", false, engine.Result{Failures: []engine.Failed{locked}}, exitLocked},
		{"locked and broken", false, engine.Result{Failures: []engine.Failed{locked, broken}},
			exitError},
	} {
		if got := outcome(test.complete, &test.result); got != test.want {
			t.Errorf("%s: exit %d, want %d", test.name, got, test.want)
		}
	}
}
