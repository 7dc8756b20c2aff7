package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"sync"
	"time"

	"snellen/engine/step"
	"snellen/steps/remote"
	"snellen/steps/worker"
)

// Serve serves one bucket over the protocol of steps/worker until in ends. It silences package log:
// net/http writes there what a server sends unasked.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	log.SetOutput(io.Discard)
	runners := func(data json.RawMessage, _ <-chan struct{}) (map[string]step.Runner, error) {
		var setup remote.Setup
		if err := json.Unmarshal(data, &setup); err != nil {
			return nil, fmt.Errorf("a setup that is not JSON: %w", err)
		}
		b, err := Open(ctx, setup)
		if err != nil {
			return nil, err
		}
		return map[string]step.Runner{remote.Kind: runner{b}}, nil
	}
	return worker.Serve(ctx, in, out, worker.Program{Runners: runners})
}

// A runner makes the requests of jobs to a bucket.
type runner struct{ bucket *Bucket }

// Run implements step.Runner.
func (runner) Run(context.Context, *step.Job) error {
	return errors.New("BUG: a request to a bucket wants an answer")
}

// Talk implements worker.Talker.
func (r runner) Talk(ctx context.Context, job *step.Job, line worker.Line) error {
	var request remote.Request
	if err := json.Unmarshal(job.Params, &request); err != nil {
		return err
	}
	a, err := r.answer(ctx, request, throttled(job.Report))
	for status, is := range remote.Statuses {
		if errors.Is(err, is) {
			a, err = remote.Answer{Status: status}, nil
		}
	}
	if err != nil {
		return err
	}
	return line.Send(a)
}

// answer makes a request.
func (r runner) answer(ctx context.Context, q remote.Request, progress func(int64)) (
	a remote.Answer, err error) {
	a.Status = remote.OK
	switch q.Do {
	case remote.Get:
		a.Data, a.Blob, err = r.bucket.Get(ctx, q.Name, q.Limit)
	case remote.Fetch:
		a.Blob, err = r.bucket.Fetch(ctx, q.Name, q.Path, q.Limit, progress)
	case remote.Put:
		a.Blob, err = r.bucket.Put(ctx, q.Name, q.Data, q.When)
	case remote.Send:
		a.Blob, err = r.bucket.Send(ctx, q.Name, q.Path, q.When, progress)
	case remote.Stat:
		a.Blob, err = r.bucket.Stat(ctx, q.Name)
	case remote.List:
		a.Blobs, a.Next, err = r.bucket.page(ctx, q.Name, q.After)
	case remote.Remove:
		err = r.bucket.Remove(ctx, q.Name)
	default:
		err = fmt.Errorf("BUG: a request to %.40q", q.Do)
	}
	return a, err
}

// every is how often progress is reported at most: there may be 64 downloads at once.
const every = 100 * time.Millisecond

// throttled returns what reports bytes as a job's progress: the first, some, and whatever comes
// after a while.
func throttled(report func(step.Progress)) func(int64) {
	var mu sync.Mutex
	var last time.Time
	var most int64
	return func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		if n <= most || time.Since(last) < every {
			most = max(most, n)
			return
		}
		most, last = n, time.Now()
		report(step.Progress{Done: float64(n)})
	}
}
