package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"snellen/cmd/snellen/planfile"
	"snellen/engine"
)

// The exit codes. Scripts rely on them: never change one, and see exits for what they mean.
const (
	exitDone        = 0
	exitError       = 1
	exitChanges     = 2
	exitGate        = 3
	exitPartly      = 4
	exitStale       = 5
	exitInterrupted = 8
	exitLocked      = 9
)

// exits is the table of help exit-codes.
var exits = []struct {
	code    int
	meaning string
}{
	{exitDone, "done, or no changes"},
	{exitError, "error: bad usage, a bad spec, or steps failed"},
	{exitChanges, "changes are pending; only with -detailed-exitcode"},
	{exitGate, "a gate that the spec declares was not met"},
	{exitPartly, "some steps failed, and at least one resolution is done"},
	{exitStale, "a saved plan no longer holds: its spec, lock, inputs, tools or store changed"},
	{exitInterrupted, "interrupted; jobs in the cloud may run on"},
	{exitLocked, "timed out waiting for a step that another apply is running (see -lock-timeout)"},
}

func exitTable() string {
	var b strings.Builder
	for _, e := range exits {
		fmt.Fprintf(&b, "  %d  %s\n", e.code, e.meaning)
	}
	return b.String()
}

// errInterrupted is the error of a command that a signal ended.
var errInterrupted = errors.New("interrupted")

// A printedError was printed already, and only has the exit code.
type printedError struct{ code int }

func (s printedError) Error() string { return fmt.Sprintf("exit code %d", s.code) }

// exitCode returns the program's exit code after err.
func exitCode(err error) int {
	var s printedError
	var stale *planfile.StaleError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &s):
		return s.code
	case errors.As(err, &stale):
		return exitStale
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, engine.ErrLockTimeout):
		return exitLocked
	}
	return exitError
}
