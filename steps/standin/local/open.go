package local

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"snellen/engine/draft"
	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/standin"
)

// Open returns an Open whose classifiers run classify steps with so many threads. Requests that
// come while one step runs are answered together by the next one.
func Open(runner step.Runner, threads int) standin.Open {
	return func(ctx context.Context, dir string) (standin.Classifier, error) {
		model := map[string]string{"model.json": filepath.Join(dir, description)}
		found, err := filepath.Glob(filepath.Join(dir, "image-classification-*.params"))
		if err != nil || len(found) != 1 {
			return nil, fmt.Errorf("the model has %d files of weights: it was not trained here",
				len(found))
		}
		model["model.safetensors"] = found[0]
		ctx, cancel := context.WithCancel(ctx)
		c := &classifier{runner: runner, model: model, threads: threads, ctx: ctx, cancel: cancel,
			questions: make(chan question), ended: make(chan struct{})}
		go c.serve()
		return c, nil
	}
}

type classifier struct {
	runner    step.Runner
	model     map[string]string // files by their roles in a step
	threads   int
	ctx       context.Context // done when it is closed
	cancel    context.CancelFunc
	questions chan question
	ended     chan struct{}
}

// A question is one image that a caller waits for.
type question struct {
	image  []byte
	answer chan answer // with room for the answer
}

type answer struct {
	probabilities []float64
	err           error
}

var errClosed = errors.New("the endpoint is being deleted")

// Classify returns the probabilities of one image. It may be called from any goroutine.
func (c *classifier) Classify(ctx context.Context, image []byte) ([]float64, error) {
	q := question{image, make(chan answer, 1)}
	select {
	case c.questions <- q:
	case <-c.ctx.Done():
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case a := <-q.answer:
		return a.probabilities, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close closes the classifier. Callers that still wait get an error.
func (c *classifier) Close() error {
	c.cancel()
	<-c.ended
	return nil
}

// together bounds how many questions one step answers.
const together = 64

// serve answers questions until Close. One step answers all that came during the step before.
func (c *classifier) serve() {
	defer close(c.ended)
	for {
		var all []question
		select {
		case q := <-c.questions:
			all = append(all, q)
		case <-c.ctx.Done():
			return
		}
		for more := true; more && len(all) < together; {
			select {
			case q := <-c.questions:
				all = append(all, q)
			default:
				more = false
			}
		}
		c.answer(all)
	}
}

// answer asks about all at once and, if that fails, about each: a bad image must not fail the
// others.
func (c *classifier) answer(all []question) {
	found, err := c.ask(all)
	switch {
	case err == nil:
		for i, q := range all {
			q.answer <- answer{probabilities: found[i]}
		}
	case len(all) == 1:
		all[0].answer <- answer{err: err}
	default:
		for _, q := range all {
			c.answer([]question{q})
		}
	}
}

func (c *classifier) ask(all []question) (found [][]float64, err error) {
	dir, err := draft.NewTemporary()
	if err != nil {
		return nil, err
	}
	defer dir.Discard()
	images, out := filepath.Join(dir.Path, "images.rec"), filepath.Join(dir.Path, "out")
	if err := errors.Join(write(images, all), os.Mkdir(out, 0o777)); err != nil {
		return nil, err
	}
	params, err := json.Marshal(evaluate.ClassifyParams{Threads: c.threads, Device: "cpu"})
	if err != nil {
		return nil, err
	}
	inputs := maps.Clone(c.model)
	inputs["images"] = images
	job := &step.Job{Address: "classify", Key: "classify", Params: params, Inputs: inputs, Out: out,
		Report: func(step.Progress) {}}
	if err := c.runner.Run(c.ctx, job); err != nil {
		return nil, err
	}
	return read(filepath.Join(out, "probabilities.jsonl"), len(all))
}

func write(path string, all []question) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := frames.NewWriter(file)
	for _, q := range all {
		if err := w.Write(0, q.image); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return errors.Join(w.Flush(), file.Close())
}

// read reads n answers.
func read(path string, n int) ([][]float64, error) {
	file, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var found [][]float64
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one []float64
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(found) != n {
		return nil, fmt.Errorf("%d answers for %d images", len(found), n)
	}
	return found, nil
}
