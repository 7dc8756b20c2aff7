package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/engine/store"
)

// A Grade says how close a step's second run is to its record.
type Grade int

// The grades. SameNumbers is a step with other bytes but the same numbers: no value in any of its
// JSON outputs differs.
const (
	BitExact Grade = iota
	SameNumbers
	Differs
)

func (g Grade) String() string { return [...]string{"bit-exact", "same numbers", "differs"}[g] }

// Verified: a step was run again, and compared with its record.
type Verified struct {
	Address    string
	Key        store.Key
	Grade      Grade
	Output     string                  // the first, by name, whose bytes differ; or ""
	Difference string                  // "summary.json: accuracy 0.8 -> 0.7"; or ""
	Outputs    map[string]store.Digest // of the second run, in the form of a Pin
	Took       time.Duration           // of the second run
}

func (Verified) event() {}

// A Verification is the result of Verify.
type Verification struct {
	Steps       []Verified // in the graph's order
	Failures    []Failed   // steps that could not be run again
	Interrupted bool
}

// Verify runs steps again that have a record, each from its recorded inputs in a new private
// folder, and compares what it makes with the record. It records nothing. No step waits for
// another: one that differs does not change the inputs of the steps downstream.
//
// Verify returns when all steps have ended. It returns an error only where it could not begin;
// steps that fail are in the result. Stop and ctx mean what they mean in Apply.
func (p *Plan) Verify(ctx context.Context, steps []*Decision, o Options) (*Verification, error) {
	st := p.decider.Store
	dir, remove, err := workspace(st)
	if err != nil {
		return nil, err
	}
	defer remove()
	v := &verifier{
		plan: p, options: o, exec: newExecutor(p.decider, dir, o), steps: steps,
		ready: newReadyQueue(o.Pools), reports: make(chan verified), result: &Verification{},
	}
	if err := v.exec.rely(ctx, p.keys); err != nil {
		return nil, StoreError(err, st)
	}
	v.loop(ctx)
	return v.result, nil
}

// A verifier is the state of one Verify. Only the goroutine that calls loop uses it; runs report on
// a channel.
type verifier struct {
	plan    *Plan
	options Options
	exec    *executor
	steps   []*Decision
	ready   *readyQueue // of indexes in steps
	waiting int         // number of steps in ready
	stopped bool
	running []string // addresses
	reports chan verified
	result  *Verification
}

// verified is a report of a run: an event, or its end, or both.
type verified struct {
	event Event
	node  *Node // set at the end
	err   error // of the run
	log   string
}

// loop starts runs and handles their reports until all steps have run, or it was interrupted and
// the running ones have ended.
func (v *verifier) loop(ctx context.Context) {
	for i, d := range v.steps {
		v.ready.push(i, d.Node)
	}
	v.waiting = len(v.steps)
	stop := v.options.Stop
	for {
		v.start(ctx)
		if len(v.running) == 0 {
			break
		}
		select {
		case r := <-v.reports:
			v.handle(ctx, r)
		case <-stop:
			stop = nil
			v.result.Interrupted, v.stopped = v.waiting > 0, true
			v.options.Emit(Stopping{slices.Clone(v.running)})
		}
	}
	v.result.Interrupted = v.result.Interrupted || ctx.Err() != nil
	slices.SortFunc(v.result.Steps, func(a, b Verified) int {
		return v.plan.Graph.index[a.Address] - v.plan.Graph.index[b.Address]
	})
}

// start begins as many runs as the pools have room for.
func (v *verifier) start(ctx context.Context) {
	if v.stopped || ctx.Err() != nil {
		return
	}
	any := func(int) bool { return true }
	for {
		i, ok := v.ready.pop(false, any)
		if !ok {
			return
		}
		d := v.steps[i]
		v.waiting--
		v.ready.take(d.Node)
		v.running = append(v.running, d.Node.Address)
		r := run{
			work: []*Decision{d}, up: v.plan.upstream(d.Node), forced: true,
			emit: func(e Event) { v.reports <- verified{event: e} },
		}
		go func() { v.reports <- v.exec.rerun(ctx, d, r) }()
	}
}

// handle handles one report of a run.
func (v *verifier) handle(ctx context.Context, r verified) {
	if r.node != nil {
		v.running = slices.DeleteFunc(v.running, func(a string) bool { return a == r.node.Address })
		v.ready.free(r.node)
	}
	if r.err != nil {
		if ctx.Err() != nil {
			return // it was stopped, and did not fail
		}
		f := Failed{Address: r.node.Address, Err: r.err, Log: r.log}
		v.result.Failures = append(v.result.Failures, f)
		r.event = f
	}
	if done, ok := r.event.(Verified); ok {
		v.result.Steps = append(v.result.Steps, done)
	}
	v.options.Emit(r.event)
}

