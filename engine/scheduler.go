package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"snellen/engine/step"
	"snellen/engine/store"
)

// The approach: one goroutine, in loop, owns all of a scheduler and is the only one to change a
// state. Runs are goroutines that receive a value and send reports; they touch nothing here. A node
// waits until all that it reads is there, is then decided by the same function that made the plan,
// and is finished at once or queued. After every report, start hands queued nodes to runs.
//
// Every change of a state goes through set, which refuses those that cannot be and keeps the queues
// and counts beside the states. So a report costs what it changes and no walk over all nodes: a run
// of n steps takes time in proportion to n.
//
// The order of starts is a function of the graph and of the order of reports: of several nodes that
// have room, the first in the graph begins. So two applies of one plan differ only by how long
// their steps take, and a person finds the same steps at the top of both logs.

// A state is where a node stands.
type state int

const (
	waiting  state = iota // something that it reads is not there yet, or not decided yet
	queued                // decided to run: it waits for room in its pool, or for a run of its key
	fetching              // its record, or what people read of it, is on its way from the shared store
	running               // handed to a run that has not ended
	cached                // it has a record that was there before, or that another apply made
	done                  // it has a record that this apply made
	failed                // it failed for a reason of its own; final
	skipped               // something that it reads failed, or a check did; final
)

func (s state) String() string {
	return [...]string{"waiting", "queued", "fetching", "running", "cached", "done", "failed", "skipped"}[s]
}

// nextStates are the changes that can be. The usual way is waiting, queued, running, done. The way
// back from cached and done is for objects that are gone and are made again; the way back to
// waiting is for what needs those, and for runs that an interrupt ended.
var nextStates = [...][]state{
	waiting:  {queued, fetching, cached, done, failed, skipped},
	queued:   {running, waiting, done, skipped},
	fetching: {cached, queued, failed, waiting},
	running:  {cached, done, failed, waiting},
	cached:   {queued, failed},
	done:     {queued, failed},
	failed:   {},
	skipped:  {},
}

// A scheduler is one apply. Its fields belong to the goroutine that calls loop.
type scheduler struct {
	plan    *Plan
	options Options
	exec    *executor
	do      func(context.Context, run) []outcome // exec.run, but in benchmarks
	result  *Result
	near    context.Context // of what is fetched: it ends with the first interrupt
	away    context.CancelCauseFunc

	state    []state
	pending  []map[int]bool // what a waiting node waits for
	remade   []int          // how many times a node was made again within this apply
	forced   []bool         // run despite a record: its objects are gone, or a person asked for it
	planned  []Verdict      // of the plan, since decisions are made anew
	underWay map[int]bool   // the nodes that are running

	ready   *readyQueue
	batches map[batchKey][]int  // queued nodes that may share a run; some have left since
	twins   map[store.Key][]int // queued nodes by key; some have left since
	parked  map[store.Key][]int // queued nodes whose key is being run
	going   map[store.Key]int   // runs under way of each key
	made    map[store.Key]made  // what this apply ran

	openChecks  int // checks that have not ended
	failedCheck int // the last in the graph that failed; -1: none

	active  int // runs under way
	reports chan report
	stopped bool
}

// A batchKey is what nodes share that may be run together.
type batchKey struct {
	kind *step.Kind
	name string
}

// made is what a run of this apply made. Nodes of the same key that were to run are finished with
// it, without a run of their own.
type made struct {
	address string
	record  store.Record
}

// A report is what a run sends: an event in between, or its outcomes at the end.
type report struct {
	event    Event
	nodes    []int // set at the end
	outcomes []outcome
	fetched  bool // it had no room in a pool
}

func newScheduler(p *Plan, o Options, exec *executor) *scheduler {
	n := len(p.Graph.Nodes)
	s := &scheduler{
		plan: p, options: o, exec: exec, do: exec.run,
		result: &Result{Decisions: p.Decisions},
		state:  make([]state, n), pending: make([]map[int]bool, n), remade: make([]int, n),
		forced: make([]bool, n), planned: make([]Verdict, n), underWay: map[int]bool{},
		ready: newReadyQueue(o.Pools), batches: map[batchKey][]int{},
		twins: map[store.Key][]int{}, parked: map[store.Key][]int{},
		going: map[store.Key]int{}, made: map[store.Key]made{},
		failedCheck: -1, reports: make(chan report),
	}
	for i, d := range p.Decisions {
		s.planned[i], s.forced[i] = d.Verdict, d.Again
		if d.Node.Check {
			s.openChecks++
		}
		s.pending[i] = make(map[int]bool, len(p.Graph.up[i]))
		for _, u := range p.Graph.up[i] {
			s.pending[i][u] = true
		}
	}
	return s
}

