package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// Options say how a plan is applied.
type Options struct {
	Runners     map[string]step.Runner // by kind
	Pools       map[string]int         // how much of each pool there is
	Emit        func(Event)            // called from one goroutine, in order
	Stop        <-chan struct{}        // closed: start nothing new, and end when what runs has ended
	LockTimeout time.Duration          // how long a step that another apply runs is waited for; 0: as long as it takes
}

// ErrLockTimeout is the error of a step that another apply went on running for longer than Options.LockTimeout.
var ErrLockTimeout = errors.New("another apply is running this step")

// A Result is how an apply ended.
type Result struct {
	Decisions   []*Decision // the last word on each node, in the graph's order; a Record tells that it is done
	Ran         int         // steps that were run and recorded
	Failures    []Failed    // root causes alone
	Skipped     int         // steps below a failure
	Interrupted bool        // steps are left that were not started, or not finished, because of an interrupt

	release func()
}

// Release lets collections have what the apply relied on. The caller calls it once, when it has read all that it wants; a
// process that ends without it lets go, too.
func (r *Result) Release() { r.release() }

// A state is where a step stands. The way is waiting -> cached | queued -> running -> done | failed, waiting -> skipped
// below a failure, and back to waiting from cached, done and running when objects are found gone and are made again.
type state int

const (
	waiting state = iota
	queued
	running
	cached
	done
	failed
	skipped
)

// A scheduler is one apply. Its fields belong to the goroutine that calls loop; runs send to reports and touch nothing.
type scheduler struct {
	plan    *Plan
	options Options
	exec    *executor
	result  *Result
	state   []state
	pending []map[int]bool     // the nodes that a waiting one waits for
	again   []int              // how many times a node was made again within this apply
	forced  []bool             // a record is no excuse: its objects are gone, or a person asked for it
	planned []Verdict          // what the plan said, for a decision is taken anew
	going   map[store.Key]int  // runs under way of each key
	made    map[store.Key]made // what was run in this apply
	used    map[string]int     // of each pool
	active  int                // runs under way
	reports chan report
	stopped bool

	checking []int // the nodes that check what people gave
}

// made is what a run of this apply made. Steps that have its key and were to run are done with it, without a run of their own.
type made struct {
	address string
	record  store.Record
}

// A report is what a run tells the scheduler: an event in between, or its outcomes at the end.
type report struct {
	event    Event
	nodes    []int // set at the end
	outcomes []outcome
}

// Apply runs what the plan says must run and records it. It returns an error where it could not begin; failures of steps
// are in the result. When ctx ends, what runs is ended at once.
func (p *Plan) Apply(ctx context.Context, o Options) (*Result, error) {
	st := p.decider.Store
	if err := st.Prepare(); err != nil {
		return nil, StoreError(err, st)
	}
	dir, remove, err := st.Workspace()
	if err != nil {
		return nil, StoreError(err, st)
	}
	n := len(p.Graph.Nodes)
	s := &scheduler{
		plan: p, options: o, result: &Result{Decisions: p.Decisions, release: remove},
		exec:  newExecutor(st, p.decider.Memo, dir, o),
		state: make([]state, n), pending: make([]map[int]bool, n), again: make([]int, n), forced: make([]bool, n),
		planned: make([]Verdict, n), going: map[store.Key]int{}, made: map[store.Key]made{},
		used: map[string]int{}, reports: make(chan report),
	}
	for i, d := range p.Decisions {
		s.planned[i], s.forced[i] = d.Verdict, d.Again
	}
	if err := s.exec.rely(ctx, p.keys); err != nil {
		remove()
		return nil, StoreError(err, st)
	}
	s.loop(ctx)
	return s.result, nil
}

// StoreError says that the store cannot be written, with a hint what to do about it.
func StoreError(err error, st *store.Store) error {
	return step.WithHint(fmt.Errorf("the store cannot be written: %w", err),
		"choose another by -store DIR or SNELLEN_STORE, or make "+st.Dir()+" writable")
}

// loop is the only place where states change after the start.
func (s *scheduler) loop(ctx context.Context) {
	for i, up := range s.plan.Graph.up {
		s.pending[i] = make(map[int]bool, len(up))
		for _, u := range up {
			s.pending[i][u] = true
		}
	}
	for i, n := range s.plan.Graph.Nodes {
		if n.Check {
			s.checking = append(s.checking, i)
		}
	}
	for i, up := range s.plan.Graph.up {
		if len(up) == 0 {
			s.settle(ctx, i)
		}
	}
	stop := s.options.Stop
	for {
		s.start(ctx)
		if s.active == 0 {
			break
		}
		select {
		case r := <-s.reports:
			s.take(ctx, r)
		case <-stop:
			stop = nil
			s.halt()
		}
	}
	s.close(ctx)
}

// take is told something by a run.
func (s *scheduler) take(ctx context.Context, r report) {
	if r.nodes == nil {
		s.options.Emit(r.event)
		return
	}
	s.active--
	first := s.plan.Graph.Nodes[r.nodes[0]]
	s.used[first.Kind.Pool] -= first.weight(s.options.Pools)
	for _, i := range r.nodes {
		s.going[s.plan.Decisions[i].Key]--
	}
	for j, i := range r.nodes {
		s.end(ctx, i, r.outcomes[j])
	}
}

