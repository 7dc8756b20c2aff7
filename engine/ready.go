package engine

import (
	"container/heap"
	"slices"
)

// A readyQueue holds nodes that may run and says which one is next: the first, in the graph's
// order, whose pool has room.
//
// Nodes of one pool and one weight share a lane, a heap of indexes. Where the first of a lane has
// no room none of the lane has, so finding the next node looks at one node a lane, and a study has
// few lanes. Removal is lazy: a node that may no longer run stays in its lane until it comes up.
type readyQueue struct {
	pools map[string]int // how much of each pool there is
	used  map[string]int // how much of each pool is taken
	lanes []*lane
	index map[laneKey]*lane
}

type laneKey struct {
	pool   string
	weight int
	check  bool
}

type lane struct {
	laneKey
	nodes indexHeap
}

func newReadyQueue(pools map[string]int) *readyQueue {
	return &readyQueue{pools: pools, used: map[string]int{}, index: map[laneKey]*lane{}}
}

// push adds node n, whose place in the graph's order is i.
func (q *readyQueue) push(i int, n *Node) {
	key := laneKey{n.Kind.Pool, n.weightIn(q.pools), n.Check}
	l := q.index[key]
	if l == nil {
		l = &lane{laneKey: key}
		q.index[key] = l
		q.lanes = append(q.lanes, l)
	}
	heap.Push(&l.nodes, i)
}

// pop removes and returns the next node that has room. usable is asked once for each node that
// comes up; one that it refuses is removed. With checksOnly, only nodes that check count.
func (q *readyQueue) pop(checksOnly bool, usable func(i int) bool) (i int, ok bool) {
	var best *lane
	for _, l := range q.lanes {
		if checksOnly && !l.check {
			continue
		}
		if !q.room(l.pool, l.weight) || !l.usable(usable) {
			continue
		}
		if best == nil || l.nodes[0] < best.nodes[0] {
			best = l
		}
	}
	if best == nil {
		return 0, false
	}
	return heap.Pop(&best.nodes).(int), true
}

// usable drops the first nodes of a lane that may no longer run. It reports whether one is left.
func (l *lane) usable(usable func(i int) bool) bool {
	for len(l.nodes) > 0 && !usable(l.nodes[0]) {
		heap.Pop(&l.nodes)
	}
	return len(l.nodes) > 0
}

// drain removes all nodes that check nothing and returns them in the graph's order.
func (q *readyQueue) drain() []int {
	var all []int
	for _, l := range q.lanes {
		if !l.check {
			all = append(all, l.nodes...)
			l.nodes = nil
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// room reports whether a node of that weight may begin now. An empty pool has room for any.
func (q *readyQueue) room(pool string, weight int) bool {
	used := q.used[pool]
	return used == 0 || used+weight <= q.pools[pool]
}

// take and free account for a run that begins and ends.
func (q *readyQueue) take(n *Node) { q.used[n.Kind.Pool] += n.weightIn(q.pools) }
func (q *readyQueue) free(n *Node) { q.used[n.Kind.Pool] -= n.weightIn(q.pools) }

// weightIn returns how much of its pool a node takes: never more than there is, so that it can
// run at all.
func (n *Node) weightIn(pools map[string]int) int {
	return max(1, min(n.Weight, pools[n.Kind.Pool]))
}

// An indexHeap is a heap of places in the graph's order, the first on top.
type indexHeap []int

func (h indexHeap) Len() int           { return len(h) }
func (h indexHeap) Less(i, k int) bool { return h[i] < h[k] }
func (h indexHeap) Swap(i, k int)      { h[i], h[k] = h[k], h[i] }
func (h *indexHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *indexHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
