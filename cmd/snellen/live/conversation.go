package live

import (
	"context"
	"encoding/json"
	"os"

	"snellen/engine/step"
	"snellen/steps/watch"
	"snellen/steps/worker"
)

// An Asker answers a question about crops: for each image, the probability of each class.
type Asker func(ctx context.Context, images [][]byte) ([][]float64, error)

// A Conversation is this program's end of the line to the worker that watches.
type Conversation struct {
	Stop   <-chan struct{}   // closed when the job shall end, as if its window was closed
	Ask    Asker             // nil: there is no endpoint
	Handle func(watch.Event) // called with each event but Asked, one at a time

	// Begin is called first, once the worker has the job. tell may be called for as long as the job
	// runs. nil: nobody tells it more.
	Begin func(tell func(watch.Message) error)
}

// Run starts a worker for the job, talks to it, and returns when it has ended.
func (j *Job) Run(ctx context.Context, c Conversation) error {
	program, err := j.project.Worker.Find()
	if err != nil {
		return err
	}
	data, err := json.Marshal(j.Params)
	if err != nil {
		return err
	}
	job := &step.Job{Params: data, Inputs: j.Inputs, Out: j.Out, Report: func(step.Progress) {}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // what waits for Stop
	return worker.Talk(ctx, worker.Start{Program: program, Env: os.Environ()}, watch.Kind, job,
		func(send func(any) error) func(json.RawMessage) { return c.begin(ctx, send) })
}

func (c Conversation) begin(ctx context.Context,
	send func(any) error) (hear func(json.RawMessage)) {
	if c.Begin != nil {
		c.Begin(func(m watch.Message) error { return send(m) })
	}
	go func() {
		select {
		case <-c.Stop:
			send(watch.Message{Stop: true}) // fails only where the worker is gone
		case <-ctx.Done():
		}
	}()
	return func(text json.RawMessage) {
		var said watch.Event
		if err := json.Unmarshal(text, &said); err != nil {
			return // both speak one protocol, whose version was compared
		}
		if q := said.Asked; q != nil {
			go func() { send(watch.Message{Answer: c.answer(ctx, q)}) }()
			return
		}
		c.Handle(said)
	}
}

func (c Conversation) answer(ctx context.Context, q *watch.Question) *watch.Answer {
	if c.Ask == nil {
		return &watch.Answer{ID: q.ID, Error: "there is no endpoint to ask"}
	}
	probabilities, err := c.Ask(ctx, q.Images)
	if err != nil {
		return &watch.Answer{ID: q.ID, Error: err.Error(), Hint: step.Hint(err)}
	}
	return &watch.Answer{ID: q.ID, Probabilities: probabilities}
}
