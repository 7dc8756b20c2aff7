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

// errStopped is the error of a run that was waiting for a lock at the first interrupt.
var errStopped = errors.New("stopped before it began")

// An executor carries out runs. For each run it locks the keys, looks their records up again, lays
// out the inputs, calls the runner, and records what it made. Its methods may be called from any
// goroutine: a scheduler starts a goroutine for each run.
type executor struct {
	store   *store.Store
	memo    *store.Memo
	dir     string // workspace
	options Options
	decider *Decider
	fetcher fetcher
	goOn    string // the hint where the shared store cannot be used

	mu     sync.Mutex            // guards what follows
	intact map[store.Digest]bool // objects that this process has read in full, or written
	tasks  int                   // number of folders made, which names the next one
}

func newExecutor(d *Decider, dir string, o Options) *executor {
	return &executor{
		store: d.Store, memo: d.Memo, dir: dir, options: o, decider: d,
		fetcher: fetcher{
			places: make(chan struct{}, maxFetches), held: map[store.Digest]chan struct{}{},
		},
		intact: map[store.Digest]bool{},
		goOn: "apply again when it can be reached, or run the steps here: " +
			"snellen apply -shared=false",
	}
}

// A run is the work that an executor does in one go: one step, or a batch. It is a value that
// shares nothing with the scheduler.
type run struct {
	work   []*Decision
	up     map[string]Decision // the decisions on the nodes that the work reads from, by address
	forced bool                // run even where there is a record
	emit   func(Event)         // called from any goroutine, but never after run has returned
}

// An outcome is how a run ended for one step. One of record, gone and err is set.
type outcome struct {
	record *store.Record
	cached bool     // the record existed, and nothing was run
	gone   []string // addresses of the steps whose objects are gone: nothing was run
	err    error
	log    string // its last lines, with err
}

// run does the work and returns one outcome for each decision, in order. It holds the locks of all
// keys all the while, so no two processes run one step at once.
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
	// Steps of one key, such as two probes of one file, run once: the first has the index here.
	first := map[store.Key]int{}
	var tasks []*task
	for i, d := range r.work {
		if _, twin := first[d.Key]; twin {
			continue
		}
		first[d.Key] = i
		// Another apply may have run the step since the plan, or while this one waited.
		before, err := x.store.Lookup(d.Key)
		if err == nil && !r.forced && x.sound(d.Node, before) {
			outcomes[i] = outcome{record: &before, cached: true}
			continue
		}
		if o, found := x.foundMeanwhile(ctx, d, r); found {
			outcomes[i] = o
			continue
		}
		x.quarantine(before)
		t, o := x.prepare(ctx, d, r)
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

// sound reports whether a record is enough for a node. Where people read the node's outputs, the
// objects must exist, too.
func (x *executor) sound(n *Node, r store.Record) bool {
	return !n.KeepOutputs || len(x.lacks(n, r)) == 0
}

// lacks returns what people read of a record and is gone from the store, or damaged.
func (x *executor) lacks(n *Node, r store.Record) (list []store.Output) {
	for out := range n.shown(r) {
		if x.store.Fault(out, r.Ended, x.memo) != "" {
			list = append(list, out)
		}
	}
	return list
}

// quarantine moves away the damaged objects of a record that is about to be made again, for a
// person to look at.
func (x *executor) quarantine(before store.Record) {
	for _, out := range before.Outputs {
		if x.store.Fault(out, before.Ended, x.memo) == "damaged" {
			_ = x.store.Check(out) // with any result, the object is about to be replaced
		}
	}
}

// lock locks the keys of all work in ascending order, so that two applies cannot wait for each
// other in a cycle. It returns ErrLockTimeout after Options.LockTimeout, errStopped when Stop is
// closed, or ctx's error; no lock is held then.
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

// lockOne locks one key and emits a warning when it has to wait. It emits from this goroutine, not
// from the one that waits, so that no event comes after the run has ended.
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
					"wait for the other apply to end, or allow more time with -lock-timeout")
			}
			return l.unlock, x.writeError(l.err)
		case <-busy:
			if d.Verdict != Cached { // one that is fetched never starts
				emit(Started{Address: d.Node.Address, Why: d.Why})
			}
			emit(Warned{d.Node.Address, "another apply is running this step; waiting for it"})
		}
	}
}

// A task is one step that is about to run.
type task struct {
	decision *Decision
	at       int          // index in the run's work
	before   store.Record // the earlier record, where the step is made again
	dir      string       // private folder; removed after the run
	job      *step.Job
	files    []watched
	emit     func(Event)

	mu  sync.Mutex // guards log: a runner may report from any goroutine
	log log
}

// watched is a person's file that a step reads, with its stamp before the run: see Memo.Digest.
type watched struct{ path, stamp string }

