// Package proc starts other programs so that none outlives its purpose: each has a process group of its own, which is
// killed whole when the context ends, and on Linux dies with this process, however that ends. Nothing is run by a shell.
package proc

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// drained is how long a killed program's pipes may stay open, held by a grandchild that escaped, before they are closed.
const drained = 2 * time.Second

// A Cmd is an exec.Cmd whose process is started as this package promises. Only Start, Wait, Run and Output may be used to run it.
type Cmd struct {
	*exec.Cmd
	ctx context.Context
}

// Command prepares a program, which is looked up in PATH, with its arguments. When ctx ends it is killed at once,
// together with all that it started.
func Command(ctx context.Context, program string, args ...string) *Cmd {
	c := exec.CommandContext(ctx, program, args...)
	c.SysProcAttr = attributes()
	c.Cancel = func() error { return killGroup(c) }
	c.WaitDelay = drained
	return &Cmd{c, ctx}
}

// Start starts the program. Its error is exec.ErrNotFound where there is no such program.
func (c *Cmd) Start() error { return onLastingThread(c.Cmd.Start) }

// Wait waits for the program's end. Where the context ended it, that is the error.
func (c *Cmd) Wait() error {
	err := c.Cmd.Wait()
	if err != nil && c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	return err
}

// Run starts the program and waits for its end.
func (c *Cmd) Run() error {
	if err := c.Start(); err != nil {
		return err
	}
	return c.Wait()
}

// Output runs the program and gives what it wrote to its standard output, which is kept in memory whole.
func (c *Cmd) Output() ([]byte, error) {
	var out bounded
	c.Stdout = &out
	err := c.Run()
	return out.data, err
}

// Kill ends the program and all that it started, at once. It may be called more than once.
func (c *Cmd) Kill() {
	if c.Process != nil {
		killGroup(c.Cmd)
	}
}

func killGroup(c *exec.Cmd) error {
	err := syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EPERM) {
		return c.Process.Kill() // no group yet, or none left
	}
	return err
}

// maxOutput bounds what Output keeps: no program that it is used for says more.
const maxOutput = 16 << 20

// bounded collects at most maxOutput bytes.
type bounded struct{ data []byte }

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > maxOutput {
		return 0, fmt.Errorf("more than %d bytes of output", maxOutput)
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// Linux sends the parent-death signal when the thread ends that started the child, and Go ends threads as it likes. So
// one goroutine, whose thread lasts, starts them all.
var starter = sync.OnceValue(func() chan func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

func onLastingThread(start func() error) error {
	done := make(chan error, 1)
	starter() <- func() { done <- start() }
	return <-done
}
