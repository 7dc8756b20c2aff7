package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"snellen/engine/store"
)

// A Pulled says what a Pull found and fetched. Steps of one key have one result.
type Pulled struct {
	Here        int      // results that were here, with all that they made
	Fetched     int      // results that were fetched, or something of them
	Bytes       int64    // of objects that were fetched
	Incomplete  []string // addresses of results with outputs that neither store has
	None        []string // addresses of steps without a result in either store
	Interrupted bool     // an interrupt left some
}

// Pull fetches the results that the shared store has of the plan's steps: records, all outputs and
// logs. An apply fetches what people read, and what steps that run read. It runs nothing.
//
// When Stop is closed, Pull ends soon; what was fetched stays. An error comes with what was done
// before it. Emit is called from any goroutine, one call at a time.
func (p *Plan) Pull(ctx context.Context, o Options) (*Pulled, error) {
	st := p.decider.Store
	dir, remove, err := workspace(st)
	if err != nil {
		return nil, err
	}
	defer remove()
	l := &puller{
		x: newExecutor(p.decider, dir, o), pulled: &Pulled{}, emit: o.Emit,
		claimed: map[store.Digest]bool{}, wanted: map[*Decision][]store.Output{},
		fetched: map[*Decision]bool{},
	}
	l.x.goOn = "what was fetched stays: pull again when it can be reached"
	if err := l.x.rely(ctx, p.keys); err != nil {
		return nil, StoreError(err, st)
	}
	list := l.list(ctx, p)
	if err := p.Outage(); err != nil {
		return l.pulled, l.x.farError(err)
	}
	near, away := context.WithCancelCause(ctx)
	defer away(nil)
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-o.Stop:
			away(errStopped)
		case <-over:
		}
	}()
	err = l.all(near, away, list)
	l.settle(list)
	if errors.Is(err, errStopped) {
		l.pulled.Interrupted, err = true, nil
	}
	return l.pulled, err
}

// A puller carries out a Pull.
type puller struct {
	x *executor

	mu      sync.Mutex // guards what follows, and is held while emit is called
	pulled  *Pulled
	emit    func(Event)
	claimed map[store.Digest]bool        // objects that somebody fetches: results share some
	wanted  map[*Decision][]store.Output // what was missing of a result
	fetched map[*Decision]bool           // whose record or log was fetched
}

// list returns the decisions to pull, one for each key, and asks for what the plan did not: the
// records of steps that have one here, but not all that it names.
func (l *puller) list(ctx context.Context, p *Plan) (list []*Decision) {
	seen := map[store.Key]bool{}
	var ask []store.Key
	for _, d := range p.Decisions {
		if d.Record == nil {
			l.pulled.None = append(l.pulled.None, d.Node.Address)
			continue
		}
		if seen[d.Key] {
			continue
		}
		seen[d.Key] = true
		list = append(list, d)
		if !d.Far && (len(l.lacks(*d.Record)) > 0 || !l.hasLog(*d.Record)) {
			ask = append(ask, d.Key)
		}
	}
	p.decider.behind.ask(ctx, ask, nil)
	counted := map[store.Digest]bool{}
	for _, d := range list {
		for _, out := range l.lacks(*d.Record) {
			if !counted[out.Digest] && p.decider.behind.has(out) {
				counted[out.Digest] = true
				l.x.fetcher.total += out.Size
			}
		}
	}
	return list
}

// lacks returns the outputs of a record that are not here, or damaged.
func (l *puller) lacks(r store.Record) (list []store.Output) {
	for _, out := range r.Outputs {
		if l.x.store.Fault(out, r.Ended, l.x.memo) != "" {
			list = append(list, out)
		}
	}
	return list
}

// hasLog reports whether the log of a record is here.
func (l *puller) hasLog(r store.Record) bool {
	_, err := os.Lstat(l.x.store.Path(r.Log))
	return err == nil
}

// all pulls a list, many at once. It returns the first error.
func (l *puller) all(ctx context.Context, cancel context.CancelCauseFunc, list []*Decision) error {
	next := make(chan *Decision)
	var all sync.WaitGroup
	for range min(maxFetches, len(list)) {
		all.Go(func() {
			for d := range next {
				if err := l.one(ctx, d); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, d := range list {
		select {
		case <-l.x.options.Stop:
			cancel(errStopped)
		default:
		}
		if ctx.Err() != nil {
			break
		}
		next <- d
	}
	close(next)
	all.Wait()
	return context.Cause(ctx)
}

// one pulls what is missing of one step's result.
func (l *puller) one(ctx context.Context, d *Decision) error {
	x := l.x
	tell := func(e Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.emit(e)
	}
	unlock, err := x.lock(ctx, run{work: []*Decision{d}, emit: tell})
	if err != nil {
		return err
	}
	defer unlock()
	record, err := x.store.Lookup(d.Key)
	if err != nil {
		record = *d.Record
		if err := x.commit(ctx, d, record); err != nil {
			return err
		}
		l.count(d, 0)
	}
	err = x.fetchAll(ctx, l.claim(d, l.lacks(record)), tell)
	if err != nil && !errors.Is(err, store.ErrGone) {
		return err
	}
	size, err := l.log(ctx, record)
	if size > 0 {
		l.count(d, size)
	}
	return err
}

// claim returns those objects that nobody fetches yet and that can be had. It remembers what the
// result lacks.
func (l *puller) claim(d *Decision, missing []store.Output) (list []store.Output) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wanted[d] = missing
	for _, out := range missing {
		if !l.claimed[out.Digest] && l.x.decider.behind.has(out) {
			l.claimed[out.Digest] = true
			list = append(list, out)
		}
	}
	return list
}

// count counts a result whose record or log was fetched.
func (l *puller) count(d *Decision, bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fetched[d] = true
	l.pulled.Bytes += bytes
}

// settle counts results, when all is over. What a result lacks may have come for another one.
func (l *puller) settle(list []*Decision) {
	x := l.x
	l.pulled.Bytes += x.fetcher.done
	for _, d := range list {
		missing, begun := l.wanted[d]
		got, lost := l.fetched[d], false
		for _, out := range missing {
			got = got || x.intact[out.Digest]
			lost = lost || !x.intact[out.Digest] && !x.decider.behind.has(out)
		}
		switch {
		case got:
			l.pulled.Fetched++
		case begun && len(missing) == 0:
			l.pulled.Here++
		}
		if lost {
			l.pulled.Incomplete = append(l.pulled.Incomplete, d.Node.Address)
		}
	}
}

// log fetches a record's log, if it is not here and can be had, and returns its size.
func (l *puller) log(ctx context.Context, r store.Record) (int64, error) {
	x := l.x
	if l.hasLog(r) {
		return 0, nil
	}
	data, err := x.decider.Far.Log(ctx, r.Log)
	switch {
	case errors.Is(err, store.ErrGone):
		return 0, nil
	case err != nil && ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case err != nil:
		return 0, x.farError(err)
	}
	release, err := x.store.Hold(ctx)
	if err != nil {
		return 0, x.writeError(err)
	}
	defer release()
	if _, err := x.store.PutBytes(data); err != nil {
		return 0, x.writeError(fmt.Errorf("keep a log: %w", err))
	}
	return int64(len(data)), nil
}