// prepare makes a step's private folder and lays out its inputs. Where it cannot, it returns no
// task but an outcome: an error, or the steps whose objects are gone.
func (x *executor) prepare(ctx context.Context, d *Decision, r run) (*task, outcome) {
	if err := x.fetchInputs(ctx, d, r); err != nil {
		return nil, outcome{err: err}
	}
	x.mu.Lock()
	x.tasks++
	dir := filepath.Join(x.dir, fmt.Sprint(x.tasks))
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
		err := x.input(ctx, t, in, *r.up[in.From].Record)
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

// file makes a person's file an input, where it still has the digest in the step's manifest. The
// runner reads the file itself and no copy, since videos are large; record checks the stamp
// afterwards.
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

// changed returns the error for a person's file that changed under a step.
func changed(path, when string) error {
	return step.WithHint(fmt.Errorf("%s changed %s; nothing was recorded", path, when),
		"apply again when it is written in full")
}

// input makes another step's output an input: the object itself or, for a folder, a folder of links
// to objects. The error wraps store.ErrGone where an object is gone or damaged.
func (x *executor) input(ctx context.Context, t *task, in Input, r store.Record) error {
	if !strings.HasSuffix(in.Output, "/") {
		out := r.Outputs[in.Output]
		t.job.Inputs[in.Role] = x.store.Path(out.Digest)
		return x.check(ctx, t, out)
	}
	folder := filepath.Join(t.dir, "in", filepath.FromSlash(in.Role))
	t.job.Inputs[in.Role] = folder
	for name, out := range r.Outputs {
		rest, ok := strings.CutPrefix(name, in.Output)
		if !ok {
			continue
		}
		if err := x.check(ctx, t, out); err != nil {
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

// check reads an object in full, once in a process, so that no step reads damaged bytes. One that
// is gone or damaged is fetched; the error wraps store.ErrGone where it cannot be had.
func (x *executor) check(ctx context.Context, t *task, out store.Output) error {
	x.mu.Lock()
	known := x.intact[out.Digest]
	x.mu.Unlock()
	if known && x.store.Has(out) {
		return nil
	}
	err := x.store.Check(out)
	if errors.Is(err, store.ErrGone) && x.decider.behind.has(out) {
		return x.fetchAll(ctx, []store.Output{out}, t.emit)
	}
	x.mu.Lock()
	x.intact[out.Digest] = err == nil
	x.mu.Unlock()
	return err
}

// work calls the runner, records what it made, and sets the tasks' outcomes. The time of a batch is
// divided evenly among its steps.
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

// call runs the tasks, which are of one kind, and returns an error or nil for each. Several run
// together: only kinds whose runner is a step.Batcher get batches.
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
		panic(fmt.Sprintf("BUG: kind %s returned %d errors for %d jobs",
			name, len(errs), len(jobs)))
	}
	return errs
}

// record puts the outputs of a step that has ended into the store and commits its record. err is
// the error of its runner. It holds the store from the first object to the record: see the gate of
// package store.
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
		return nil, x.writeError(err)
	}
	defer release()
	made, err := x.put(t, names)
	if err != nil {
		return nil, x.writeError(err)
	}
	log, err := x.store.PutBytes([]byte(t.log.text()))
	if err != nil {
		return nil, x.writeError(err)
	}
	r := store.Record{
		Manifest: t.decision.Manifest, Outputs: made, Log: log.Digest,
		Took: took, Ended: time.Now().UTC(), Why: t.decision.Why.Text,
	}
	partial := t.decision.PartialKey()
	if far := x.decider.Far; far != nil {
		if err := far.Announce(t.decision.Key, partial); err != nil {
			return nil, x.writeError(err)
		}
		defer func() { far.Send(r, partial) }()
	}
	if err := x.store.Commit(r, partial); err != nil {
		return nil, x.writeError(err)
	}
	return &r, nil
}

// put puts a step's outputs into the store. It warns of each output that a step which is made again
// made with other bytes.
func (x *executor) put(t *task, names []string) (map[string]store.Output, error) {
	made := make(map[string]store.Output, len(names))
	for _, name := range names {
		out, err := x.store.Put(filepath.Join(t.job.Out, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		x.mu.Lock()
		x.intact[out.Digest] = true
		x.mu.Unlock()
		made[name] = out
		if was, ok := t.before.Outputs[name]; ok && was != out {
			t.emit(Warned{t.job.Address, "made again, " + name +
				" has other bytes: the step is not reproducible on this machine"})
		}
	}
	return made, nil
}

// writeError adds a hint to the error of a disk that is full or read-only, or of a store's files
// that belong to somebody else, and returns any other error as it is.
func (x *executor) writeError(err error) error {
	switch {
	case diskFull(err):
		return step.WithHint(err, "free some space on the disk of "+x.store.Dir()+
			" and apply again: nothing that was done is lost")
	case readOnly(err):
		return step.WithHint(err, "choose another store by -store DIR or SNELLEN_STORE")
	}
	if hint := x.store.SharingHint(err); hint != "" {
		return step.WithHint(err, hint)
	}
	return err
}
