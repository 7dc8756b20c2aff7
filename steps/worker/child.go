package worker

import (
	"bufio"
	"cmp"
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
	logSize  = 256 << 10        // of the log that is kept, in bytes; a crash of Go prints 64 KiB
	grace    = 10 * time.Second // the default of Start.Grace
	greeting = time.Minute      // for a worker to say hello: libraries on a cold disk take seconds
)

// A Start says which program a worker is and what it is told first.
type Start struct {
	Program string        // its path
	Env     []string      // its whole environment
	Setup   any           // sent before the first run, as JSON; nil: nothing is sent
	Grace   time.Duration // for what was cancelled to end, before the worker is killed; 0: 10 s
}

// A child is one live worker. Its methods may be called from any goroutine.
type child struct {
	program string
	grace   time.Duration
	cmd     *proc.Cmd
	in      io.WriteCloser
	hello   chan Reply
	ended   chan struct{} // closed when the worker has ended, or can no longer be understood
	broken  error         // why, once ended is closed
	log     *proc.Tail

	sending sync.Mutex    // guards out
	out     *json.Encoder // to in

	mu   sync.Mutex // guards what follows
	last int        // number of a run
	runs map[int]*childRun
}

// A childRun is a request under way.
type childRun struct {
	replies chan Reply
	gone    chan struct{} // closed when nobody reads replies any more
}

func (c *child) send(r Request) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	return c.out.Encode(r)
}

// start starts a worker, waits for its hello and sends the setup.
func start(ctx context.Context, s Start) (*child, map[string]string, error) {
	c := &child{
		program: s.Program, grace: cmp.Or(s.Grace, grace), log: proc.NewTail(logSize),
		cmd:   proc.Command(context.Background(), s.Program),
		hello: make(chan Reply, 1), ended: make(chan struct{}), runs: map[int]*childRun{},
	}
	c.cmd.Env, c.cmd.Stderr = append(environment(s.Env), proc.LauncherEnvironment()...), c.log
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, nil, step.WithHint(
			fmt.Errorf("start %s: %w", s.Program, err), "build it: make build")
	}
	c.in, c.out = in, json.NewEncoder(in)
	go c.listen(out)
	tools, err := c.greet(ctx)
	if err == nil && s.Setup != nil {
		err = c.setUp(s.Setup)
	}
	if err != nil {
		c.kill()
		return nil, nil, err
	}
	return c, tools, nil
}

func (c *child) setUp(setup any) error {
	data, err := bounded(setup)
	if err != nil {
		return err
	}
	if c.send(Request{Type: "setup", Setup: data}) != nil {
		<-c.ended
		return c.death()
	}
	return nil
}

// listen passes replies on to their runs until the worker ends.
func (c *child) listen(out io.Reader) {
	if c.broken = c.read(out); c.broken != nil {
		c.cmd.Kill()
	}
	if err := c.cmd.Wait(); c.broken == nil {
		c.broken = err
	}
	close(c.ended)
}

// read reads replies and passes them on. It returns what is wrong with them, if anything is.
func (c *child) read(out io.Reader) error {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var r Reply
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("it wrote something that is not JSON: %w", err)
		}
		if err := c.deliver(r); err != nil {
			return err
		}
	}
	return lines.Err()
}

// deliver hands a reply to its run.
func (c *child) deliver(r Reply) error {
	if r.Type == "hello" {
		select {
		case c.hello <- r:
			return nil
		default:
			return errors.New("it said hello twice")
		}
	}
	c.mu.Lock()
	run := c.runs[r.ID]
	c.mu.Unlock()
	if run == nil {
		return fmt.Errorf("it answered run %d, which nobody asked for", r.ID)
	}
	select {
	case run.replies <- r:
	case <-run.gone:
	}
	return nil
}