// set is the only place that changes a state.
func (s *scheduler) set(i int, to state) {
	n, from := s.plan.Graph.Nodes[i], s.state[i]
	if !slices.Contains(nextStates[from], to) {
		panic(fmt.Sprintf("BUG: step %s goes from %s to %s", n.Address, from, to))
	}
	s.state[i] = to
	switch to {
	case queued:
		s.enqueue(i)
	case running:
		s.underWay[i] = true
	}
	if from == running {
		delete(s.underWay, i)
	}
	if !n.Check {
		return
	}
	if from.open() && !to.open() {
		s.openChecks--
	} else if !from.open() && to.open() {
		s.openChecks++
	}
	if to == failed {
		s.failedCheck = max(s.failedCheck, i)
	}
}

// open reports whether a node of this state may still run.
func (s state) open() bool { return s <= running }

// enqueue puts a node into the queues. A node that leaves the state queued stays in them, and is
// passed over when it comes up.
func (s *scheduler) enqueue(i int) {
	n, key := s.plan.Graph.Nodes[i], s.plan.Decisions[i].Key
	s.ready.push(i, n)
	s.twins[key] = append(s.twins[key], i)
	if s.batched(n) {
		k := batchKey{n.Kind, n.Batch}
		s.batches[k] = append(s.batches[k], i)
	}
}

// batched reports whether a node may be run together with others.
func (s *scheduler) batched(n *Node) bool {
	_, ok := s.options.Runners[n.Kind.Name].(step.Batcher)
	return ok && n.Batch != ""
}

func (s *scheduler) loop(ctx context.Context) {
	s.near, s.away = context.WithCancelCause(ctx)
	defer s.away(nil)
	for i, up := range s.plan.Graph.up {
		if len(up) == 0 && s.state[i] == waiting {
			s.decideReady(ctx, i)
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
			s.receive(ctx, r)
		case <-stop:
			stop = nil
			s.halt()
		}
	}
	s.close(ctx)
}

