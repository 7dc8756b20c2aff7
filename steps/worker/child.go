package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"snellen/engine/step"
	"snellen/steps/proc"
)

const (
	logSize = 16 << 10         // of the log that is kept, in bytes
	grace   = 10 * time.Second // for what was cancelled to end, before its worker is killed
	welcome = time.Minute      // for a worker to say hello: libraries on a cold disk take seconds
)

// A child is one worker that lives.
type child struct {
	program string
	cmd     *proc.Cmd
	in      io.WriteCloser
	sending sync.Mutex    // for out
	out     *json.Encoder // to in
	replies chan Reply    // closed when the worker ends, or can no longer be understood
	broken  error         // why, once replies is closed
	log     *proc.Tail
	last    int // request's id

	converse func(tell func(any) error) (hear func(json.RawMessage)) // nil: no job is told or says anything
}

func (c *child) send(r Request) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	return c.out.Encode(r)
}

// start starts a worker and hears its hello.
func start(ctx context.Context, program string, env []string) (*child, map[string]string, error) {
	c := &child{program: program, cmd: proc.Command(context.Background(), program), replies: make(chan Reply), log: proc.NewTail(logSize)}
	c.cmd.Env, c.cmd.Stderr = env, c.log
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, nil, step.WithHint(fmt.Errorf("start %s: %w", program, err), "build it: make build")
	}
	c.in, c.out = in, json.NewEncoder(in)
	go c.listen(out)
	tools, err := c.hello(ctx)
	if err != nil {
		c.kill()
		return nil, nil, err
	}
	return c, tools, nil
}

// listen passes on what the worker says until it says no more.
func (c *child) listen(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var r Reply
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			c.broken = fmt.Errorf("it said what is no JSON: %w", err)
			break
		}
		c.replies <- r
	}
	if c.broken == nil {
		c.broken = lines.Err()
	}
	if c.broken != nil {
		c.cmd.Kill()
	}
	if err := c.cmd.Wait(); c.broken == nil {
		c.broken = err
	}
	close(c.replies)
}

func (c *child) hello(ctx context.Context) (map[string]string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, welcome, fmt.Errorf("%s said nothing for %v", filepath.Base(c.program), welcome))
	defer cancel()
	select {
	case r, ok := <-c.replies:
		switch {
		case !ok:
			return nil, c.death()
		case r.Type != "hello" || r.Protocol != Protocol:
			return nil, step.WithHint(fmt.Errorf("%s speaks protocol %d, and snellen %d", c.program, r.Protocol, Protocol), "build both programs together: make build")
		}
		return r.Tools, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// death says how the worker ended, once replies is closed.
func (c *child) death() error {
	how := "ended"
	if c.broken != nil {
		how = c.broken.Error()
	}
	if said := c.log.Last(3); said != "" {
		how += ": " + said
	}
	err := fmt.Errorf("%s failed: %s", filepath.Base(c.program), how)
	if exit, ok := errors.AsType[*exec.ExitError](c.broken); ok && exit.ExitCode() == -1 {
		return step.WithHint(err, "if the system ran out of memory (see dmesg), pass a smaller -parallelism; then apply again")
	}
	return err
}

// run does one job. After an error of the second kind the worker is of no more use.
func (c *child) run(ctx context.Context, kind string, job *step.Job) (failed, broken error) {
	c.last++
	request := Request{Type: "run", ID: c.last, Kind: kind, Key: job.Key, Params: job.Params, Inputs: job.Inputs, Out: job.Out}
	if err := c.send(request); err != nil {
		for range c.replies { // until it has ended
		}
		return nil, c.death()
	}
	job.Report(step.Progress{Command: typed(c.program, request)})
	hear := func(json.RawMessage) {}
	if c.converse != nil {
		hear = c.converse(c.tell)
	}
	done := ctx.Done()
	var late <-chan time.Time
	for {
		select {
		case <-done:
			done, late = nil, time.After(grace)
			c.send(Request{Type: "cancel", ID: c.last}) // fails only where the worker has ended, which is heard below
		case <-late:
			return nil, ctx.Err()
		case r, ok := <-c.replies:
			switch {
			case !ok && ctx.Err() != nil:
				return nil, ctx.Err()
			case !ok:
				return nil, c.death()
			case r.ID != c.last:
				return nil, fmt.Errorf("%s answered request %d instead of %d", filepath.Base(c.program), r.ID, c.last)
			case r.Type == "progress" && r.Progress != nil:
				job.Report(*r.Progress)
			case r.Type == "say":
				hear(r.Said)
			case r.Type == "done":
				return outcome(ctx, r), nil
			}
		}
	}
}

// typed is a request as it can be made in a shell. A worker whose input ends gives up what it does, so cat holds it open.
func typed(program string, r Request) string {
	line, err := json.Marshal(r)
	if err != nil {
		panic("BUG: a request that was sent is no JSON: " + err.Error())
	}
	return "{ " + proc.Line("printf", `%s\n`, string(line)) + "; cat; } | " + proc.Line(program)
}

func outcome(ctx context.Context, r Reply) error {
	switch {
	case r.Error == "":
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case r.Hint != "":
		return step.WithHint(errors.New(r.Error), r.Hint)
	}
	return errors.New(r.Error)
}

// alive tells whether the worker, which has nothing to do, is still there.
func (c *child) alive() bool {
	select {
	case <-c.replies: // closed, or it speaks without being asked
		return false
	default:
		return true
	}
}

// end lets the worker go, and waits until it is gone.
func (c *child) end() {
	c.in.Close()
	late := time.After(grace)
	for {
		select {
		case _, ok := <-c.replies:
			if !ok {
				return
			}
		case <-late:
			c.kill()
			return
		}
	}
}

// kill ends the worker at once, and waits until it is gone.
func (c *child) kill() {
	c.cmd.Kill()
	for range c.replies {
	}
}
