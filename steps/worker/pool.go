package worker

import (
	"context"
	"errors"
	"slices"
	"sync"

	"snellen/engine/step"
)

// A Pool keeps workers alive between steps: each costs a quarter of a second to start. They are started when they are
// needed, and one that died is replaced. Its methods may be called from any goroutine.
type Pool struct {
	program string
	env     []string
	places  chan struct{} // one is taken by each step that runs

	mu     sync.Mutex
	idle   []*child
	closed bool
}

// NewPool gives a pool of at most size workers, which are program with that environment. Close must be called.
func NewPool(program string, size int, env []string) *Pool {
	return &Pool{program: program, env: environment(env), places: make(chan struct{}, max(size, 1))}
}

// usual are variables of a worker's environment where it has no others: threads of libtorch that wait must not spin, which
// costs a busy machine nine tenths of its speed, and the last lines of a crash must say what happened.
var usual = []string{"OMP_WAIT_POLICY=PASSIVE", "GOTRACEBACK=none"}

func environment(env []string) []string {
	return append(slices.Clone(usual), env...) // of two, the last counts
}

// Ask starts a worker to hear its tools: name to identity, such as "opencv" to "4.6.0".
func Ask(ctx context.Context, program string) (map[string]string, error) {
	c, tools, err := start(ctx, program, nil)
	if err != nil {
		return nil, err
	}
	c.end()
	return tools, nil
}

// Runner gives what runs steps of a kind in the pool's workers.
func (p *Pool) Runner(kind string) step.Runner { return &runner{p, kind} }

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
	pool *Pool
	kind string
}

func (r *runner) Run(ctx context.Context, job *step.Job) error {
	select {
	case r.pool.places <- struct{}{}:
		defer func() { <-r.pool.places }()
	case <-ctx.Done():
		return ctx.Err()
	}
	c, err := r.pool.take(ctx)
	if err != nil {
		return err
	}
	failed, broken := c.run(ctx, r.kind, job)
	if broken != nil {
		c.kill()
		return broken
	}
	r.pool.give(c)
	return failed
}

// take gives a worker that has nothing to do.
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
			c, _, err := start(ctx, p.program, p.env)
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

func (p *Pool) give(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}
