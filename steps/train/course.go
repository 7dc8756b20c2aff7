//go:build native

package train

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"snellen/engine/step"
	"snellen/specs/hyper"
	"snellen/steps/torch"
)

// A learner is a network in training.
type learner interface {
	// images returns the size of the training set.
	images() int

	// epoch trains on the whole training set once, and returns an Epoch without its validation.
	epoch(ctx context.Context, epoch int, rate float64) (Epoch, error)

	// score returns the accuracy on the validation set.
	score(ctx context.Context) (float64, error)

	// weights returns a copy of what is learnt.
	weights() ([]torch.Tensor, error)
}

// A course is what a training did.
type course struct {
	curve   []Epoch
	stopped bool           // early
	kept    Epoch          // whose weights are kept
	weights []torch.Tensor // of that epoch
}

// rates returns the learning rate by epoch.
func (p Params) rates() (hyper.Schedule, error) {
	if p.Cosine {
		return hyper.Cosine(p.LearningRate, p.Epochs), nil
	}
	return p.Schedule()
}

// keepsLast reports whether a training keeps the weights of its last epoch. A learning rate that
// falls to 0 leaves the best ones there, and epochs of a pretrained network often score alike on the
// validation set: the best of them would be the first to do so by chance.
func (p Params) keepsLast() bool { return p.Cosine && !p.EarlyStopping }

// fit trains all epochs, or until early stopping, and keeps the weights of the best epoch, the first
// of equals, or of the last one.
func fit(ctx context.Context, job *step.Job, p Params, l learner) (c course, err error) {
	rates, err := p.rates()
	if err != nil {
		return c, err
	}
	wait := patience{rule: p.Regularization}
	for epoch := range p.Epochs {
		began := time.Now()
		e, err := l.epoch(ctx, epoch, rates.Rate(epoch))
		if err != nil {
			return c, err
		}
		perSecond := float64(l.images()) / time.Since(began).Seconds()
		if e.ValidationAccuracy, err = l.score(ctx); err != nil {
			return c, err
		}
		c.curve = append(c.curve, e)
		best := epoch == 0 || e.ValidationAccuracy > c.kept.ValidationAccuracy
		if p.keepsLast() {
			best = epoch == p.Epochs-1
		}
		if best {
			c.kept = e
			if c.weights, err = l.weights(); err != nil {
				return c, err
			}
		}
		report(job, e, perSecond)
		c.stopped = wait.enough(epoch, e.ValidationAccuracy) && epoch+1 < p.Epochs
		if c.stopped {
			job.Report(step.Progress{Log: "Early stopping criteria met"})
			return c, nil
		}
	}
	return c, nil
}

// report reports an epoch, and logs it in the words of SageMaker's image classification.
func report(job *step.Job, e Epoch, rate float64) {
	for _, line := range []string{
		fmt.Sprintf("Epoch[%d] Train-accuracy=%f", e.Epoch, e.TrainAccuracy),
		fmt.Sprintf("Epoch[%d] Validation-accuracy=%f", e.Epoch, e.ValidationAccuracy),
	} {
		job.Report(step.Progress{Log: line})
	}
	job.Report(step.Progress{Metrics: &step.Metrics{Epoch: e.Epoch, Values: map[string]float64{
		"train_accuracy": e.TrainAccuracy, "validation_accuracy": e.ValidationAccuracy,
		"loss": e.Loss, "images_per_second": rate,
	}}})
}

// openSaved opens the model that a training has saved.
func openSaved(dir string, p Params) (*Classifier, error) {
	c, err := Open(filepath.Join(dir, "model.json"), filepath.Join(dir, "model.safetensors"),
		p.Threads, p.Device)
	if err != nil {
		return nil, fmt.Errorf("open the saved model: %w", err)
	}
	return c, nil
}

// write writes the curve and the summary, which has the counts already. again is the saved model's
// accuracy.
func (c course) write(dir string, again float64, s Summary) error {
	if again != c.kept.ValidationAccuracy {
		return fmt.Errorf("the saved model scores %g on the validation set, and epoch %d scored %g",
			again, c.kept.Epoch, c.kept.ValidationAccuracy)
	}
	if err := writeJSON(filepath.Join(dir, "curve.json"), c.curve); err != nil {
		return err
	}
	s.Accuracy, s.BestEpoch, s.LastEpoch = again, c.kept.Epoch, len(c.curve)-1
	s.EarlyStopped = c.stopped
	return writeJSON(filepath.Join(dir, "summary.json"), s)
}
