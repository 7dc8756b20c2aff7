//go:build native

package watch

import (
	"context"
	"errors"

	"snellen/engine/step"
	"snellen/steps/worker"
)

// A remoteClassifier is a Classifier that sends Questions to snellen, which asks an endpoint: the
// worker has no credentials.
type remoteClassifier struct {
	classes []string
	line    worker.Line
	answers <-chan Answer
	last    int // ID of the last question
}

func (r *remoteClassifier) Classes() []string { return r.classes }
func (r *remoteClassifier) Close() error      { return nil }

// Classify asks a question and waits for its answer.
func (r *remoteClassifier) Classify(ctx context.Context, jpegs [][]byte) ([][]float64, error) {
	r.last++
	if err := r.line.Send(Event{Asked: &Question{r.last, jpegs}}); err != nil {
		return nil, err
	}
	for {
		select {
		case a := <-r.answers:
			switch {
			case a.ID != r.last: // the answer to a question that was cancelled
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
