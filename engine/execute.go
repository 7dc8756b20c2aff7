package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// errStopped is the error of a run that waited for a lock when the first interrupt came.
var errStopped = errors.New("stopped before it began")

// An executor does single runs: it locks, looks again, lays out the inputs, calls the runner, and
// records.
type executor struct {
	store   *store.Store
	memo    *store.Memo
	dir     string // workspace
	options Options

	mu    sync.Mutex
	whole map[store.Digest]bool // objects that were read in full or written by this process
	next  int
}

func newExecutor(st *store.Store, memo *store.Memo, dir string, o Options) *executor {
	return &executor{store: st, memo: memo, dir: dir, options: o, whole: map[store.Digest]bool{}}
}

// A run is what an executor is asked to do in one go. It is a value: nothing in it belongs to the
// scheduler.
type run struct {
	work   []*Decision
	up     map[string]Decision // on what the work reads from, by address
	forced bool                // run even where there is a record
	emit   func(Event)
}

// An outcome is how a run ended for one step: with a record, with the addresses of steps whose
// objects are gone, or with an error and the end of the log.
type outcome struct {
	record *store.Record
	cached bool
	gone   []string
	err    error
	log    string
}

// run returns one outcome for each piece of work, in order.
func (x *executor) run(ctx context.Context, r run) []outcome {
	outcomes := make([]outcome, len(r.work))
	unlock, err := x.lock(ctx, r)
	if err != nil {
		for i := range outcomes {
			outcomes[i].err = err
		}
		return outcomes
	}
	defer unlock()
	first := map[store.Key]int{} // steps of one key, such as two probes of one file, run once
	var tasks []*task
	for i, d := range r.work {
		if _, twin := first[d.Key]; twin {
			continue
		}
		first[d.Key] = i
		before, err := x.store.Lookup(d.Key)
		if err == nil && !r.forced && x.sound(d.Node, before) {
			outcomes[i] = outcome{record: &before, cached: true}
			continue
		}
		x.quarantine(before)
		t, o := x.prepare(d, r)
		outcomes[i] = o
		if t != nil {
			t.at, t.before = i, before
			tasks = append(tasks, t)
		}
	}
	x.work(ctx, tasks, outcomes)
	for i, d := range r.work {
		outcomes[i] = outcomes[first[d.Key]]
	}
	return outcomes
}

// sound reports whether a record will do for a node: of one whose outputs people read, the objects
// must be there.
func (x *executor) sound(n *Node, r store.Record) bool {
	return !n.KeepOutputs || fault(x.store, x.memo, r) == ""
}

// quarantine keeps what is damaged of a record that is made again, for a person to look at.
func (x *executor) quarantine(before store.Record) {
	for _, out := range before.Outputs {
		if x.store.Fault(out, before.Ended, x.memo) == "damaged" {
			_ = x.store.Check(out) // whatever it says, the object is about to be replaced
		}
	}
}

// lock takes the locks of all keys, in ascending order, so that two applies cannot wait for each
// other in a ring.
func (x *executor) lock(ctx context.Context, r run) (unlock func(), err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if limit := x.options.LockTimeout; limit > 0 {
		timer := time.AfterFunc(limit, func() { cancel(ErrLockTimeout) })
		defer timer.Stop()
	}
	locked := make(chan struct{})
	defer close(locked)
	go func() {
		select {
		case <-x.options.Stop:
			cancel(errStopped)
		case <-locked:
		}
	}()
	byKey := slices.Clone(r.work)
	slices.SortFunc(byKey, func(a, b *Decision) int { return slices.Compare(a.Key[:], b.Key[:]) })
	byKey = slices.CompactFunc(byKey, func(a, b *Decision) bool { return a.Key == b.Key })
	var held []func()
	unlock = func() {
		for _, f := range held {
			f()
		}
	}
	for _, d := range byKey {
		busy := make(chan struct{}, 1)
		one, err := x.lockOne(ctx, d, r.emit, busy)
		if err != nil {
			unlock()
			return nil, err
		}
		held = append(held, one)
	}
	return unlock, nil
}

