//go:build native

package watch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/worker"
)

// A view is a picture with its judgement.
type view struct {
	picture
	model      string
	detections []evaluate.Detection
}

// A judge has pictures judged, by the model that is chosen.
type judge struct {
	params Params
	inputs map[string]string
	open   evaluate.OpenFunc
	remote *remote // in place of models; nil: none

	opened map[int]evaluate.Classifier
	times  []time.Time // of the last second's judgements
}

// view judges a picture with the chosen model, and opens that where it is the first time.
func (j *judge) view(ctx context.Context, p picture, chosen int) (view, error) {
	model, name, err := j.model(chosen)
	if err != nil {
		return view{}, err
	}
	detections, _, err := evaluate.JudgeFrame(ctx, p.frame, model, j.params.Params)
	if err != nil {
		return view{}, err
	}
	for i := range detections {
		detections[i].Frame, detections[i].Seconds = p.number, p.seconds
	}
	j.times = append(j.times, time.Now())
	return view{p, name, detections}, nil
}

func (j *judge) model(chosen int) (evaluate.Classifier, string, error) {
	if j.remote != nil {
		return j.remote, j.params.Endpoint, nil
	}
	name := j.params.Models[chosen]
	if m, ok := j.opened[chosen]; ok {
		return m, name, nil
	}
	m, err := j.open(j.inputs[ModelInput(name, "model.json")], j.inputs[ModelInput(name, "model.safetensors")], j.params.Threads, j.params.Device)
	if err != nil {
		return nil, "", fmt.Errorf("the model of %s: %w", name, err)
	}
	j.opened[chosen] = m
	return m, name, nil
}

// rate is how many pictures were judged in the last second.
func (j *judge) rate() float64 {
	since := time.Now().Add(-time.Second)
	for len(j.times) > 0 && j.times[0].Before(since) {
		j.times = j.times[1:]
	}
	return float64(len(j.times))
}

func (j *judge) close() error {
	var errs []error
	for _, m := range j.opened {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}

// A remote classifier asks at the other end of the line.
type remote struct {
	classes []string
	line    worker.Line
	answers <-chan Answer
	last    int
}

func (r *remote) Classes() []string { return r.classes }
func (r *remote) Close() error      { return nil }

func (r *remote) Classify(ctx context.Context, jpegs [][]byte) ([][]float64, error) {
	r.last++
	if err := r.line.Say(Event{Asked: &Question{r.last, jpegs}}); err != nil {
		return nil, err
	}
	for {
		select {
		case a := <-r.answers:
			switch {
			case a.ID != r.last: // of a question that was given up
			case a.Error != "":
				return nil, step.WithHint(errors.New(a.Error), a.Hint)
			default:
				return a.Probabilities, nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
