package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// This file is about what an apply takes from the shared store: records in place of runs, and
// objects that people or steps read.

// maxFetches is how many steps are fetched at once. Each holds the lock of its key.
const maxFetches = 64

// A fetcher counts what an executor fetches.
type fetcher struct {
	places chan struct{} // one is taken by each step that is fetched

	mu     sync.Mutex // guards what follows
	held   map[store.Digest]chan struct{}
	done   int64     // bytes
	total  int64     // bytes that the plan expects
	going  int       // objects that are on their way
	took   int       // steps whose records were taken
	told   time.Time // when done was last emitted
	warned bool      // that the shared store cannot be asked
}

// foundMeanwhile looks a key up in the shared store before its step is run: another machine may
// have run it since the plan. It takes the record where there is one.
func (x *executor) foundMeanwhile(ctx context.Context, d *Decision, r run) (outcome, bool) {
	if x.decider.Far == nil || r.forced || x.decider.behind.down() != nil {
		return outcome{}, false
	}
	record, found, err := x.decider.behind.lookUp(ctx, d.Node, d.Key)
	if err != nil && ctx.Err() == nil {
		x.warnOnce(r.emit, err)
	}
	if !found {
		return outcome{}, false // it was to run in any case
	}
	o := x.adopt(ctx, d, record, true, r.emit)
	if o.record != nil {
		x.took(r.emit)
	}
	if o.err != nil && ctx.Err() == nil {
		x.warnOnce(r.emit, o.err)
	}
	return o, o.record != nil || ctx.Err() != nil
}

// warnOnce emits a warning that the shared store cannot be asked, once in an apply.
func (x *executor) warnOnce(emit func(Event), err error) {
	x.fetcher.mu.Lock()
	warned := x.fetcher.warned
	x.fetcher.warned = true
	x.fetcher.mu.Unlock()
	if !warned {
		emit(Warned{Text: fmt.Sprintf("%s cannot be asked what others have run meanwhile: %v",
			x.decider.Far.Name(), err)})
	}
}

// remote reports whether something of a step with a usable record must be fetched.
func (x *executor) remote(d *Decision) bool {
	return d.Far || x.decider.behind.any() && d.Node.KeepOutputs && len(x.lacks(d.Node, *d.Record)) > 0
}

// fetch takes a step's record from the shared store, or what is missing of its objects.
func (x *executor) fetch(ctx context.Context, r run) outcome {
	d := r.work[0]
	select {
	case x.fetcher.places <- struct{}{}:
		defer func() { <-x.fetcher.places }()
	case <-ctx.Done():
		return outcome{err: context.Cause(ctx)}
	}
	unlock, err := x.lock(ctx, r)
	if err != nil {
		return outcome{err: err}
	}
	defer unlock()
	record, err := x.store.Lookup(d.Key)
	if err == nil && x.sound(d.Node, record) {
		return outcome{record: &record, cached: true}
	}
	if err != nil {
		record = *d.Record
	}
	return x.adopt(ctx, d, record, err != nil, r.emit)
}

// adopt commits a record of the shared store, unless it is here already, and fetches the objects
// that people read. gone has the step's own address where one of them cannot be had.
func (x *executor) adopt(
	ctx context.Context, d *Decision, r store.Record, commit bool, emit func(Event),
) outcome {
	if commit {
		if err := x.commit(ctx, d, r); err != nil {
			return outcome{err: err}
		}
	}
	if d.Node.KeepOutputs {
		switch err := x.fetchAll(ctx, x.lacks(d.Node, r), emit); {
		case errors.Is(err, store.ErrGone):
			return outcome{gone: []string{d.Node.Address}}
		case err != nil:
			return outcome{err: err}
		}
	}
	return outcome{record: &r, cached: true}
}

// commit commits a record of the shared store.
func (x *executor) commit(ctx context.Context, d *Decision, r store.Record) error {
	release, err := x.store.Hold(ctx)
	if err != nil {
		return x.writeError(err)
	}
	defer release()
	return x.writeError(x.store.Commit(r, d.PartialKey()))
}

