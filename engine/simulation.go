package engine

import (
	"container/heap"
	"time"
)

// A simulation goes through an apply as the scheduler does, where each step takes its expected
// time.
type simulation struct {
	plan *Plan
	runs func(*Decision) bool

	waits   []int // for each node, how many of the nodes that it reads from have not ended
	ready   *readyQueue
	running endings
	now     time.Duration // since the start of the apply
}

// simulate returns the time from the start of an apply to the end of its last step. It simulates
// the steps for which runs is true; the others take no time.
func (p *Plan) simulate(pools map[string]int, runs func(*Decision) bool) time.Duration {
	s := &simulation{
		plan: p, runs: runs, waits: make([]int, len(p.Decisions)), ready: newReadyQueue(pools),
	}
	for i, up := range p.Graph.up {
		s.waits[i] = len(up)
	}
	for i, up := range p.Graph.up {
		if len(up) == 0 {
			s.enter(i)
		}
	}
	for s.begin(); len(s.running) > 0; s.begin() {
		e := heap.Pop(&s.running).(ending)
		s.ready.free(p.Graph.Nodes[e.node])
		s.now = e.at
		s.end(e.node)
	}
	return s.now
}

// enter is called when all nodes that node i reads from have ended.
func (s *simulation) enter(i int) {
	if !s.runs(s.plan.Decisions[i]) {
		s.end(i)
		return
	}
	s.ready.push(i, s.plan.Graph.Nodes[i])
}

// end is called when node i has ended.
func (s *simulation) end(i int) {
	for _, k := range s.plan.Graph.down[i] {
		if s.waits[k]--; s.waits[k] == 0 {
			s.enter(k)
		}
	}
}

// begin starts the ready nodes whose pools have room, in the graph's order.
func (s *simulation) begin() {
	any := func(int) bool { return true }
	for {
		i, ok := s.ready.pop(false, any)
		if !ok {
			return
		}
		s.ready.take(s.plan.Graph.Nodes[i])
		heap.Push(&s.running, ending{s.now + s.plan.Decisions[i].Expect.Took, i})
	}
}

// An ending is the time at which a node's run ends.
type ending struct {
	at   time.Duration
	node int
}

// endings is a heap, the earliest on top. Of several at one time, the first in the graph is.
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
