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
	"snellen/steps/torch"
	"snellen/steps/worker"
)

// New returns the runner of watch jobs. It opens models with open. Windows need the process's main
// thread: onMain must run a function on it and return when the function has returned.
func New(open evaluate.OpenFunc, onMain func(func())) worker.Talker { return runner{open, onMain} }

type runner struct {
	open   evaluate.OpenFunc
	onMain func(func())
}

// Run watches without anybody to talk to.
func (r runner) Run(ctx context.Context, job *step.Job) error {
	return r.Talk(ctx, job, worker.Line{Send: func(any) error { return nil }})
}

// errStopped is the cause with which a session ends that a person stopped, or that has no more
// pictures.
var errStopped = errors.New("stopped")

// Talk watches until a person stops it, the video ends, or ctx does.
func (r runner) Talk(ctx context.Context, job *step.Job, line worker.Line) error {
	s := &session{
		line: line, judged: make(chan judgedPicture), answers: make(chan Answer, 1),
	}
	if err := json.Unmarshal(job.Params, &s.params); err != nil {
		return err
	}
	p := s.params
	if err := p.check(); err != nil {
		return err
	}
	s.read = make(chan picture, p.together())
	s.selected = p.First
	opened := map[int]evaluate.Classifier{}
	s.judge = &judge{params: p, inputs: job.Inputs, open: r.open, opened: opened}
	if p.Endpoint != "" {
		s.judge.remote = &remoteClassifier{classes: p.Classes, line: line, answers: s.answers}
	}
	s.source = &source{
		params: p, path: job.Inputs["video"], sent: make(chan Picture, 1), send: s.send,
		warn: s.warn, deliver: s.deliver, drop: s.drop,
	}
	s.renderer = newRenderer(p, job.Out, s.send)
	ctx, s.stop = context.WithCancelCause(ctx)
	defer s.stop(nil)
	return s.run(ctx, r.onMain)
}

// check returns an error for what cannot be watched.
func (p Params) check() error {
	switch {
	case len(p.Areas) == 0 || len(p.Classes) == 0:
		return errors.New("there are no areas or no classes to judge")
	case p.Endpoint == "" && (p.First < 0 || p.First >= len(p.Models)):
		return errors.New("there is no model to judge with")
	case p.Record != "" && codecOf(p.Record) == "":
		return step.WithHint(fmt.Errorf("%s cannot be written: its format is unknown", p.Record),
			"name a file that ends in .mp4, .mkv, .mov or .avi")
	}
	return nil
}

// live reports whether pictures are shown as they come, and dropped where they come too fast.
func (p Params) live() bool { return p.Camera != "" || p.Sent || p.Window }

// together returns how many pictures are judged at once. One that is shown as it comes waits for no
// other. Those of a video that nobody sees fill a batch of the network for each thread.
func (p Params) together() int {
	if p.live() || p.Endpoint != "" {
		return 1
	}
	return max(1, p.Threads*torch.Batch/len(p.Areas))
}

// A session is the work of one job.
type session struct {
	params   Params
	line     worker.Line
	judge    *judge
	source   *source
	renderer *renderer
	stop     context.CancelCauseFunc

	read    chan picture // holds the latest pictures until they are judged
	judged  chan judgedPicture
	answers chan Answer

	mu         sync.Mutex // guards the fields below
	selected   int        // index of the model
	warning    string     // about the source; "": none
	notice     string     // shown until noticeEnds
	noticeEnds time.Time
	rate       float64 // pictures judged in the last second
	counts     Ended
	first      time.Time // when the first picture was judged
}

func (s *session) send(e Event) error { return s.line.Send(e) }

// run runs the four goroutines and waits until all have ended. The first error stops the others.
func (s *session) run(ctx context.Context, onMain func(func())) error {
	var all sync.WaitGroup
	var once sync.Once
	var first error
	guard := func(f func(context.Context) error, then func()) func() {
		return func() {
			defer then()
			if err := f(ctx); err != nil && context.Cause(ctx) == nil {
				once.Do(func() { first = err })
				s.stop(errStopped)
			}
		}
	}
	all.Go(guard(s.source.run, func() { close(s.read) }))
	all.Go(guard(s.judgeAll, func() { close(s.judged) }))
	over, received := make(chan struct{}), make(chan struct{})
	go func() { defer close(received); s.receive(ctx, over) }()
	show := guard(s.show, func() {})
	if s.params.Window {
		onMain(show)
	} else {
		show()
	}
	s.stop(errStopped) // everything was shown, or nobody wants to see more
	s.drain()
	all.Wait()
	close(over)
	<-received
	err := errors.Join(first, s.judge.close(), s.renderer.close())
	if cause := context.Cause(ctx); err == nil && cause != errStopped {
		return cause
	}
	return errors.Join(err, s.sendTotals())
}

// drain closes the pictures that nobody will show, until the source and the judge have ended.
func (s *session) drain() {
	for p := range s.judged {
		p.frame.Close()
	}
	for p := range s.read {
		p.frame.Close()
	}
}

