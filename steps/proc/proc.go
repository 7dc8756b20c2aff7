// Package proc starts other programs so that none outlives its purpose. Each gets its own process
// group, which is killed as a whole when the context is done. On Linux it also dies with this
// process, however that ends, and what it started dies with it. Nothing is run by a shell.
package proc

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// pipeDelay is how long a killed program's pipes may stay open, held by a process that escaped the
// kill, before they are closed.
const pipeDelay = 2 * time.Second

// A Cmd is an exec.Cmd whose process is started as this package promises. Use only Start, Wait, Run
// and Output to run it.
type Cmd struct {
	*exec.Cmd
	ctx   context.Context
	role  string // of the program's launcher; "": it is started without one
	group group  // the program with all that it started
}

// Command prepares a program, which is looked up in PATH, with its arguments. When ctx is done, the
// program and all that it started are killed at once.
func Command(ctx context.Context, program string, args ...string) *Cmd {
	c := exec.CommandContext(ctx, program, args...)
	c.WaitDelay = pipeDelay
	cmd := &Cmd{Cmd: c, ctx: ctx, role: launcherRole()}
	c.SysProcAttr = attributes(cmd.role)
	c.Cancel = func() error { return cmd.group.kill(c.Process) }
	return cmd
}

// Start starts the program. It returns exec.ErrNotFound if there is no such program.
func (c *Cmd) Start() error {
	start := c.launch
	if c.role == "" || c.Err != nil {
		start = func() error { return onStarterThread(c.Cmd.Start) }
	}
	if err := start(); err != nil {
		return err
	}
	c.group.adopt(c.Process)
	return nil
}

// Wait waits until the program exits. If the context ended it, the error is the context's.
func (c *Cmd) Wait() error {
	err := c.Cmd.Wait()
	c.group.close()
	if err != nil && c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	return err
}

// Run starts the program and waits until it exits.
func (c *Cmd) Run() error {
	if err := c.Start(); err != nil {
		return err
	}
	return c.Wait()
}

// Output runs the program and returns its standard output, up to maxOutput bytes.
func (c *Cmd) Output() ([]byte, error) {
	var out limitedBuffer
	c.Stdout = &out
	err := c.Run()
	return out.data, err
}

// Kill kills the program and all that it started. It may be called more than once.
func (c *Cmd) Kill() {
	if c.Process != nil {
		c.group.kill(c.Process)
	}
}

// maxOutput bounds what Output returns. No program that it is used for writes more.
const maxOutput = 16 << 20

// A limitedBuffer collects at most maxOutput bytes. A write beyond that fails.
type limitedBuffer struct{ data []byte }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > maxOutput {
		return 0, fmt.Errorf("more than %d bytes of output", maxOutput)
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// starter returns the channel of the goroutine that starts all programs. Linux sends the
// parent-death signal when the thread that started a child exits, and Go ends threads at will. So
// all programs are started by one goroutine, which is locked to a thread that lasts.
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

// onStarterThread calls start on that thread and returns its error.
func onStarterThread(start func() error) error {
	done := make(chan error, 1)
	starter() <- func() { done <- start() }
	return <-done
}