// lockOne takes one lock, and reports when it has to wait. This goroutine reports, so that no event
// comes from a run that has ended.
func (x *executor) lockOne(
	ctx context.Context, d *Decision, emit func(Event), busy chan struct{},
) (func(), error) {
	type lock struct {
		unlock func()
		err    error
	}
	got := make(chan lock, 1)
	go func() {
		unlock, err := x.store.Lock(ctx, d.Key, func() { busy <- struct{}{} })
		got <- lock{unlock, err}
	}()
	for {
		select {
		case l := <-got:
			if errors.Is(l.err, ErrLockTimeout) {
				l.err = step.WithHint(l.err,
					"wait for the other apply to end, or give more time by -lock-timeout")
			}
			return l.unlock, l.err
		case <-busy:
			emit(Started{Address: d.Node.Address, Why: d.Why})
			emit(Warned{d.Node.Address, "another apply is running this step; waiting for it"})
		}
	}
}

// A task is one step about to run.
type task struct {
	decision *Decision
	at       int          // in the run's work
	before   store.Record // that its key led to, where it is made again
	dir      string
	job      *step.Job
	files    []watched
	emit     func(Event)

	mu  sync.Mutex
	log log
}

// watched is a person's file that a step reads.
type watched struct{ path, stamp string }

// prepare lays out a step's inputs and its private folder; or says, as an outcome, why it cannot.
func (x *executor) prepare(d *Decision, r run) (*task, outcome) {
	x.mu.Lock()
	x.next++
	dir := filepath.Join(x.dir, fmt.Sprint(x.next))
	x.mu.Unlock()
	t := &task{decision: d, dir: dir, emit: r.emit}
	out := filepath.Join(dir, "out")
	if err := os.MkdirAll(out, 0o777); err != nil {
		return nil, outcome{err: x.writeError(err)}
	}
	t.job = &step.Job{
		Address: d.Node.Address, Key: d.Key.String(), Params: d.Node.Params,
		Inputs: map[string]string{}, Out: out, Report: t.report,
	}
	var gone []string
	for _, in := range d.Node.Inputs {
		if in.From == "" {
			if err := x.file(t, in); err != nil {
				return nil, outcome{err: err}
			}
			continue
		}
		err := x.input(t, in, *r.up[in.From].Record)
		if errors.Is(err, store.ErrGone) {
			gone = append(gone, in.From)
		} else if err != nil {
			return nil, outcome{err: x.writeError(err)}
		}
	}
	if len(gone) > 0 {
		return nil, outcome{gone: slices.Compact(gone)}
	}
	return t, outcome{}
}

// file makes a person's file an input, if it still is what the step's manifest says.
func (x *executor) file(t *task, in Input) error {
	out, stamp, err := x.memo.Digest(in.File)
	if err != nil {
		return fileError(in.File, err)
	}
	if !strings.Contains(t.decision.Manifest, "in "+in.Role+" "+out.Digest.String()+"\n") {
		return changed(in.File, "after it was planned")
	}
	path, err := filepath.Abs(in.File)
	if err != nil {
		return fileError(in.File, err)
	}
	t.files = append(t.files, watched{path, stamp})
	t.job.Inputs[in.Role] = path
	return nil
}

func changed(path, when string) error {
	return step.WithHint(fmt.Errorf("%s changed %s; nothing was recorded", path, when),
		"apply again when it is written in full")
}

// input makes another step's output an input: the object itself, or a folder of links to objects.
func (x *executor) input(t *task, in Input, r store.Record) error {
	if !strings.HasSuffix(in.Output, "/") {
		out := r.Outputs[in.Output]
		t.job.Inputs[in.Role] = x.store.Path(out.Digest)
		return x.check(out)
	}
	folder := filepath.Join(t.dir, "in", filepath.FromSlash(in.Role))
	t.job.Inputs[in.Role] = folder
	for name, out := range r.Outputs {
		rest, ok := strings.CutPrefix(name, in.Output)
		if !ok {
			continue
		}
		if err := x.check(out); err != nil {
			return err
		}
		to := filepath.Join(folder, filepath.FromSlash(rest))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return err
		}
		if err := os.Symlink(x.store.Path(out.Digest), to); err != nil {
			return err
		}
	}
	return nil
}