// deliver passes a picture to the judge. Every picture of a headless video is judged, so deliver
// waits. Otherwise the picture replaces one that is not judged yet.
func (s *session) deliver(ctx context.Context, p picture) {
	if !s.params.live() {
		select {
		case s.read <- p:
		case <-ctx.Done():
			p.frame.Close()
		}
		return
	}
	select {
	case old := <-s.read:
		old.frame.Close()
		if s.params.Sent {
			s.drop(old.number, nil)
		}
	default:
	}
	s.read <- p // has room: the source is the only sender
}

// put passes a picture that was sent to the source, in place of one that it has not taken yet. It
// does not wait.
func (s *session) put(p Picture) {
	s.mu.Lock()
	s.counts.Read++
	s.mu.Unlock()
	select {
	case old := <-s.source.sent:
		s.drop(old.Number, nil)
	default:
	}
	s.source.sent <- p // has room: this goroutine is the only sender
}

// drop reports that a picture that was sent is not judged, and why; nil: a later one came first.
func (s *session) drop(number int, why error) {
	d := &Dropped{Number: number}
	if why != nil {
		d.Error, d.Hint = why.Error(), step.Hint(why)
	}
	if err := s.send(Event{Dropped: d}); err != nil {
		s.stop(err)
	}
}

// judgeAll judges pictures until the source ends.
func (s *session) judgeAll(ctx context.Context) error {
	for first := range s.read {
		pictures := s.waiting(first)
		judged, err := s.judge.judge(ctx, pictures, s.selectedModel())
		for i, p := range pictures {
			if err == nil {
				err = s.pass(ctx, judged[i])
			}
			if err != nil {
				p.frame.Close()
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// waiting returns first and the pictures that wait behind it, as many as are judged at once.
func (s *session) waiting(first picture) []picture {
	pictures := []picture{first}
	for len(pictures) < s.params.together() {
		select {
		case p, open := <-s.read:
			if !open {
				return pictures
			}
			pictures = append(pictures, p)
		default:
			return pictures
		}
	}
	return pictures
}

// pass counts a judged picture and passes it on to be shown. After an error the frame still is the
// caller's.
func (s *session) pass(ctx context.Context, j judgedPicture) error {
	if !j.still {
		if err := s.count(j); err != nil {
			return err
		}
	}
	select {
	case s.judged <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// count updates the totals and reports the picture.
func (s *session) count(j judgedPicture) error {
	s.mu.Lock()
	if s.counts.Judged == 0 {
		s.first = time.Now()
	}
	s.counts.Judged++
	s.counts.Seconds = time.Since(s.first).Seconds()
	event := &Judged{j.number, j.model, s.judge.rate(), j.detections}
	if s.warning == "" { // otherwise the picture was read before the source failed
		s.rate = event.Rate
	}
	s.mu.Unlock()
	return s.send(Event{Judged: event})
}

// sendTotals reports the totals. The source and the judge must have ended.
func (s *session) sendTotals() error {
	s.counts.Read += s.source.read // none of those that put has counted
	s.counts.Dropped = s.counts.Read - s.counts.Judged
	return s.send(Event{Ended: &s.counts})
}

// receive handles messages until over is closed. What comes after ctx ended is read as well: a job
// that leaves its messages unread ends its worker.
func (s *session) receive(ctx context.Context, over <-chan struct{}) {
	for {
		select {
		case text := <-s.line.Received:
			if ctx.Err() == nil {
				s.obey(ctx, text)
			}
		case <-over:
			return
		}
	}
}

// obey does what a message says. One that is no JSON is ignored.
func (s *session) obey(ctx context.Context, text json.RawMessage) {
	var m Message
	if json.Unmarshal(text, &m) != nil {
		return
	}
	if m.Answer != nil {
		select {
		case s.answers <- *m.Answer:
		case <-ctx.Done():
		}
	}
	if m.Select != nil && *m.Select >= 0 && *m.Select < len(s.params.Models) {
		s.selectModel(*m.Select)
	}
	if m.Picture != nil && s.params.Sent {
		s.put(*m.Picture)
	}
	if m.Stop {
		s.stop(errStopped)
	}
}

func (s *session) selectedModel() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.selected
}

func (s *session) selectModel(index int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.selected = index
}

// show draws judged pictures, in a window or for a recording, until they end.
func (s *session) show(ctx context.Context) error {
	if s.params.Window {
		return s.showInWindow(ctx)
	}
	for p := range s.judged {
		if s.params.Record == "" { // then nobody sees it
			p.frame.Close()
		} else if err := s.render(p); err != nil {
			return err
		}
	}
	return nil
}

// render draws and records a picture. The recording is created with the first picture, because the
// rate of the source is unknown before.
func (s *session) render(p judgedPicture) error {
	if c := s.params; c.Record != "" && s.renderer.video == nil {
		video, err := newRecording(c.Record, p.rate, c.live(), s.renderer.layout)
		if err != nil {
			p.frame.Close()
			return err
		}
		s.renderer.video = video
	}
	return s.renderer.show(p, s.status())
}