// receive handles a report of a run.
func (s *scheduler) receive(ctx context.Context, r report) {
	if r.nodes == nil {
		s.options.Emit(r.event)
		return
	}
	s.active--
	if !r.fetched {
		s.ready.free(s.plan.Graph.Nodes[r.nodes[0]])
	}
	for _, i := range r.nodes {
		key := s.plan.Decisions[i].Key
		if s.going[key]--; s.going[key] == 0 {
			delete(s.going, key)
			for _, k := range s.parked[key] {
				s.ready.push(k, s.plan.Graph.Nodes[k])
			}
			delete(s.parked, key)
		}
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
	s.away(errStopped)
	var names []string
	for _, i := range slices.Sorted(maps.Keys(s.underWay)) {
		names = append(names, s.plan.Graph.Nodes[i].Address)
	}
	s.options.Emit(Stopping{names})
}

// decideReady decides a node whose inputs are all there.
func (s *scheduler) decideReady(ctx context.Context, i int) {
	d := s.plan.Decisions[i]
	if d.Manifest == "" || s.changedAbove(i) {
		fresh, err := s.decideNode(ctx, i)
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
	switch {
	case !s.usable(i):
		s.queue(ctx, i)
	case s.exec.remote(d):
		s.fetch(i)
	default:
		s.finish(ctx, i, cached, *d.Record)
	}
}

// fetch begins to fetch a node's record from the shared store, or what people read of it. It takes
// no room in a pool.
func (s *scheduler) fetch(i int) {
	if s.stopped {
		return // close counts it as interrupted
	}
	d := s.plan.Decisions[i]
	s.set(i, fetching)
	s.going[d.Key]++ // its twins wait, and then find the record
	s.active++
	r := run{
		work: []*Decision{d},
		emit: func(e Event) { s.reports <- report{event: e} },
	}
	go func() {
		o := s.exec.fetch(s.near, r)
		s.reports <- report{nodes: []int{i}, outcomes: []outcome{o}, fetched: true}
	}()
}

// runInstead makes a node run whose objects the shared store turned out not to have.
func (s *scheduler) runInstead(ctx context.Context, i int) {
	d := s.plan.Decisions[i]
	d.Far, s.forced[i] = false, true
	d.Why = because(d.Node, "objects gone from the shared store, or damaged there")
	s.options.Emit(Warned{d.Node.Address, "objects gone from the shared store, or damaged there; " +
		"made again"})
	s.queue(ctx, i)
}

// usable reports whether a node may be finished with the record that it has. While a run of its key
// is under way, the record may be that run's: then the node ends with the run's report, as a twin.
func (s *scheduler) usable(i int) bool {
	d := s.plan.Decisions[i]
	if d.Record == nil || s.going[d.Key] > 0 || s.forced[i] {
		return false
	}
	return !d.Node.KeepOutputs || s.plan.decider.fault(d.Node, *d.Record) == ""
}

// changedAbove reports whether this apply ran something that the node reads. Otherwise the plan's
// decision stands, and files that changed since are found when the step begins.
func (s *scheduler) changedAbove(i int) bool {
	return slices.ContainsFunc(s.plan.Graph.up[i], func(u int) bool { return s.state[u] == done })
}

// queue makes a node run as soon as there is room, after missing objects that it reads were made
// again.
func (s *scheduler) queue(ctx context.Context, i int) {
	s.set(i, queued)
	n := s.plan.Graph.Nodes[i]
	for _, u := range s.plan.Graph.up[i] {
		up := s.plan.Decisions[u]
		if up.Record != nil && s.plan.decider.missing(*up.Record, n, up.Node.Address) != "" {
			s.revive(ctx, u, i)
		}
	}
}

// maxRemade is how often a node is made again before the store counts as one that loses what is
// written to it.
const maxRemade = 3

// revive makes node u run again, though it has a record: its objects are gone, and the node below
// needs them.
func (s *scheduler) revive(ctx context.Context, u, below int) {
	address := s.plan.Graph.Nodes[u].Address
	switch {
	case s.state[below] == skipped:
		return // something else that it reads could not be made again
	case s.state[u] == failed || s.state[u] == skipped:
		s.drop(below, address) // it was tried already, for another node
		return
	case s.state[below] != waiting:
		s.set(below, waiting)
	}
	s.pending[below][u] = true
	if s.state[u] != cached && s.state[u] != done {
		return // it is on its way already
	}
	if s.remade[u]++; s.remade[u] > maxRemade {
		err := fmt.Errorf("what %s made is gone from the store as soon as it is written", address)
		s.fail(u, err, "")
		return
	}
	reader := s.plan.Graph.Nodes[below].Address
	s.options.Emit(Warned{address, "objects gone or damaged; made again for " + reader})
	s.forced[u] = true
	d := s.plan.Decisions[u]
	delete(s.made, d.Key)
	d.Why = because(d.Node, "objects gone, needed by "+reader)
	s.queue(ctx, u)
}

// start hands queued nodes to runs while there is room, in the graph's order. Until all checks have
// ended only checks begin; where one failed, all others are skipped.
func (s *scheduler) start(ctx context.Context) {
	if s.stopped || ctx.Err() != nil {
		return
	}
	checking := s.openChecks > 0
	if !checking && s.failedCheck >= 0 {
		for _, i := range s.ready.drain() {
			if s.startable(i) {
				s.drop(i, s.plan.Graph.Nodes[s.failedCheck].Address)
			}
		}
	}
	for {
		i, ok := s.ready.pop(checking, s.startable)
		if !ok {
			return
		}
		s.startRun(ctx, i)
	}
}

// startable reports whether a node that came up in a queue may begin. One whose key is being run is
// parked until that run ends.
func (s *scheduler) startable(i int) bool {
	if s.state[i] != queued {
		return false
	}
	key := s.plan.Decisions[i].Key
	if s.going[key] > 0 {
		s.parked[key] = append(s.parked[key], i)
		return false
	}
	return true
}

// startRun begins a run of node i and of those that may be run with it.
func (s *scheduler) startRun(ctx context.Context, i int) {
	nodes := s.batch(i)
	work := make([]*Decision, len(nodes))
	for j, k := range nodes {
		s.set(k, running)
		work[j] = s.plan.Decisions[k]
	}
	for _, d := range work { // afterwards: twins within one batch are run together
		s.going[d.Key]++
	}
	s.ready.take(s.plan.Graph.Nodes[i])
	s.active++
	r := run{
		work: work, up: s.upstream(nodes), forced: s.forced[i],
		emit: func(e Event) { s.reports <- report{event: e} },
	}
	go func() {
		outcomes := s.do(ctx, r)
		s.reports <- report{nodes: nodes, outcomes: outcomes}
	}()
}

// batch returns i and the queued nodes that may be run together with it, in the graph's order.
func (s *scheduler) batch(i int) []int {
	n := s.plan.Graph.Nodes[i]
	if !s.batched(n) {
		return []int{i}
	}
	key := batchKey{n.Kind, n.Batch}
	var nodes, rest []int
	for _, k := range s.batches[key] {
		switch {
		case s.state[k] != queued:
		case s.forced[k] == s.forced[i] && s.going[s.plan.Decisions[k].Key] == 0:
			nodes = append(nodes, k)
		default:
			rest = append(rest, k)
		}
	}
	s.batches[key] = rest
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

// upstream returns the present decisions on what the nodes read from, by address.
func (s *scheduler) upstream(nodes []int) map[string]Decision {
	up := map[string]Decision{}
	for _, i := range nodes {
		for _, u := range s.plan.Graph.up[i] {
			up[s.plan.Graph.Nodes[u].Address] = *s.plan.Decisions[u]
		}
	}
	return up
}

// end handles the outcome of a run for one of its nodes.
func (s *scheduler) end(ctx context.Context, i int, o outcome) {
	switch {
	case o.record != nil && o.cached:
		s.finish(ctx, i, cached, *o.record)
	case o.record != nil:
		s.finish(ctx, i, done, *o.record)
	case len(o.gone) > 0 && s.state[i] == fetching:
		s.runInstead(ctx, i)
	case len(o.gone) > 0:
		s.set(i, waiting)
		for _, address := range o.gone {
			s.revive(ctx, s.plan.Graph.index[address], i)
		}
	case ctx.Err() != nil || errors.Is(o.err, errStopped):
		s.set(i, waiting) // close counts it as interrupted
	case isDetached(o.err):
		s.set(i, waiting)
		s.halt() // the runner knows of the interrupt, perhaps before this goroutine does
		s.options.Emit(Warned{s.plan.Graph.Nodes[i].Address, o.err.Error()})
	default:
		s.fail(i, o.err, o.log)
	}
}

func isDetached(err error) bool {
	_, ok := errors.AsType[step.Detached](err)
	return ok
}

// finish sets the record of a node and decides the nodes that waited for it alone.
func (s *scheduler) finish(ctx context.Context, i int, to state, r store.Record) {
	d := s.plan.Decisions[i]
	if d.Far && to == cached {
		s.exec.took(s.options.Emit)
	}
	d.Record, d.Far, d.Fetch = &r, false, 0
	s.forced[i] = false
	s.set(i, to)
	e := Finished{Address: d.Node.Address, Cached: to == cached, Record: r, Key: d.Key}
	if to == done {
		s.result.Ran++
		if e.With = s.credit(d); e.With != "" {
			s.result.Shared++
		}
	}
	s.options.Emit(e)
	for _, k := range s.plan.Graph.down[i] {
		delete(s.pending[k], i)
		if s.state[k] == waiting && len(s.pending[k]) == 0 {
			s.decideReady(ctx, k)
		}
	}
	if to == done {
		s.finishTwins(ctx, d)
	}
}

// credit remembers which step a key was run for. It returns that step's address to the others that
// the key was run for as well.
func (s *scheduler) credit(d *Decision) (with string) {
	if m, ok := s.made[d.Key]; ok {
		return m.address
	}
	s.made[d.Key] = made{d.Node.Address, *d.Record}
	return ""
}

// finishTwins finishes the nodes that were queued for the key that was just run.
func (s *scheduler) finishTwins(ctx context.Context, d *Decision) {
	twins := s.twins[d.Key]
	delete(s.twins, d.Key)
	slices.Sort(twins)
	for _, k := range slices.Compact(twins) {
		switch {
		case s.state[k] != queued:
		case s.planned[k] != Cached:
			s.finish(ctx, k, done, *d.Record)
		default:
			s.twins[d.Key] = append(s.twins[d.Key], k)
		}
	}
}

// fail ends a node for a reason of its own, and skips all nodes below it.
func (s *scheduler) fail(i int, err error, log string) {
	d := s.plan.Decisions[i]
	d.Record = nil
	s.set(i, failed)
	f := Failed{Address: d.Node.Address, Err: err, Log: log}
	s.result.Failures = append(s.result.Failures, f)
	s.options.Emit(f)
	s.skipBelow(i, f.Address)
}

func (s *scheduler) skipBelow(above int, because string) {
	for _, k := range s.plan.Graph.down[above] {
		if s.state[k] == waiting || s.state[k] == queued {
			s.drop(k, because)
		}
	}
}

// drop skips a node and all nodes below it that have not begun.
func (s *scheduler) drop(i int, because string) {
	s.set(i, skipped)
	s.plan.Decisions[i].Record = nil
	s.result.Skipped++
	s.options.Emit(Skipped{Address: s.plan.Graph.Nodes[i].Address, Because: because})
	s.skipBelow(i, because)
}

// close accounts for the nodes that are left when nothing runs any more. Only an interrupt leaves
// any.
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