// upstream returns the decisions on what a node reads from, by address.
func (p *Plan) upstream(n *Node) map[string]Decision {
	up := map[string]Decision{}
	for _, u := range p.Graph.up[p.Graph.index[n.Address]] {
		up[p.Graph.Nodes[u].Address] = *p.Decisions[u]
	}
	return up
}

// Remake returns what to type for what a step made and the store has no more: where it came from a
// shared store, that still has it.
func Remake(address string, r store.Record) string {
	if r.From != "" {
		return "fetch all from " + r.From + ": snellen store pull; or make it again: " +
			"snellen apply -replace=" + address
	}
	return "make it again: snellen apply -replace=" + address
}

// rerun runs one step a second time and reports its end.
func (x *executor) rerun(ctx context.Context, d *Decision, r run) verified {
	end := verified{node: d.Node}
	t, o := x.prepare(ctx, d, r)
	switch {
	case o.err != nil:
		end.err = o.err
	case len(o.gone) > 0:
		names := strings.Join(o.gone, " and ")
		end.err = step.WithHint(fmt.Errorf("the output of %s is gone from the store", names),
			Remake(o.gone[0], *r.up[o.gone[0]].Record))
	}
	if end.err != nil {
		return end
	}
	defer os.RemoveAll(t.dir)
	why := Reason{Text: "run again to compare", Root: d.Node.Address}
	t.emit(Started{Address: d.Node.Address, Why: why})
	began := time.Now()
	err := x.call(ctx, []*task{t})[0]
	took := time.Since(began)
	for _, f := range t.files {
		if !store.Unchanged(f.path, f.stamp) {
			err = changed(f.path, "while it was read")
		}
	}
	if err == nil {
		end.event, err = x.compare(t, took)
	}
	end.err, end.log = err, t.log.tail()
	return end
}

// compare grades the outputs of a second run.
func (x *executor) compare(t *task, took time.Duration) (Event, error) {
	names, err := outputs(t.job.Out, t.decision.Node.Kind)
	if err != nil {
		return nil, err
	}
	now := store.Record{Outputs: map[string]store.Output{}}
	for _, name := range names {
		digest, size, err := store.SumFile(filepath.Join(t.job.Out, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("hash an output: %w", err)
		}
		now.Outputs[name] = store.Output{Digest: digest, Size: size}
	}
	v := Verified{
		Address: t.job.Address, Key: t.decision.Key, Took: took,
		Outputs: digests(t.decision.Node, now),
	}
	before := t.decision.Record.Outputs
	if v.Output, v.Difference, err = x.difference(t.job.Out, before, now.Outputs); err != nil {
		return nil, err
	}
	switch {
	case v.Output == "":
		v.Grade = BitExact
	case v.Difference == "" && slices.ContainsFunc(names, hasNumbers):
		v.Grade = SameNumbers
	default:
		v.Grade = Differs
	}
	return v, nil
}

// maxNumbers bounds an output whose numbers are compared, in bytes.
const maxNumbers = 256 << 20

// difference returns the first output, by name, whose bytes differ, and describes the first
// difference of outputs or their numbers. Both may be "".
func (x *executor) difference(
	dir string, before, now map[string]store.Output,
) (output, words string, err error) {
	all := sortedKeys(before)
	for _, name := range sortedKeys(now) {
		if _, ok := before[name]; !ok {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	for _, name := range all {
		was, had := before[name]
		is, has := now[name]
		if was == is {
			continue
		}
		if output == "" {
			output = name
		}
		if words != "" {
			continue
		}
		switch {
		case !has:
			words = name + " is gone"
		case !had:
			words = name + " is new"
		case hasNumbers(name):
			path := filepath.Join(dir, filepath.FromSlash(name))
			if words, err = x.numbers(was, path, is.Size); err != nil {
				return "", "", err
			}
			if words != "" {
				words = name + ": " + words
			}
		}
	}
	return output, words, nil
}

// numbers compares the numbers of a recorded output with a file's; size is the size of the file.
func (x *executor) numbers(was store.Output, path string, size int64) (string, error) {
	if was.Size > maxNumbers || size > maxNumbers {
		return "too large to compare its numbers", nil
	}
	before, err := x.store.Read(was, maxNumbers)
	if errors.Is(err, store.ErrGone) {
		return "the recorded output is gone, and had other bytes", nil
	}
	if err != nil {
		return "", err
	}
	now, err := regular.Read(path, maxNumbers)
	if err != nil {
		return "", err
	}
	return numbersDiffer(before, now), nil
}
