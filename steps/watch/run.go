//go:build native

package watch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/worker"
)

// New gives what watches. Windows are drawn by functions that are handed to onMain, which runs them on the process's main
// thread, as window systems want, and returns when they are done.
func New(open evaluate.OpenFunc, onMain func(func())) worker.Talker { return runner{open, onMain} }

type runner struct {
	open   evaluate.OpenFunc
	onMain func(func())
}

// Run watches with nobody at the other end.
func (r runner) Run(ctx context.Context, job *step.Job) error {
	return r.Talk(ctx, job, worker.Line{Say: func(any) error { return nil }})
}

// errEnough ends what somebody has seen enough of.
var errEnough = errors.New("enough")

func (r runner) Talk(ctx context.Context, job *step.Job, line worker.Line) error {
	w := &watching{line: line, read: make(chan picture, 1), judged: make(chan view), answers: make(chan Answer, 1)}
	if err := json.Unmarshal(job.Params, &w.params); err != nil {
		return err
	}
	if err := w.params.check(); err != nil {
		return err
	}
	w.chosen = w.params.First
	w.judge = &judge{params: w.params, inputs: job.Inputs, open: r.open, opened: map[int]evaluate.Classifier{}}
	if w.params.Endpoint != "" {
		w.judge.remote = &remote{classes: w.params.Classes, line: line, answers: w.answers}
	}
	w.source = &source{params: w.params, path: job.Inputs["video"], say: w.say, note: w.warn, put: w.put}
	w.shower = newShower(w.params, job.Out, w.say)
	ctx, w.enough = context.WithCancelCause(ctx)
	defer w.enough(nil)
	return w.run(ctx, r.onMain)
}

// check refuses what cannot be watched.
func (p Params) check() error {
	switch {
	case len(p.Areas) == 0 || len(p.Classes) == 0:
		return errors.New("there is nothing to judge")
	case p.Endpoint == "" && (p.First < 0 || p.First >= len(p.Models)):
		return errors.New("there is no model")
	case p.Record != "" && codecOf(p.Record) == "":
		return step.WithHint(fmt.Errorf("%s is no name of a video that can be written", p.Record), "end it in .mp4, .mkv, .mov or .avi")
	}
	return nil
}

// watching is the work of one job.
type watching struct {
	params Params
	line   worker.Line
	judge  *judge
	source *source
	shower *shower
	enough context.CancelCauseFunc

	read    chan picture // the latest, if it is not yet judged
	judged  chan view
	answers chan Answer

	mu      sync.Mutex // for what is below
	chosen  int        // model
	trouble string     // of the source, for a person
	news    string     // for a person, until it is old
	old     time.Time
	rate    float64 // pictures judged in the last second
	counts  Ended
	first   time.Time
}

func (w *watching) say(s Event) error { return w.line.Say(s) }

// run does the four things at once, and waits until all have ended.
func (w *watching) run(ctx context.Context, onMain func(func())) error {
	var all sync.WaitGroup
	var failed sync.Once
	var first error
	do := func(f func(context.Context) error, then func()) func() {
		return func() {
			defer then()
			if err := f(ctx); err != nil && context.Cause(ctx) == nil {
				failed.Do(func() { first = err })
				w.enough(errEnough)
			}
		}
	}
	all.Go(do(w.source.run, func() { close(w.read) }))
	all.Go(do(w.judgeAll, func() { close(w.judged) }))
	heard := make(chan struct{})
	go func() { defer close(heard); w.hear(ctx) }()
	show := do(w.show, func() {})
	if w.params.Window {
		onMain(show)
	} else {
		show()
	}
	w.enough(errEnough) // what was shown to its end is enough
	w.drain()
	all.Wait()
	<-heard
	err := errors.Join(first, w.judge.close(), w.shower.close())
	if cause := context.Cause(ctx); err == nil && cause != errEnough {
		return cause
	}
	return errors.Join(err, w.end())
}

// drain frees what nobody will show, until the source and the judge have ended.
func (w *watching) drain() {
	for v := range w.judged {
		v.frame.Close()
	}
	for p := range w.read {
		p.frame.Close()
	}
}

// put hands a picture to the judge. Of a video that nobody looks at it waits; else the picture takes the place of one that
// is not yet judged.
func (w *watching) put(ctx context.Context, p picture) {
	if w.params.Camera == "" && !w.params.Window {
		select {
		case w.read <- p:
		case <-ctx.Done():
			p.frame.Close()
		}
		return
	}
	select {
	case old := <-w.read:
		old.frame.Close()
	default:
	}
	w.read <- p
}

// judgeAll has pictures judged as long as there are any.
func (w *watching) judgeAll(ctx context.Context) error {
	for p := range w.read {
		v, err := w.judge.view(ctx, p, w.choice())
		if err != nil {
			p.frame.Close()
			return err
		}
		if !p.still {
			if err := w.count(v); err != nil {
				return err
			}
		}
		select {
		case w.judged <- v:
		case <-ctx.Done():
			p.frame.Close()
			return ctx.Err()
		}
	}
	return nil
}

// count keeps the figures, and says what was judged.
func (w *watching) count(v view) error {
	w.mu.Lock()
	if w.counts.Judged == 0 {
		w.first = time.Now()
	}
	w.counts.Judged++
	w.counts.Seconds = time.Since(w.first).Seconds()
	said := &Judged{v.model, w.judge.rate(), v.detections}
	if w.trouble == "" { // else it was read before
		w.rate = said.Rate
	}
	w.mu.Unlock()
	return w.say(Event{Judged: said})
}

// end says how it was. The source and the judge have ended.
func (w *watching) end() error {
	w.counts.Read = w.source.read
	w.counts.Dropped = w.source.read - w.counts.Judged
	return w.say(Event{Ended: &w.counts})
}

// hear takes what snellen tells, until ctx ends.
func (w *watching) hear(ctx context.Context) {
	for {
		select {
		case text := <-w.line.Told:
			var told Message
			if json.Unmarshal(text, &told) != nil {
				continue // snellen speaks the same protocol
			}
			if told.Stop {
				w.enough(errEnough)
			}
			if told.Answer != nil {
				select {
				case w.answers <- *told.Answer:
				case <-ctx.Done():
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

func (w *watching) choice() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.chosen
}

func (w *watching) choose(model int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.chosen = model
}

// show draws what is judged, for people or for a record.
func (w *watching) show(ctx context.Context) error {
	if w.params.Window {
		return w.inWindow(ctx)
	}
	for v := range w.judged {
		if err := w.take(v); err != nil {
			return err
		}
	}
	return nil
}

// take draws a view; the record begins with the first.
func (w *watching) take(v view) error {
	if p := w.params; p.Record != "" && w.shower.video == nil {
		var err error
		if w.shower.video, err = record(p.Record, v.rate, p.Window || p.Camera != "", w.shower.layout); err != nil {
			v.frame.Close()
			return err
		}
	}
	return w.shower.take(v, w.notes())
}
