package worker

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"snellen/engine/step"
)

// A Pool keeps workers alive between steps: each costs a quarter of a second to start. A worker of
// the pool runs one step, or one batch, at a time. Workers are started when they are needed, and
// one that died is replaced. Its methods may be called from any goroutine.
type Pool struct {
	start  Start
	places chan struct{} // one is taken by each request that runs

	mu     sync.Mutex
	idle   []*child
	closed bool
}

// NewPool returns a pool of at most size workers. Close must be called.
func NewPool(s Start, size int) *Pool {
	return &Pool{start: s, places: make(chan struct{}, max(size, 1))}
}

// defaults are variables of a worker's environment where it has no others: threads of libtorch that
// wait must not spin, which costs a busy machine nine tenths of its speed, and the last lines of a
// crash must say what happened.
var defaults = []string{"OMP_WAIT_POLICY=PASSIVE", "GOTRACEBACK=none"}

func environment(env []string) []string {
	return append(slices.Clone(defaults), env...) // of two, the last counts
}

// Tools starts a worker and returns the tools that it names: name to identity, such as "opencv" to
// "4.6.0".
func Tools(ctx context.Context, s Start) (map[string]string, error) {
	c, tools, err := start(ctx, s)
	if err != nil {
		return nil, err
	}
	c.end()
	return tools, nil
}

// Talk starts a worker for one job that talks, and ends it afterwards. converse is called when the
// job was handed over.
func Talk(ctx context.Context, s Start, kind string, job *step.Job, converse hearer) error {
	c, _, err := start(ctx, s)
	if err != nil {
		return err
	}
	failed, broken := c.run(ctx, kind, true, []*step.Job{job}, converse)
	if broken != nil {
		c.kill()
		return broken
	}
	c.end()
	return failed[0]
}

// Runner returns what runs steps of a kind in the pool's workers. The request that is sent becomes
// the step's command, for a kind that starts no program of its own.
func (p *Pool) Runner(kind string) step.Runner { return &runner{p, kind, true} }

// Reporter is Runner for a kind that reports the commands of its own.
func (p *Pool) Reporter(kind string) step.Runner { return &runner{p, kind, false} }

// Batcher is Reporter for a kind whose runner in the worker is a step.Batcher.
func (p *Pool) Batcher(kind string) step.Runner { return batcher{&runner{p, kind, false}} }

// NativeBatcher is Runner for a kind whose runner in the worker is a step.Batcher.
func (p *Pool) NativeBatcher(kind string) step.Runner { return batcher{&runner{p, kind, true}} }

// Close ends the workers and waits until they are gone. No step may run, or be run afterwards.
func (p *Pool) Close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	var all sync.WaitGroup
	for _, c := range idle {
		all.Go(c.end)
	}
	all.Wait()
}

type runner struct {
	pool  *Pool
	kind  string
	typed bool // the request is the step's command
}

func (r *runner) Run(ctx context.Context, job *step.Job) error {
	return r.runAll(ctx, []*step.Job{job})[0]
}

type batcher struct{ *runner }

func (b batcher) RunBatch(ctx context.Context, jobs []*step.Job) []error {
	return b.runAll(ctx, jobs)
}

// runAll runs jobs in one worker.
func (r *runner) runAll(ctx context.Context, jobs []*step.Job) []error {
	all := func(err error) []error { return slices.Repeat([]error{err}, len(jobs)) }
	select {
	case r.pool.places <- struct{}{}:
		defer func() { <-r.pool.places }()
	case <-ctx.Done():
		return all(ctx.Err())
	}
	c, err := r.pool.take(ctx)
	if err != nil {
		return all(err)
	}
	failed, broken := c.run(ctx, r.kind, r.typed, jobs, nil)
	if broken != nil {
		c.kill()
		return all(broken)
	}
	r.pool.put(c)
	return failed
}

// take returns a worker that has nothing to do.
func (p *Pool) take(ctx context.Context) (*child, error) {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, errors.New("the pool of workers is closed")
		}
		n := len(p.idle)
		if n == 0 {
			p.mu.Unlock()
			c, _, err := start(ctx, p.start)
			return c, err
		}
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		if c.alive() {
			return c, nil
		}
		c.kill()
	}
}

func (p *Pool) put(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// A Shared is one worker for steps that wait for others, such as jobs in a cloud: it runs any
// number of them at once. It is started when it is needed. Its methods may be called from any
// goroutine.
type Shared struct {
	start Start

	mu      sync.Mutex
	child   *child
	stopped bool
}

// NewShared returns a worker that is not started yet. Close must be called.
func NewShared(s Start) *Shared { return &Shared{start: s} }

// Runner returns what runs steps of a kind in the worker.
func (s *Shared) Runner(kind string) step.Runner { return sharedRunner{s, kind} }

type sharedRunner struct {
	shared *Shared
	kind   string
}

func (r sharedRunner) Run(ctx context.Context, job *step.Job) error {
	return r.shared.run(ctx, r.kind, job, nil)
}

// Ask runs a job of a kind that answers with one message, which is decoded into answer.
func (s *Shared) Ask(ctx context.Context, kind string, job *step.Job, answer any) error {
	var message json.RawMessage
	hear := func(func(any) error) func(json.RawMessage) {
		return func(m json.RawMessage) { message = m }
	}
	if err := s.run(ctx, kind, job, hear); err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(message, answer)
}

func (s *Shared) run(ctx context.Context, kind string, job *step.Job, talk hearer) error {
	c, err := s.worker(ctx)
	if err != nil {
		return err
	}
	failed, broken := c.run(ctx, kind, false, []*step.Job{job}, talk)
	if broken != nil {
		c.kill()
		return broken
	}
	return failed[0]
}

// worker returns the live worker, started where there is none.
func (s *Shared) worker(ctx context.Context) (*child, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child != nil && s.child.alive() {
		return s.child, nil
	}
	c, _, err := start(ctx, s.start)
	if err != nil {
		return nil, err
	}
	s.child = c
	if s.stopped {
		c.send(Request{Type: "stop"}) // a failure is the death that the run reports
	}
	return c, nil
}

// Stop passes the first interrupt on to what runs and to all that is run later.
func (s *Shared) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	if s.child != nil {
		s.child.send(Request{Type: "stop"})
	}
}

// Close ends the worker and waits until it is gone. No step may run.
func (s *Shared) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child != nil {
		s.child.end()
		s.child = nil
	}
}
