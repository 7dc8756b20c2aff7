package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"snellen/engine/shared"
	"snellen/engine/step"
	"snellen/steps/worker"
)

// maxSmall bounds the bytes that a line between the two programs holds. A larger blob is no small
// one.
const maxSmall = 16 << 20

// grace is how long snellen-remote may take to end what was cancelled.
const grace = 5 * time.Second

// maxNames bounds a listing. The names of a bucket that holds more are not kept by anybody.
const maxNames = 10_000_000

// minPage is what a page counts at least, so that pages that hold nothing come to an end.
const minPage = 500

// A client is a bucket that snellen-remote serves.
type client struct {
	setup Setup
	start func() (*worker.Shared, error) // finds the program, once
	most  int                            // names of a listing

	mu     sync.Mutex
	worker *worker.Shared // once it was needed
}

func newClient(setup Setup, s Settings) *client {
	c := &client{setup: setup, most: maxNames}
	c.start = func() (*worker.Shared, error) {
		path, err := s.Program()
		if err != nil {
			return nil, err
		}
		return worker.NewShared(
			worker.Start{Program: path, Env: environ(s), Setup: setup, Grace: grace}), nil
	}
	return c
}

// URL implements shared.Bucket.
func (c *client) URL() string { return c.setup.URL() }

// Close implements shared.Bucket.
func (c *client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.worker != nil {
		c.worker.Close()
		c.worker = nil
	}
	return nil
}

// shared returns the worker, which starts at its first job.
func (c *client) shared() (*worker.Shared, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.worker != nil {
		return c.worker, nil
	}
	w, err := c.start()
	c.worker = w
	return w, err
}

// ask makes a request. An answer is one of the kind that was asked for.
func (c *client) ask(ctx context.Context, r Request, progress func(int64)) (a Answer, err error) {
	if ctx.Err() != nil {
		return a, ctx.Err()
	}
	if r.Do != List {
		if err := shared.CheckName(r.Name); err != nil {
			return a, err
		}
	}
	w, err := c.shared()
	if err != nil {
		return a, err
	}
	params, err := json.Marshal(r)
	if err != nil {
		return a, err
	}
	report := func(p step.Progress) {
		if progress != nil && p.Done > 0 {
			progress(int64(p.Done))
		}
	}
	job := &step.Job{Address: r.Do, Params: params, Report: report}
	var answer json.RawMessage
	if err := w.Ask(ctx, Kind, job, &answer); err != nil {
		if ctx.Err() != nil {
			return a, ctx.Err()
		}
		return a, err
	}
	return parseAnswer(answer, r)
}

// parseAnswer returns what snellen-remote answered to a request. The bytes are a server's.
func parseAnswer(data []byte, r Request) (a Answer, err error) {
	if err := json.Unmarshal(data, &a); err != nil {
		return Answer{}, fmt.Errorf("snellen-remote answered something else: %w", err)
	}
	if err := a.check(r); err != nil {
		return Answer{}, err
	}
	return a, nil
}

// Get implements shared.Bucket. A blob of more than 16 MiB is too large, whatever the limit.
func (c *client) Get(ctx context.Context, name string, limit int64) ([]byte, shared.Blob, error) {
	r := Request{Do: Get, Name: name, Limit: min(limit, maxSmall)}
	a, err := c.ask(ctx, r, nil)
	return a.Data, a.Blob, err
}

// Fetch implements shared.Bucket.
func (c *client) Fetch(ctx context.Context, name, path string, limit int64, progress func(int64)) (
	shared.Blob, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return shared.Blob{}, err
	}
	return c.move(ctx, Request{Do: Fetch, Name: name, Path: path, Limit: limit}, progress)
}

// Put implements shared.Bucket.
func (c *client) Put(ctx context.Context, name string, data []byte, when shared.When) (
	shared.Blob, error) {
	if len(data) > maxSmall {
		return shared.Blob{}, fmt.Errorf("put %s: %w", name, shared.ErrTooLarge)
	}
	a, err := c.ask(ctx, Request{Do: Put, Name: name, Data: data, When: when}, nil)
	return a.Blob, err
}

// Send implements shared.Bucket.
func (c *client) Send(ctx context.Context, name, path string, when shared.When,
	progress func(int64)) (shared.Blob, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return shared.Blob{}, err
	}
	return c.move(ctx, Request{Do: Send, Name: name, Path: path, When: when}, progress)
}

// move makes a request that reports its progress, in the end that all is done.
func (c *client) move(ctx context.Context, r Request, progress func(int64)) (shared.Blob, error) {
	a, err := c.ask(ctx, r, progress)
	if err == nil && progress != nil {
		progress(a.Blob.Size)
	}
	return a.Blob, err
}

// Stat implements shared.Bucket.
func (c *client) Stat(ctx context.Context, name string) (shared.Blob, error) {
	a, err := c.ask(ctx, Request{Do: Stat, Name: name}, nil)
	return a.Blob, err
}

// List implements shared.Bucket.
func (c *client) List(ctx context.Context, prefix string, each func([]shared.Blob) error) error {
	names := 0
	for after := ""; ; {
		a, err := c.ask(ctx, Request{Do: List, Name: prefix, After: after}, nil)
		if err != nil {
			return err
		}
		if len(a.Blobs) > 0 {
			if err := each(a.Blobs); err != nil {
				return err
			}
		}
		if a.Next == "" {
			return nil
		}
		// A short page counts, too: its names may all have been left out.
		if names += max(len(a.Blobs), minPage); names > c.most {
			return fmt.Errorf("%s has more than %d names that begin with %q", c.URL(), c.most,
				prefix)
		}
		after = a.Next
	}
}

// Remove implements shared.Bucket.
func (c *client) Remove(ctx context.Context, name string) error {
	_, err := c.ask(ctx, Request{Do: Remove, Name: name}, nil)
	return err
}

var _ shared.Bucket = (*client)(nil)