// halt is the first interrupt.
func (s *scheduler) halt() {
	if s.stopped {
		return
	}
	s.stopped = true
	var names []string
	for i, st := range s.state {
		if st == running {
			names = append(names, s.plan.Graph.Nodes[i].Address)
		}
	}
	s.options.Emit(Stopping{names})
}

// settle decides a node whose inputs are all there.
func (s *scheduler) settle(ctx context.Context, i int) {
	d := s.plan.Decisions[i]
	if d.Manifest == "" || s.fresh(i) {
		fresh, err := s.judge(ctx, i)
		switch {
		case err != nil && ctx.Err() != nil:
			return // close counts it as interrupted
		case err != nil:
			s.fail(i, err, "")
			return
		}
		if fresh.Again = d.Again; fresh.Again {
			fresh.Why = d.Why
		}
		s.plan.Decisions[i], d = fresh, fresh
	}
	if m, ok := s.made[d.Key]; ok && s.planned[i] != Cached {
		s.finish(ctx, i, done, m.record)
		return
	}
	// A record may be that of a run in this apply of which the report is still to come: its twins end with it.
	under := s.going[d.Key] > 0
	if d.Record != nil && !under && !s.forced[i] && !(d.Node.KeepOutputs && fault(s.exec.store, s.exec.memo, *d.Record) != "") {
		s.finish(ctx, i, cached, *d.Record)
		return
	}
	s.queue(ctx, i)
}

// fresh tells whether something that the node reads was run in this apply. Otherwise the plan's word stands, and files that
// changed since are found when the step begins.
func (s *scheduler) fresh(i int) bool {
	return slices.ContainsFunc(s.plan.Graph.up[i], func(u int) bool { return s.state[u] == done })
}

// queue makes a node run as soon as there is room, after what it reads and is gone was made again.
func (s *scheduler) queue(ctx context.Context, i int) {
	s.state[i] = queued
	n := s.plan.Graph.Nodes[i]
	for _, u := range s.plan.Graph.up[i] {
		up := s.plan.Decisions[u]
		if up.Record != nil && s.plan.decider.missing(*up.Record, n, up.Node.Address) != "" {
			s.revive(ctx, u, i)
		}
	}
}

// maxAgain ends the patience with a store that loses what was just written to it.
const maxAgain = 3

// revive makes node u run again, though it has a record, since its objects are gone and node below needs them.
func (s *scheduler) revive(ctx context.Context, u, below int) {
	if s.state[below] == skipped {
		return // something else that it reads could not be made again
	}
	s.state[below] = waiting
	s.pending[below][u] = true
	if s.state[u] != cached && s.state[u] != done {
		return // it is on its way already
	}
	address := s.plan.Graph.Nodes[u].Address
	if s.again[u]++; s.again[u] > maxAgain {
		s.fail(u, fmt.Errorf("what %s made is gone from the store as soon as it is written", address), "")
		return
	}
	s.options.Emit(Warned{address, "objects gone or damaged; made again for " + s.plan.Graph.Nodes[below].Address})
	s.forced[u] = true
	delete(s.made, s.plan.Decisions[u].Key)
	s.plan.Decisions[u].Why = because(s.plan.Graph.Nodes[u], "objects gone, needed by "+s.plan.Graph.Nodes[below].Address)
	s.queue(ctx, u)
}

// start hands queued nodes to runs while there is room, in the graph's order.
func (s *scheduler) start(ctx context.Context) {
	if s.stopped || ctx.Err() != nil {
		return
	}
	going, bad := s.checks()
	for i, st := range s.state {
		if st != queued || s.going[s.plan.Decisions[i].Key] > 0 {
			continue
		}
		n := s.plan.Graph.Nodes[i]
		if !n.Check && going {
			continue
		}
		if !n.Check && bad != "" {
			s.drop(i, bad)
			continue
		}
		if used := s.used[n.Kind.Pool]; used > 0 && used+n.weight(s.options.Pools) > s.options.Pools[n.Kind.Pool] {
			continue
		}
		nodes := s.batch(i)
		work := make([]*Decision, len(nodes))
		for j, k := range nodes {
			s.state[k] = running
			work[j] = s.plan.Decisions[k]
			s.going[work[j].Key]++
		}
		s.used[n.Kind.Pool] += n.weight(s.options.Pools)
		s.active++
		r := run{work, s.upstream(nodes), s.forced[i], func(e Event) { s.reports <- report{event: e} }}
		go func() {
			outcomes := s.exec.run(ctx, r)
			s.reports <- report{nodes: nodes, outcomes: outcomes}
		}()
	}
}

// checks reports whether a check is still to end, and returns the address of one that failed.
func (s *scheduler) checks() (going bool, bad string) {
	for _, i := range s.checking {
		switch s.state[i] {
		case waiting, queued, running:
			going = true
		case failed:
			bad = s.plan.Graph.Nodes[i].Address
		}
	}
	return going, bad
}

