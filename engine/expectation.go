package engine

import (
	"sync"
	"time"

	"snellen/engine/store"
)

// An Expectation is the time and space that a step will take: the mean of earlier steps of the same
// shape, which is their kind, tools and parameters. It is never a guess: where there were no such
// steps, nothing is expected.
type Expectation struct {
	Like  int           `json:"like"`  // number of steps that it is the mean of; 0: not known
	Took  time.Duration `json:"took"`  // of one run, nanoseconds
	Bytes int64         `json:"bytes"` // of its outputs
}

// histories caches the histories of one Decide, by shape.
type histories struct {
	mu sync.Mutex
	of map[store.Shape]store.History
}

// history returns a shape's history. It may be called from any goroutine.
func (d *Decider) history(s store.Shape) store.History {
	d.histories.mu.Lock()
	defer d.histories.mu.Unlock()
	h, ok := d.histories.of[s]
	if !ok {
		h = d.Store.History(s)
		h.Runs = append(d.behind.earlier(s), h.Runs...) // the latest count: these, if any
		d.histories.of[s] = h
	}
	return h
}

// forget drops shapes that more is known about now.
func (h *histories) forget(shapes []store.Shape) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range shapes {
		delete(h.of, s)
	}
}

// seen reports whether a step with the decision's shape and files may ever have been recorded: see
// store.History.
func (d *Decider) seen(decision *Decision) bool {
	key := decision.PartialKey()
	return d.history(key.Shape).Seen(key.Files)
}

// expect sets the expectation of each step that runs or may run. A step that is made again is
// expected to take what its record says.
func (p *Plan) expect() {
	for _, d := range p.Decisions {
		switch {
		case d.Verdict == Cached:
		case d.Record != nil:
			d.Expect = Expectation{1, d.Record.Took, d.Record.Bytes()}
		default:
			d.Expect = mean(p.decider.history(d.PartialKey().Shape).Runs)
		}
	}
}

// maxLike is how many of the latest steps count.
const maxLike = 50

// mean divides before it adds, so that no sum of large runs overflows.
func mean(runs []store.PastRun) Expectation {
	runs = runs[max(0, len(runs)-maxLike):]
	n := int64(len(runs))
	if n == 0 {
		return Expectation{}
	}
	var took time.Duration
	var size int64
	for _, r := range runs {
		took += r.Took / time.Duration(n)
		size += r.Bytes / n
	}
	return Expectation{int(n), took, size}
}

// Work is what several steps take together.
type Work struct {
	Steps   int
	Unknown []*Node       // steps without an expectation; the sums below leave them out
	Took    time.Duration // if the steps run one after another
	Wall    time.Duration // if they run in parallel, as far as pools and inputs allow
	Bytes   int64         // of outputs
}

// Forecast returns the work of a plan at least, if no step that may run does, and at most, if all
// of them do. pools are the sizes of the apply's pools.
func (p *Plan) Forecast(pools map[string]int) (least, most Work) {
	return p.work(pools, func(d *Decision) bool { return d.Verdict == Run }),
		p.work(pools, func(d *Decision) bool { return d.Verdict != Cached })
}

// work returns the work of the steps for which runs is true.
func (p *Plan) work(pools map[string]int, runs func(*Decision) bool) Work {
	var w Work
	for _, d := range p.Decisions {
		if !runs(d) {
			continue
		}
		w.Steps++
		if d.Expect.Like == 0 {
			w.Unknown = append(w.Unknown, d.Node)
		}
		w.Took += d.Expect.Took
		w.Bytes += d.Expect.Bytes
	}
	w.Wall = p.simulate(pools, runs)
	return w
}
