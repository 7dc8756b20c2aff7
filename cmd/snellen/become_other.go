//go:build !unix

package main

import (
	"errors"
	"os"
	"os/exec"
)

// become runs another program with this one's streams, and returns its exit code. This system
// cannot replace a process.
func become(path string, args, env []string) (code int, err error) {
	c := &exec.Cmd{Path: path, Args: args, Env: env, Stdin: os.Stdin, Stdout: os.Stdout,
		Stderr: os.Stderr}
	err = c.Run()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode(), nil
	}
	return 0, err
}
