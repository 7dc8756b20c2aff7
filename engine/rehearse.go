package engine

import (
	"container/heap"
	"time"
)

// A rehearsal goes through an apply as the scheduler would, each step taking the time that is
// expected of it.
type rehearsal struct {
	plan *Plan
	runs func(*Decision) bool

	waits []int // for each node, how many of those that it reads from have not ended
	ready *readyQueue
	going endings
	now   time.Duration
}

// rehearse returns the time at which the last step ends.
func (p *Plan) rehearse(pools map[string]int, runs func(*Decision) bool) time.Duration {
	r := &rehearsal{
		plan: p, runs: runs, waits: make([]int, len(p.Decisions)), ready: newReadyQueue(pools),
	}
	for i, up := range p.Graph.up {
		r.waits[i] = len(up)
	}
	for i, up := range p.Graph.up {
		if len(up) == 0 {
			r.enter(i)
		}
	}
	for r.begin(); len(r.going) > 0; r.begin() {
		e := heap.Pop(&r.going).(ending)
		r.ready.free(p.Graph.Nodes[e.node])
		r.now = e.at
		r.end(e.node)
	}
	return r.now
}

// enter is called when all that node i reads is there.
func (r *rehearsal) enter(i int) {
	if !r.runs(r.plan.Decisions[i]) {
		r.end(i)
		return
	}
	r.ready.push(i, r.plan.Graph.Nodes[i])
}

func (r *rehearsal) end(i int) {
	for _, k := range r.plan.Graph.down[i] {
		if r.waits[k]--; r.waits[k] == 0 {
			r.enter(k)
		}
	}
}

// begin starts what is ready and has room, in the graph's order.
func (r *rehearsal) begin() {
	any := func(int) bool { return true }
	for {
		i, ok := r.ready.pop(false, any)
		if !ok {
			return
		}
		r.ready.take(r.plan.Graph.Nodes[i])
		heap.Push(&r.going, ending{r.now + r.plan.Decisions[i].Expect.Took, i})
	}
}

// An ending is when a node's run ends.
type ending struct {
	at   time.Duration
	node int
}

// Endings are a heap, the soonest first and, of those at one time, the first in the graph.
type endings []ending

func (e endings) Len() int { return len(e) }
func (e endings) Less(i, k int) bool {
	return e[i].at < e[k].at || e[i].at == e[k].at && e[i].node < e[k].node
}
func (e endings) Swap(i, k int) { e[i], e[k] = e[k], e[i] }
func (e *endings) Push(x any)   { *e = append(*e, x.(ending)) }
func (e *endings) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
