package engine

import (
	"sync"
	"time"

	"snellen/engine/store"
)

// An Expectation is what a step will take, by what like steps took: those of the same kind, tools
// and parameters. It is never a guess: where there were none, nothing is expected.
type Expectation struct {
	Like  int           `json:"like"`  // how many steps it is the mean of; 0 is: not known
	Took  time.Duration `json:"took"`  // of one run, nanoseconds
	Bytes int64         `json:"bytes"` // of its outputs
}

// histories are the histories that were asked for, by shape.
type histories struct {
	mu sync.Mutex
	of map[store.Shape]store.History
}

func (d *Decider) history(s store.Shape) store.History {
	d.histories.mu.Lock()
	defer d.histories.mu.Unlock()
	h, ok := d.histories.of[s]
	if !ok {
		h = d.Store.History(s)
		d.histories.of[s] = h
	}
	return h
}

// seen reports whether a record like that of d may have been made before: see store.History.
func (d *Decider) seen(of *Decision) bool {
	key := of.partialKey()
	return d.history(key.Shape).Seen(key.Files)
}

// expect fills in what each step that runs or may will take.
func (p *Plan) expect() {
	for _, d := range p.Decisions {
		switch {
		case d.Verdict == Cached:
		case d.Record != nil:
			d.Expect = Expectation{1, d.Record.Took, d.Record.Bytes()}
		default:
			d.Expect = mean(p.decider.history(d.partialKey().Shape).Runs)
		}
	}
}

// maxLike is how many of the latest like steps count.
const maxLike = 50

func mean(pasts []store.PastRun) Expectation {
	pasts = pasts[max(0, len(pasts)-maxLike):]
	n := int64(len(pasts))
	if n == 0 {
		return Expectation{}
	}
	var took time.Duration
	var size int64
	for _, p := range pasts {
		took += p.Took / time.Duration(n)
		size += p.Bytes / n
	}
	return Expectation{int(n), took, size}
}

// Work is what a number of steps take together.
type Work struct {
	Steps   int
	Unknown []*Node       // steps of which nothing is expected; they are in no sum below
	Took    time.Duration // one by one
	Wall    time.Duration // side by side, as far as pools and inputs allow
	Bytes   int64
}

// Forecast returns what a plan takes at least, if all that may run is cached, and at most. pools
// are those of the apply.
func (p *Plan) Forecast(pools map[string]int) (least, most Work) {
	return p.work(pools, func(d *Decision) bool { return d.Verdict == Run }),
		p.work(pools, func(d *Decision) bool { return d.Verdict != Cached })
}

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
	w.Wall = p.rehearse(pools, runs)
	return w
}
