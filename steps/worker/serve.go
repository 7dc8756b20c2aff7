package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"snellen/engine/step"
)

// maxLine bounds a message, in bytes. The largest are the parameters of an evaluation with thousands of areas.
const maxLine = 4 << 20

// Serve is a worker's life: it says what tools it has, runs the requests that come, one at a time, and returns when the
// input ends, or an error when it is no longer understood. Nothing else may write to out.
func Serve(ctx context.Context, in io.Reader, out io.Writer, tools map[string]string, runners map[string]step.Runner) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{out: json.NewEncoder(out), runners: runners}
	if err := s.say(Reply{Type: "hello", Protocol: Protocol, Tools: tools}); err != nil {
		return err
	}
	defer s.running.Wait() // after the cancel below, so that what runs ends first
	defer cancel()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var r Request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("a request that is no JSON: %w", err)
		}
		if err := s.handle(ctx, r); err != nil {
			return err
		}
	}
	return lines.Err()
}

type server struct {
	runners map[string]step.Runner
	running sync.WaitGroup

	mu     sync.Mutex // for what is below
	out    *json.Encoder
	id     int                // of the request that runs; 0: none
	cancel context.CancelFunc // ends it
	told   chan json.RawMessage
}

// maxTold is how much a job may be told that it has not yet read.
const maxTold = 64

func (s *server) say(r Reply) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Encode(r)
}

func (s *server) handle(ctx context.Context, r Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.Type == "cancel":
		if s.id == r.ID && s.cancel != nil {
			s.cancel()
		}
		return nil
	case r.Type == "tell":
		return s.tell(r)
	case r.Type != "run" || r.ID == 0:
		return fmt.Errorf("a request of type %q", r.Type)
	case s.id != 0:
		return fmt.Errorf("request %d came before the end of %d", r.ID, s.id)
	}
	ctx, s.cancel = context.WithCancel(ctx)
	s.id, s.told = r.ID, make(chan json.RawMessage, maxTold)
	line := Line{Told: s.told, Say: func(v any) error { return s.saying(r.ID, v) }}
	s.running.Go(func() { s.run(ctx, r, line) })
	return nil
}

// tell passes on what the running job is told; one that is done needs it no more.
func (s *server) tell(r Request) error {
	if s.id != r.ID {
		return nil
	}
	select {
	case s.told <- r.Told:
		return nil
	default:
		return fmt.Errorf("request %d does not hear what it is told", r.ID)
	}
}

// saying passes on what a job says.
func (s *server) saying(id int, v any) error {
	said, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(said) > maxLine/2 {
		return fmt.Errorf("a message of %d bytes is too long", len(said))
	}
	return s.say(Reply{Type: "say", ID: id, Said: said})
}

// run does one request and says that it is done.
func (s *server) run(ctx context.Context, r Request, line Line) {
	err := s.work(ctx, r, line)
	done := Reply{Type: "done", ID: r.ID}
	if err != nil {
		done.Error, done.Hint = err.Error(), step.Hint(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancel()
	s.id, s.cancel = 0, nil
	s.out.Encode(done) // fails only when nobody reads, and then the input ends, too
}

func (s *server) work(ctx context.Context, r Request, line Line) error {
	runner := s.runners[r.Kind]
	if runner == nil {
		return step.WithHint(fmt.Errorf("this worker knows no kind %q", r.Kind), "build both programs together: make build")
	}
	report := func(p step.Progress) { s.say(Reply{Type: "progress", ID: r.ID, Progress: &p}) }
	job := &step.Job{Key: r.Key, Params: r.Params, Inputs: r.Inputs, Out: r.Out, Report: report}
	if talker, ok := runner.(Talker); ok {
		return talker.Talk(ctx, job, line)
	}
	return runner.Run(ctx, job)
}
