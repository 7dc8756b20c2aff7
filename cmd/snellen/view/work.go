package view

import (
	"time"

	"snellen/engine"
)

// Work is what a run may have to do, and what that is expected to take.
type Work struct {
	steps map[string]*expectedStep // by address
	pools map[string]int           // how much of each runs at once
	kinds map[string]*spent        // steps of this run that have ended, by kind
}

// An expectedStep is one step of a Work. Its time is 0 where nothing like it was run before.
type expectedStep struct {
	kind, pool string
	weight     int
	time       time.Duration
	ended      bool
}

// A spent sums up the times of steps.
type spent struct {
	steps int
	sum   time.Duration
}

// PlannedWork returns the work of a plan, if all steps run that may.
func PlannedWork(plan *engine.Plan, pools map[string]int) *Work {
	var list []*engine.Decision
	for _, d := range plan.Decisions {
		if d.Verdict != engine.Cached {
			list = append(list, d)
		}
	}
	return newWork(list, pools, func(d *engine.Decision) time.Duration { return d.Expect.Took })
}

// RepeatedWork returns the work of steps that are run again, as their records have it.
func RepeatedWork(steps []*engine.Decision, pools map[string]int) *Work {
	return newWork(steps, pools, func(d *engine.Decision) time.Duration { return d.Record.Took })
}

func newWork(list []*engine.Decision, pools map[string]int,
	takes func(*engine.Decision) time.Duration) *Work {
	w := &Work{map[string]*expectedStep{}, pools, map[string]*spent{}}
	for _, d := range list {
		w.steps[d.Node.Address] = &expectedStep{kind: d.Node.Kind.Name, pool: d.Node.Kind.Pool,
			weight: max(d.Node.Weight, 1), time: takes(d)}
	}
	return w
}

// end is called when a step has ended, after that time; 0 is not known.
func (w *Work) end(address string, after time.Duration) {
	s := w.steps[address]
	if s == nil || s.ended {
		return
	}
	s.ended = true
	if after > 0 {
		k := w.kinds[s.kind]
		if k == nil {
			k = &spent{}
			w.kinds[s.kind] = k
		}
		k.steps, k.sum = k.steps+1, k.sum+after
	}
}

// left returns how long the rest will take, and whether that is all of it: steps without a known
// time are left out. A running step's own rate counts first, then what like steps took before,
// then what others of its kind took in this run. It is no less than the longest step, and no less
// than what a pool has to do: how steps wait for each other is not looked at.
func (w *Work) left(running []*current, now time.Time) (rest time.Duration, all bool) {
	all = true
	going := map[string]*current{}
	for _, c := range running {
		going[c.address] = c
	}
	sums := map[string]time.Duration{} // by pool, of steps that take one of it
	for address, s := range w.steps {
		if s.ended {
			continue
		}
		d, known := w.takes(s), true
		if c := going[address]; c != nil {
			d, known = c.left(d, now)
		} else {
			known = d > 0
		}
		all = all && known
		rest = max(rest, d)
		sums[s.pool] += d * time.Duration(min(s.weight, max(w.pools[s.pool], 1)))
	}
	for pool, sum := range sums {
		rest = max(rest, sum/time.Duration(max(w.pools[pool], 1)))
	}
	return rest, all
}

// takes returns how long a step takes from its start, or 0 where nothing is known.
func (w *Work) takes(s *expectedStep) time.Duration {
	if k := w.kinds[s.kind]; s.time == 0 && k != nil {
		return k.sum / time.Duration(k.steps)
	}
	return s.time
}

// left returns how long a running step of that expected time goes on, and whether that is known.
func (c *current) left(takes time.Duration, now time.Time) (time.Duration, bool) {
	gone := now.Sub(c.since)
	if share := c.share(); share > minShare && gone > time.Second && !c.anew {
		return time.Duration(float64(gone) * (1 - share) / share), true
	}
	return max(takes-gone, 0), takes > 0
}

// minShare is how much of a step must be done before its time is computed from that.
const minShare = 0.05

// leftText says how long the rest will take: "about 3 min left". It is "" while nothing is known.
func (w *Work) leftText(running []*current, now time.Time) string {
	rest, all := w.left(running, now)
	switch {
	case rest < time.Second:
		return ""
	case all:
		return "about " + Roughly(rest) + " left"
	}
	return "more than " + Roughly(rest) + " left"
}
