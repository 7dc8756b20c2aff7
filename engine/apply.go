package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// Options say how a plan is applied.
type Options struct {
	Runners map[string]step.Runner // by kind; every kind that may run needs one
	Pools   map[string]int         // the size of each pool
	Emit    func(Event)            // called from the caller's goroutine, in order; not nil
	Stop    <-chan struct{}        // closed: start nothing new, end when running steps have ended

	// LockTimeout is how long to wait for a step that another apply is running; 0: no limit.
	LockTimeout time.Duration
}

// ErrLockTimeout is the error of a step that another apply was still running after
// Options.LockTimeout.
var ErrLockTimeout = errors.New("another apply is running this step")

// A Result is how an apply ended.
type Result struct {
	// Decisions are final and in the graph's order. A step whose Decision has a Record is done.
	Decisions []*Decision

	Ran         int      // steps that were run and recorded, with those that Shared counts
	Shared      int      // steps that have the record of a step of the same key, which ran for them
	Failures    []Failed // root causes alone
	Skipped     int      // steps below a failure
	Interrupted bool     // an interrupt left steps that were not started or not finished

	release func()
}

// Release allows collections to remove what the apply relied on. The caller calls it once, when it
// has read all that it wants. The end of the process releases it, too.
func (r *Result) Release() { r.release() }

// Apply runs what the plan says must run, and records each step as soon as it has ended. It returns
// when every step has ended, failed or been skipped. It returns an error only where it could not
// begin; failures of steps are in the result.
//
// When Stop is closed, running steps continue and no other starts. When ctx ends, running steps are
// stopped at once. A plan is applied at most once.
func (p *Plan) Apply(ctx context.Context, o Options) (*Result, error) {
	st := p.decider.Store
	dir, remove, err := workspace(st)
	if err != nil {
		return nil, err
	}
	s := newScheduler(p, o, newExecutor(p.decider, dir, o))
	s.result.release = remove
	_, s.exec.fetcher.total = p.Fetches()
	if err := s.exec.rely(ctx, p.keys); err != nil {
		remove()
		return nil, StoreError(err, st)
	}
	s.loop(ctx)
	return s.result, nil
}

// workspace prepares a store and makes a workspace in it. The caller calls remove once.
func workspace(st *store.Store) (dir string, remove func(), err error) {
	if err = st.Prepare(); err == nil {
		dir, remove, err = st.Workspace()
	}
	if err != nil {
		err = StoreError(err, st)
	}
	return dir, remove, err
}

// StoreError wraps the error of a store that cannot be written, with a hint what to do about it.
func StoreError(err error, st *store.Store) error {
	hint := st.SharingHint(err)
	if hint == "" {
		hint = "choose another by -store DIR or SNELLEN_STORE, or make " + st.Dir() + " writable"
	}
	return step.WithHint(fmt.Errorf("the store cannot be written: %w", err), hint)
}