// check reads an object in full once in a process.
func (x *executor) check(out store.Output) error {
	x.mu.Lock()
	known := x.whole[out.Digest]
	x.mu.Unlock()
	if known && x.store.Has(out) {
		return nil
	}
	err := x.store.Check(out)
	x.mu.Lock()
	x.whole[out.Digest] = err == nil
	x.mu.Unlock()
	return err
}

// work calls the runner and records what it made.
func (x *executor) work(ctx context.Context, tasks []*task, outcomes []outcome) {
	if len(tasks) == 0 {
		return
	}
	for _, t := range tasks {
		defer os.RemoveAll(t.dir)
		t.emit(Started{Address: t.job.Address, Why: t.decision.Why})
	}
	began := time.Now()
	errs := x.call(ctx, tasks)
	took := time.Since(began) / time.Duration(len(tasks))
	for i, t := range tasks {
		record, err := x.record(ctx, t, errs[i], took)
		if err != nil {
			outcomes[t.at] = outcome{err: err, log: t.log.tail()}
			continue
		}
		outcomes[t.at] = outcome{record: record}
	}
}

// call runs the tasks, together where there are several.
func (x *executor) call(ctx context.Context, tasks []*task) []error {
	name := tasks[0].decision.Node.Kind.Name
	runner := x.options.Runners[name]
	if runner == nil {
		panic("BUG: no runner for steps of kind " + name)
	}
	if len(tasks) == 1 {
		return []error{runner.Run(ctx, tasks[0].job)}
	}
	jobs := make([]*step.Job, len(tasks))
	for i, t := range tasks {
		jobs[i] = t.job
	}
	errs := runner.(step.Batcher).RunBatch(ctx, jobs)
	if len(errs) != len(jobs) {
		panic(fmt.Sprintf("BUG: kind %s gave %d errors for %d jobs", name, len(errs), len(jobs)))
	}
	return errs
}

// record takes a finished step's outputs into the store and commits its record.
func (x *executor) record(
	ctx context.Context, t *task, err error, took time.Duration,
) (*store.Record, error) {
	for _, f := range t.files { // first: a file that changed explains any error
		if !store.Unchanged(f.path, f.stamp) {
			return nil, changed(f.path, "while it was read")
		}
	}
	if err != nil {
		return nil, x.writeError(err)
	}
	names, err := outputs(t.job.Out, t.decision.Node.Kind)
	if err != nil {
		return nil, err
	}
	release, err := x.store.Hold(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	r := store.Record{
		Manifest: t.decision.Manifest, Outputs: make(map[string]store.Output, len(names)),
		Took: took, Why: t.decision.Why.Text,
	}
	for _, name := range names {
		out, err := x.store.Put(filepath.Join(t.job.Out, filepath.FromSlash(name)))
		if err != nil {
			return nil, x.writeError(err)
		}
		x.mu.Lock()
		x.whole[out.Digest] = true
		x.mu.Unlock()
		r.Outputs[name] = out
		if was, ok := t.before.Outputs[name]; ok && was != out {
			t.emit(Warned{t.job.Address, "made again, " + name +
				" has other bytes: the step is not reproducible on this machine"})
		}
	}
	log, err := x.store.PutBytes([]byte(t.log.text()))
	if err != nil {
		return nil, x.writeError(err)
	}
	r.Log, r.Ended = log.Digest, time.Now().UTC()
	if err := x.store.Commit(r, t.decision.partialKey()); err != nil {
		return nil, x.writeError(err)
	}
	return &r, nil
}

// writeError adds what to do about a disk that is full or may not be written.
func (x *executor) writeError(err error) error {
	switch {
	case diskFull(err):
		return step.WithHint(err, "free some space on the disk of "+x.store.Dir()+
			" and apply again: nothing that was done is lost")
	case readOnly(err):
		return step.WithHint(err, "choose another store by -store DIR or SNELLEN_STORE")
	}
	return err
}