// fetchInputs fetches what a step reads and is missing here. What cannot be had is left out: the
// step then finds that it is gone. An error means that the shared store cannot be used.
func (x *executor) fetchInputs(ctx context.Context, d *Decision, r run) error {
	if x.decider.Far == nil {
		return nil
	}
	var list []store.Output
	for address, up := range r.up {
		for out := range read(d.Node, address, *up.Record) {
			if !x.store.Has(out) && x.decider.behind.has(out) {
				list = append(list, out)
			}
		}
	}
	err := x.fetchAll(ctx, list, r.emit)
	if errors.Is(err, store.ErrGone) {
		return nil
	}
	return err
}

// fetchAll fetches objects, several at once. The error wraps store.ErrGone where one cannot be had
// and the others could be fetched.
func (x *executor) fetchAll(ctx context.Context, list []store.Output, emit func(Event)) error {
	slices.SortFunc(list, func(a, b store.Output) int {
		return slices.Compare(a.Digest[:], b.Digest[:])
	})
	list = slices.Compact(list)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var gone error
	var mu sync.Mutex
	next := make(chan store.Output)
	var all sync.WaitGroup
	for range min(maxFetches, len(list)) {
		all.Go(func() {
			for out := range next {
				err := x.fetchOne(ctx, out, emit)
				if errors.Is(err, store.ErrGone) {
					x.decider.behind.lose(out)
					mu.Lock()
					gone = err
					mu.Unlock()
				} else if err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, out := range list {
		if ctx.Err() != nil {
			break
		}
		next <- out
	}
	close(next)
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return gone
}

// fetchOne fetches an object and counts its bytes.
func (x *executor) fetchOne(ctx context.Context, out store.Output, emit func(Event)) error {
	release, err := x.fetcher.hold(ctx, out.Digest)
	if err != nil {
		return err
	}
	defer release()
	x.mu.Lock()
	intact := x.intact[out.Digest]
	x.mu.Unlock()
	if intact && x.store.Has(out) {
		return nil // another step has the same output
	}
	var mine int64
	count := func(now int64, objects int) { x.fetcher.count(&mine, now, objects) }
	tell := func() { x.tellFetched(emit) }
	count(0, 1)
	tell()
	err = x.decider.Far.Fetch(ctx, out, x.dir, func(now int64) { count(now, 0); tell() })
	switch {
	case err == nil:
		count(out.Size, -1)
		x.mu.Lock()
		x.intact[out.Digest] = true
		x.mu.Unlock()
	case errors.Is(err, store.ErrGone):
		count(0, -1)
	default:
		x.fetcher.count(nil, 0, -1)
		if err = x.farError(err); ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}
	tell()
	return err
}

// hold waits until no other goroutine of this apply holds an object, and holds it until release is
// called.
func (f *fetcher) hold(ctx context.Context, d store.Digest) (release func(), err error) {
	mine := make(chan struct{})
	for {
		f.mu.Lock()
		other := f.held[d]
		if other == nil {
			f.held[d] = mine
		}
		f.mu.Unlock()
		if other == nil {
			break
		}
		select {
		case <-other:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.held, d)
		close(mine)
	}, nil
}

// took counts a step whose record was taken from the shared store.
func (x *executor) took(emit func(Event)) {
	x.fetcher.mu.Lock()
	x.fetcher.took++
	x.fetcher.mu.Unlock()
	x.tellFetched(emit)
}

// count sets how many bytes of an object came, and adds to the objects that are on their way. mine
// holds what was counted of that object before; nil leaves it.
func (f *fetcher) count(mine *int64, now int64, objects int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.going += objects
	if mine != nil {
		f.done += now - *mine
		*mine = now
	}
}

// tellFetched says from time to time what was fetched, and when no object is on its way any more.
func (x *executor) tellFetched(emit func(Event)) {
	f := &x.fetcher
	f.mu.Lock()
	tell := f.going == 0 || time.Since(f.told) >= tellEvery
	if tell {
		f.told = time.Now()
	}
	e := Fetched{x.decider.Far.Name(), f.done, max(f.total, f.done), f.going,
		f.took}
	f.mu.Unlock()
	if tell {
		emit(e)
	}
}

// tellEvery is the time between two events about bytes.
const tellEvery = 200 * time.Millisecond

// farError adds a hint to the error of a shared store that cannot be used. A step that the plan
// promised not to run fails by it: nobody asked for hours of work.
func (x *executor) farError(err error) error {
	if diskFull(err) || errors.Is(err, errStopped) {
		return x.writeError(err)
	}
	err = fmt.Errorf("fetch from %s: %w", x.decider.Far.Name(), err)
	return step.WithHint(err, x.goOn)
}
