package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"snellen/engine/step"
)

// maxLine bounds a message, in bytes. The largest are the paths of a label's pictures, of which
// there may be ten thousand, for each of a batch of sizes.
const maxLine = 64 << 20

// A Program is what a worker can do.
type Program struct {
	Tools map[string]string // name -> identity

	// Runners returns what runs each kind. It is called once, before the first run. setup is nil
	// where the caller sent none. stop is closed by the first interrupt.
	Runners func(setup json.RawMessage, stop <-chan struct{}) (map[string]step.Runner, error)
}

// Serve says hello, runs the requests that come, each in a goroutine of its own, and returns when
// the input ends and every run has ended, or with an error when a request cannot be understood.
// Nothing else may write to out.
func Serve(ctx context.Context, in io.Reader, out io.Writer, p Program) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{
		program: p, out: json.NewEncoder(out), runs: map[int]*serverRun{},
		stop: make(chan struct{}),
	}
	if err := s.send(Reply{Type: "hello", Protocol: Protocol, Tools: p.Tools}); err != nil {
		return err
	}
	defer s.running.Wait() // after the cancel below, so that what runs ends first
	defer cancel()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var r Request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("a request that is not JSON: %w", err)
		}
		if err := s.handle(ctx, r); err != nil {
			return err
		}
	}
	return lines.Err()
}

type server struct {
	program Program
	setup   json.RawMessage
	stop    chan struct{}
	stopped bool
	make    sync.Once // runners
	runners map[string]step.Runner
	failed  error // why there are no runners
	running sync.WaitGroup

	mu   sync.Mutex // guards what follows
	out  *json.Encoder
	runs map[int]*serverRun
}

// A serverRun is a request under way.
type serverRun struct {
	cancel   context.CancelFunc
	messages chan json.RawMessage
}

// maxUnread is how many messages a job may have received and not yet read.
const maxUnread = 64

func (s *server) send(r Reply) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Encode(r)
}

// handle acts on one request. It is called from Serve's goroutine alone.
func (s *server) handle(ctx context.Context, r Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	run := s.runs[r.ID] // nil where it has ended: then nobody needs the request any more
	switch r.Type {
	case "setup":
		s.setup = r.Setup
	case "stop":
		if !s.stopped {
			close(s.stop)
			s.stopped = true
		}
	case "cancel":
		if run != nil {
			run.cancel()
		}
	case "message":
		if run == nil {
			return nil
		}
		select {
		case run.messages <- r.Message:
		default:
			return fmt.Errorf("run %d does not read its messages", r.ID)
		}
	case "run":
		if r.ID == 0 || run != nil || len(r.Jobs) == 0 {
			return fmt.Errorf("a run numbered %d with %d jobs", r.ID, len(r.Jobs))
		}
		ctx, cancel := context.WithCancel(ctx)
		run = &serverRun{cancel, make(chan json.RawMessage, maxUnread)}
		s.runs[r.ID] = run
		s.running.Go(func() { s.run(ctx, r, run.messages) })
	default:
		return fmt.Errorf("a request of type %q", r.Type)
	}
	return nil
}

// sendMessage passes a job's message on.
func (s *server) sendMessage(id int, v any) error {
	data, err := bounded(v)
	if err != nil {
		return err
	}
	return s.send(Reply{Type: "message", ID: id, Message: data})
}

// bounded returns a message as JSON, or an error where a line could not hold it.
func bounded(v any) (json.RawMessage, error) {
	data, err := json.Marshal(v)
	if err == nil && len(data) > maxLine/2 {
		err = fmt.Errorf("a message of %d bytes is too long", len(data))
	}
	return data, err
}

// run does one request and says that it is done.
func (s *server) run(ctx context.Context, r Request, messages <-chan json.RawMessage) {
	done := Reply{Type: "done", ID: r.ID}
	for _, err := range s.work(ctx, r, messages) {
		var result Result
		if err != nil {
			_, detached := errors.AsType[step.Detached](err)
			result = Result{err.Error(), step.Hint(err), detached}
		}
		done.Results = append(done.Results, result)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs[r.ID].cancel()
	delete(s.runs, r.ID)
	s.out.Encode(done) // fails only when nobody reads, and then the input ends, too
}

// work runs the jobs of a request, and returns an error or nil for each.
func (s *server) work(ctx context.Context, r Request, messages <-chan json.RawMessage) []error {
	s.make.Do(func() { s.runners, s.failed = s.program.Runners(s.setup, s.stop) })
	runner, err := s.runners[r.Kind], s.failed
	if runner == nil && err == nil {
		err = step.WithHint(fmt.Errorf("this worker cannot run steps of kind %q", r.Kind),
			"build it with OpenCV and libtorch: make build")
	}
	errs := make([]error, len(r.Jobs))
	jobs := make([]*step.Job, len(r.Jobs))
	for i, j := range r.Jobs {
		jobs[i] = &step.Job{
			Address: j.Address, Key: j.Key, Params: j.Params, Inputs: j.Inputs, Out: j.Out,
			Report: func(p step.Progress) {
				s.send(Reply{Type: "progress", ID: r.ID, Job: i, Progress: &p})
			},
		}
		errs[i] = err
	}
	if err != nil {
		return errs
	}
	if b, ok := runner.(step.Batcher); ok && len(jobs) > 1 {
		return b.RunBatch(ctx, jobs)
	}
	for i, job := range jobs {
		if talker, ok := runner.(Talker); ok {
			send := func(v any) error { return s.sendMessage(r.ID, v) }
			errs[i] = talker.Talk(ctx, job, Line{Send: send, Received: messages})
			continue
		}
		errs[i] = runner.Run(ctx, job)
	}
	return errs
}