// batch gives i and the queued nodes that may be run in one go with it.
func (s *scheduler) batch(i int) []int {
	n := s.plan.Graph.Nodes[i]
	if _, ok := s.options.Runners[n.Kind.Name].(step.Batcher); !ok || n.Batch == "" {
		return []int{i}
	}
	var nodes []int
	for k, other := range s.plan.Graph.Nodes {
		if s.state[k] == queued && other.Batch == n.Batch && other.Kind == n.Kind && s.forced[k] == s.forced[i] && s.going[s.plan.Decisions[k].Key] == 0 {
			nodes = append(nodes, k)
		}
	}
	return nodes
}

// upstream gives the decisions on what the nodes read from, by address, as they stand now.
func (s *scheduler) upstream(nodes []int) map[string]Decision {
	up := map[string]Decision{}
	for _, i := range nodes {
		for _, u := range s.plan.Graph.up[i] {
			up[s.plan.Graph.Nodes[u].Address] = *s.plan.Decisions[u]
		}
	}
	return up
}

// weight is how much of its pool a node takes: never more than there is, so that it can run at all.
func (n *Node) weight(pools map[string]int) int {
	return max(1, min(n.Weight, pools[n.Kind.Pool]))
}

// end is the end of a run for one of its nodes.
func (s *scheduler) end(ctx context.Context, i int, o outcome) {
	switch {
	case o.record != nil && o.cached:
		s.finish(ctx, i, cached, *o.record)
	case o.record != nil:
		s.finish(ctx, i, done, *o.record)
	case len(o.gone) > 0:
		s.state[i] = waiting
		for _, address := range o.gone {
			s.revive(ctx, s.plan.Graph.index[address], i)
		}
	case ctx.Err() != nil || errors.Is(o.err, errStopped):
		s.state[i] = waiting // close counts it as interrupted
	case isDetached(o.err):
		s.state[i] = waiting
		s.halt() // it knows of the interrupt, and we may not yet
		s.options.Emit(Warned{s.plan.Graph.Nodes[i].Address, o.err.Error()})
	default:
		s.fail(i, o.err, o.log)
	}
}

func isDetached(err error) bool {
	_, ok := errors.AsType[step.Detached](err)
	return ok
}

// finish takes a node's record and settles those that waited for it alone.
func (s *scheduler) finish(ctx context.Context, i int, to state, r store.Record) {
	d := s.plan.Decisions[i]
	d.Record = &r
	s.state[i], s.forced[i] = to, false
	e := Finished{Address: d.Node.Address, Cached: to == cached, Record: r, Key: d.Key}
	if to == done {
		s.result.Ran++
		e.With = s.credit(d)
	}
	s.options.Emit(e)
	s.below(ctx, i)
	if to == done {
		s.twins(ctx, i)
	}
}

// credit remembers which step a key was run for, and gives its address to those that it was run for as well.
func (s *scheduler) credit(d *Decision) (with string) {
	if m, ok := s.made[d.Key]; ok {
		return m.address
	}
	s.made[d.Key] = made{d.Node.Address, *d.Record}
	return ""
}

// twins ends the nodes that wait to be run for a key that was just run.
func (s *scheduler) twins(ctx context.Context, i int) {
	d := s.plan.Decisions[i]
	for k, st := range s.state {
		if st == queued && s.plan.Decisions[k].Key == d.Key && s.planned[k] != Cached {
			s.finish(ctx, k, done, *d.Record)
		}
	}
}

// below settles the nodes that waited for i alone.
func (s *scheduler) below(ctx context.Context, i int) {
	for _, k := range s.plan.Graph.down[i] {
		delete(s.pending[k], i)
		if s.state[k] == waiting && len(s.pending[k]) == 0 {
			s.settle(ctx, k)
		}
	}
}

// fail ends a node for a reason of its own, and skips all below it that waits.
func (s *scheduler) fail(i int, err error, log string) {
	d := s.plan.Decisions[i]
	d.Record = nil
	s.state[i] = failed
	f := Failed{Address: d.Node.Address, Err: err, Log: log}
	s.result.Failures = append(s.result.Failures, f)
	s.options.Emit(f)
	s.skip(i, f.Address)
}

func (s *scheduler) skip(above int, because string) {
	for _, k := range s.plan.Graph.down[above] {
		if s.state[k] == waiting || s.state[k] == queued {
			s.drop(k, because)
		}
	}
}

// drop skips a node and all below it that waits.
func (s *scheduler) drop(i int, because string) {
	s.state[i] = skipped
	s.plan.Decisions[i].Record = nil
	s.result.Skipped++
	s.options.Emit(Skipped{Address: s.plan.Graph.Nodes[i].Address, Because: because})
	s.skip(i, because)
}

// close looks at what is left when nothing runs any more: only an interrupt leaves anything.
func (s *scheduler) close(ctx context.Context) {
	for i, st := range s.state {
		if st != waiting && st != queued {
			continue
		}
		if !s.stopped && ctx.Err() == nil {
			panic("BUG: nothing runs and step " + s.plan.Graph.Nodes[i].Address + " is left")
		}
		s.plan.Decisions[i].Record = nil
		s.result.Interrupted = true
	}
}