// greet waits for the hello and returns the tools that it names.
func (c *child) greet(ctx context.Context) (map[string]string, error) {
	silent := fmt.Errorf("%s said nothing for %v", filepath.Base(c.program), greeting)
	ctx, cancel := context.WithTimeoutCause(ctx, greeting, silent)
	defer cancel()
	select {
	case r := <-c.hello:
		if r.Protocol != Protocol {
			return nil, step.WithHint(
				fmt.Errorf("%s speaks protocol %d, and snellen %d",
					c.program, r.Protocol, Protocol),
				"build both programs together: make build")
		}
		return r.Tools, nil
	case <-c.ended:
		return nil, c.death()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// death returns how the worker ended, once it has.
func (c *child) death() error {
	if err := beyondLimit(c.program, c.log); err != nil {
		return err
	}
	how := "ended"
	if c.broken != nil {
		how = c.broken.Error()
	}
	if log := c.log.Last(3); log != "" {
		how += ": " + log
	}
	err := fmt.Errorf("%s failed: %s", filepath.Base(c.program), how)
	if exit, ok := errors.AsType[*exec.ExitError](c.broken); ok && exit.ExitCode() == -1 {
		return step.WithHint(err, "if the system ran out of memory (see dmesg), "+
			"pass a smaller -parallelism; then apply again")
	}
	return err
}

// A hearer returns what is called with each message of a job, one at a time. tell sends the job a
// message; it may be called from any goroutine for as long as the job runs.
type hearer func(tell func(any) error) (hear func(json.RawMessage))

// run does the jobs of one request. typed says that the request is their command, and is reported
// as such. failed has an error or nil for each job. After an error of the second kind the worker
// must be killed.
func (c *child) run(
	ctx context.Context, kind string, typed bool, jobs []*step.Job, talk hearer,
) (failed []error, broken error) {
	request, run := c.begin(kind, jobs)
	defer c.finish(request.ID, run)
	if c.send(request) != nil {
		<-c.ended
		return nil, c.death()
	}
	if typed {
		for _, job := range jobs {
			job.Report(step.Progress{Command: line(c.program, request)})
		}
	}
	hear := func(json.RawMessage) {}
	if talk != nil {
		hear = talk(func(v any) error { return c.tell(request.ID, v) })
	}
	done := ctx.Done()
	var late <-chan time.Time
	for {
		select {
		case <-done:
			done, late = nil, time.After(c.grace)
			c.send(Request{Type: "cancel", ID: request.ID}) // a failure means that ended is closed
		case <-late:
			return nil, ctx.Err()
		case <-c.ended:
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, c.death()
		case r := <-run.replies:
			switch {
			case r.Type == "progress" && r.Progress != nil && r.Job >= 0 && r.Job < len(jobs):
				jobs[r.Job].Report(*r.Progress)
			case r.Type == "message":
				hear(r.Message)
			case r.Type == "done" && len(r.Results) == len(jobs):
				return outcomes(ctx, r.Results), nil
			default:
				return nil, fmt.Errorf("%s sent a reply of type %q that does not fit its run",
					filepath.Base(c.program), r.Type)
			}
		}
	}
}

// begin registers a run and returns its request.
func (c *child) begin(kind string, jobs []*step.Job) (Request, *childRun) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	r := Request{Type: "run", ID: c.last, Kind: kind}
	for _, j := range jobs {
		r.Jobs = append(r.Jobs, Job{j.Address, j.Key, j.Params, j.Inputs, j.Out})
	}
	run := &childRun{make(chan Reply), make(chan struct{})}
	c.runs[c.last] = run
	return r, run
}

func (c *child) finish(id int, run *childRun) {
	close(run.gone)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.runs, id)
}

// tell sends a message to a run.
func (c *child) tell(id int, v any) error {
	data, err := bounded(v)
	if err != nil {
		return err
	}
	return c.send(Request{Type: "message", ID: id, Message: data})
}

// line returns a request as it can be made in a shell. A worker whose input ends gives up what it
// does, so cat holds it open.
func line(program string, r Request) string {
	data, err := json.Marshal(r)
	if err != nil {
		panic("BUG: a request that was sent is not JSON: " + err.Error())
	}
	return "{ " + proc.Line("printf", `%s\n`, string(data)) + "; cat; } | " + proc.Line(program)
}

func outcomes(ctx context.Context, results []Result) []error {
	errs := make([]error, len(results))
	for i, r := range results {
		switch {
		case r.Error == "":
		case ctx.Err() != nil:
			errs[i] = ctx.Err()
		case r.Detached:
			errs[i] = step.Detached(r.Error)
		default:
			errs[i] = errors.New(r.Error)
			if hint := cmp.Or(memoryHint(r.Error), r.Hint); hint != "" {
				errs[i] = step.WithHint(errs[i], hint)
			}
		}
	}
	return errs
}

// alive reports whether the worker is still there.
func (c *child) alive() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

// end lets the worker go, and waits until it is gone.
func (c *child) end() {
	c.in.Close()
	select {
	case <-c.ended:
	case <-time.After(c.grace):
		c.kill()
	}
}

// kill ends the worker at once, and waits until it is gone.
func (c *child) kill() {
	c.cmd.Kill()
	<-c.ended
}
