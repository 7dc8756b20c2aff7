package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"snellen/cmd/snellen/project"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/watch"
)

// Options say what a session judges, and by whom.
type Options struct {
	Evaluation string            // name; "": the only one that has areas
	Resolution string            // of the model to begin with; "": as UseModels chooses
	Warn       func(text string) // about models that are not today's; nil: nobody is told
}

// Errors of Session.Judge beside the worker's.
var (
	ErrDropped = errors.New("a later picture came first")
	ErrPicture = errors.New("the picture cannot be judged") // wrapped, with the reason
	ErrClosed  = errors.New("the session is closed")
)

// maxSent is how many pictures a worker may have that it has not answered. It reads messages while
// it judges, but may fall behind by a few (see steps/worker), and an answer says that one was read.
const maxSent = 16

// A Session judges pictures that are sent to it, with the models of a study. Its methods may be
// called from any goroutine.
type Session struct {
	job    *Job
	cancel context.CancelFunc
	ended  chan struct{} // closed when the worker is gone
	err    error         // why, once ended is closed: ErrClosed, or the worker's error
	places chan struct{} // one is taken by each picture that the worker has not answered

	sending sync.Mutex // so that pictures are sent in the order of their numbers
	tell    func(watch.Message) error

	mu       sync.Mutex // guards what follows
	last     int        // number of the last picture
	waiting  map[int]chan<- answer
	selected int // index of the model to judge with
}

// An answer is what became of a picture.
type answer struct {
	judged *watch.Judged
	err    error
}

// Start starts a session. ctx bounds the start alone: Close ends the session, and must be called.
func Start(ctx context.Context, p *project.Project, o Options) (*Session, error) {
	job, err := NewJob(ctx, p, o.Evaluation)
	if err != nil {
		return nil, err
	}
	warn := o.Warn
	if warn == nil {
		warn = func(string) {}
	}
	decisions, err := p.Latest(ctx, warn)
	if err != nil {
		return nil, err
	}
	if err := job.UseModels(decisions, o.Resolution); err != nil {
		return nil, err
	}
	job.Params.Sent = true
	return start(ctx, job)
}

// start starts the worker and waits until it has the job.
func start(ctx context.Context, job *Job) (*Session, error) {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Session{job: job, cancel: cancel, ended: make(chan struct{}),
		places: make(chan struct{}, maxSent), waiting: map[int]chan<- answer{},
		selected: job.Params.First}
	began := make(chan struct{})
	talk := Conversation{Handle: s.handle, Begin: func(tell func(watch.Message) error) {
		s.tell = tell
		close(began)
	}}
	go func() {
		defer close(s.ended)
		if s.err = job.Run(running, talk); s.err == nil || running.Err() != nil {
			s.err = ErrClosed
		}
	}()
	select {
	case <-began:
		return s, nil
	case <-s.ended:
		cancel()
		return nil, s.err
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), s.Close())
	}
}

// Models returns the resolutions that can be selected, in the study's order.
func (s *Session) Models() []string { return slices.Clone(s.job.Params.Models) }

// Frame returns the size of the frame that the areas are in, pixels. A picture may have another
// size of that shape.
func (s *Session) Frame() (width, height int) { return s.job.Params.Width, s.job.Params.Height }

// Evaluation returns the evaluation whose areas are judged.
func (s *Session) Evaluation() specs.Evaluation { return s.job.Evaluation }

// Selected returns the resolution whose model judges the next picture that is sent.
func (s *Session) Selected() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.job.Params.Models[s.selected]
}

// Select chooses the model of a resolution, from the next picture on that is sent.
func (s *Session) Select(resolution string) error {
	at := slices.Index(s.job.Params.Models, resolution)
	if at < 0 {
		return step.WithHint(fmt.Errorf("there is no model of resolution %q", resolution),
			"one of: "+strings.Join(s.job.Params.Models, ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.selected = at
	return nil
}

// Judge judges a JPEG. Its error is ErrDropped where a later picture came first, one that wraps
// ErrPicture where this one cannot be judged, ErrClosed, the worker's error where it has failed, or
// ctx's.
func (s *Session) Judge(ctx context.Context, jpeg []byte) (*watch.Judged, error) {
	if len(jpeg) > watch.MaxJPEG {
		return nil, fmt.Errorf("%w: it has more than %d MiB", ErrPicture, watch.MaxJPEG>>20)
	}
	select {
	case s.places <- struct{}{}: // handle frees it
	case <-s.ended:
		return nil, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	answered, failed := s.send(jpeg)
	if failed != nil {
		answered = nil // only the worker's end is left to wait for: it is why
	}
	select {
	case a := <-answered:
		return a.judged, a.err
	case <-s.ended:
		return nil, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// send sends a picture, and returns where its answer will come.
func (s *Session) send(jpeg []byte) (<-chan answer, error) {
	answered := make(chan answer, 1) // whether or not anybody still waits
	s.sending.Lock()
	defer s.sending.Unlock()
	s.mu.Lock()
	s.last++
	number, selected := s.last, s.selected
	s.waiting[number] = answered
	s.mu.Unlock()
	return answered, s.tell(watch.Message{
		Select: &selected, Picture: &watch.Picture{Number: number, JPEG: jpeg},
	})
}

// handle answers the picture that an event is about.
func (s *Session) handle(said watch.Event) {
	switch d := said.Dropped; {
	case said.Judged != nil:
		s.answer(said.Judged.Number, answer{judged: said.Judged})
	case d != nil && d.Error == "":
		s.answer(d.Number, answer{err: ErrDropped})
	case d != nil:
		err := step.WithHint(fmt.Errorf("%w: %s", ErrPicture, d.Error), d.Hint)
		s.answer(d.Number, answer{err: err})
	}
}

func (s *Session) answer(number int, a answer) {
	s.mu.Lock()
	answered, ok := s.waiting[number]
	delete(s.waiting, number)
	s.mu.Unlock()
	if ok {
		<-s.places
		answered <- a // has room: a picture is answered once
	}
}

// Close ends the session, and waits until its worker is gone. Where the worker had failed before,
// it returns why.
func (s *Session) Close() error {
	s.cancel()
	<-s.ended
	if s.err != ErrClosed {
		return s.err
	}
	return nil
}
