//go:build native

package train

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"snellen/engine/step"
	"snellen/specs/hyper"
	"snellen/steps/torch"
)

// New returns the runner of train steps. open opens the sets of a dataset.
func New(open OpenSet) step.Runner { return runner{open} }

type runner struct{ open OpenSet }

func (r runner) Run(ctx context.Context, job *step.Job) error {
	t := &training{job: job}
	if err := json.Unmarshal(job.Params, &t.params); err != nil {
		return err
	}
	if err := t.load(ctx, r.open); err != nil {
		return err
	}
	net, err := torch.New(t.model.config(t.params.Seed, t.params.Threads, t.params.Device))
	if err != nil {
		return err
	}
	t.net = net
	err = t.fit(ctx)
	net.Close() // before the saved model is opened: one network is in memory at a time
	if err != nil {
		return err
	}
	return t.finish(ctx)
}

// training is the work of one step.
type training struct {
	job      *step.Job
	params   Params
	schedule hyper.Schedule
	data     *dataset
	model    Model
	augment  augmentation
	net      *torch.Net
	curve    []Epoch
	stopped  bool           // early
	weights  []torch.Tensor // of the best epoch so far
}

// load reads the dataset, and from it and the hyperparameters derives the network.
func (t *training) load(ctx context.Context, open OpenSet) error {
	m, err := t.params.model()
	if err != nil {
		return err
	}
	if t.schedule, err = t.params.Schedule(); err != nil {
		return err
	}
	l := &loader{job: t.job, open: open, preparation: m.Preparation.vision(),
		threads: t.params.Threads}
	if t.data, err = l.load(ctx); err != nil {
		return err
	}
	m.Classes, m.Preparation.Long = t.data.classes, l.preparation.Long
	if t.augment, err = newAugmentation(t.params, l.preparation); err != nil {
		return err
	}
	if t.params.MiniBatchSize > len(t.data.train.pictures) {
		return step.WithHint(
			fmt.Errorf("a batch of %d is larger than the training set of %d images",
				t.params.MiniBatchSize, len(t.data.train.pictures)),
			"lower hyperparameters.mini_batch_size, or film the labels for longer")
	}
	t.model = m
	return t.model.check()
}

// fit trains all epochs, or until early stopping, and keeps the weights of the best epoch.
func (t *training) fit(ctx context.Context) error {
	p := t.params
	if err := t.net.Optimize(
		torch.Optimizer{Name: p.Optimizer, Momentum: p.Momentum, WeightDecay: p.WeightDecay,
			Beta1: p.Beta1, Beta2: p.Beta2, Eps: p.Eps}); err != nil {
		return err
	}
	wait := patience{rule: p.Regularization}
	for epoch := range p.Epochs {
		began := time.Now()
		e, err := t.epoch(ctx, epoch)
		if err != nil {
			return err
		}
		rate := float64(len(t.data.train.pictures)) / time.Since(began).Seconds()
		if e.ValidationAccuracy, err = t.score(ctx, t.net); err != nil {
			return err
		}
		t.curve = append(t.curve, e)
		if best(t.curve).Epoch == epoch {
			if t.weights, err = t.net.Tensors(); err != nil {
				return err
			}
		}
		t.report(e, rate)
		if t.stopped = wait.enough(epoch, e.ValidationAccuracy) && epoch+1 < p.Epochs; t.stopped {
			t.job.Report(step.Progress{Log: "Early stopping criteria met"})
			return nil
		}
	}
	return nil
}

// best returns the epoch of the highest validation accuracy, the first of equals.
func best(curve []Epoch) Epoch {
	top := curve[0]
	for _, e := range curve {
		if e.ValidationAccuracy > top.ValidationAccuracy {
			top = e
		}
	}
	return top
}

// report reports an epoch, and logs it in the words of SageMaker's image classification.
func (t *training) report(e Epoch, rate float64) {
	for _, line := range []string{
		fmt.Sprintf("Epoch[%d] Train-accuracy=%f", e.Epoch, e.TrainAccuracy),
		fmt.Sprintf("Epoch[%d] Validation-accuracy=%f", e.Epoch, e.ValidationAccuracy),
	} {
		t.job.Report(step.Progress{Log: line})
	}
	t.job.Report(step.Progress{Metrics: &step.Metrics{Epoch: e.Epoch, Values: map[string]float64{
		"train_accuracy": e.TrainAccuracy, "validation_accuracy": e.ValidationAccuracy,
		"loss": e.Loss, "images_per_second": rate,
	}}})
}

// A batch is the input of one training step.
type batch struct {
	rgb     []byte
	classes []int64
	err     error
}

// epoch trains on the whole training set once, in an order of the epoch's own.
func (t *training) epoch(ctx context.Context, epoch int) (Epoch, error) {
	rate := t.schedule.Rate(epoch)
	ctx, cancel := context.WithCancel(ctx)
	batches := make(chan batch, 1) // one is prepared while another is trained on
	go t.batches(ctx, epoch, batches)
	defer func() {
		cancel()
		for range batches { // until the goroutine has ended
		}
	}()
	loss, right, seen := 0.0, 0, 0
	for b := range batches {
		if b.err == nil {
			b.err = ctx.Err()
		}
		if b.err != nil {
			return Epoch{}, b.err
		}
		l, r, err := t.net.Train(b.rgb, b.classes, rate)
		if err != nil {
			return Epoch{}, err
		}
		loss, right, seen = loss+l, right+r, seen+len(b.classes)
		t.job.Report(step.Progress{
			Done:  float64(epoch*len(t.data.train.pictures) + seen),
			Total: float64(t.params.Epochs * len(t.data.train.pictures)), Unit: "images",
		})
	}
	if err := ctx.Err(); err != nil {
		return Epoch{}, err
	}
	return Epoch{Epoch: epoch, TrainAccuracy: share(right, seen), Loss: loss / float64(seen),
		LearningRate: rate}, nil
}

// batches prepares an epoch's batches, in order, and closes the channel. It drops a last batch of
// one image, which batch normalisation cannot handle: the next epoch has another order.
func (t *training) batches(ctx context.Context, epoch int, to chan<- batch) {
	defer close(to)
	order := rand.New(rand.NewPCG(uint64(t.params.Seed), uint64(epoch))).Perm(
		len(t.data.train.pictures))
	for len(order) > 1 {
		n := min(t.params.MiniBatchSize, len(order))
		b := t.batch(epoch, order[:n])
		order = order[n:]
		select {
		case to <- b:
		case <-ctx.Done():
			return
		}
		if b.err != nil {
			return
		}
	}
}

func (t *training) batch(epoch int, order []int) batch {
	size := 3 * t.model.Preparation.Height * t.model.Preparation.Width
	b := batch{rgb: make([]byte, size*len(order))}
	for i, k := range order {
		if err := t.augment.input(epoch, k, t.data.train.pictures[k],
			b.rgb[i*size:(i+1)*size]); err != nil {
			return batch{err: err}
		}
		b.classes = append(b.classes, t.data.train.classes[k])
	}
	return b
}

// score returns a network's accuracy on the validation set. Each image counts once.
func (t *training) score(ctx context.Context, net *torch.Net) (float64, error) {
	p := t.model.Preparation.vision()
	size, set := 3*p.Height*p.Width, t.data.validation
	right := 0
	for at := 0; at < len(set.pictures); at += t.params.MiniBatchSize {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n := min(t.params.MiniBatchSize, len(set.pictures)-at)
		rgb := make([]byte, size*n)
		for i := range n {
			p.CropCentre(set.pictures[at+i], rgb[i*size:(i+1)*size])
		}
		probabilities, err := net.Classify(rgb, n)
		if err != nil {
			return 0, err
		}
		for i := range n {
			if likeliest(probabilities[i*len(t.model.Classes):(i+1)*len(t.model.Classes)]) == int(
				set.classes[at+i]) {
				right++
			}
		}
	}
	return share(right, len(set.pictures)), nil
}

// likeliest returns the index of the largest probability, the first of equals.
func likeliest(p []float32) int {
	best := 0
	for i, x := range p {
		if x > p[best] {
			best = i
		}
	}
	return best
}

func share(part, of int) float64 { return float64(part) / float64(of) }

// finish saves the best epoch's model, opens it as a caller would, and scores it again. It fails
// unless the saved model has the accuracy that the training reported.
func (t *training) finish(ctx context.Context) error {
	if err := save(t.job.Out, t.model, t.weights); err != nil {
		return err
	}
	c, err := Open(filepath.Join(t.job.Out, "model.json"),
		filepath.Join(t.job.Out, "model.safetensors"), t.params.Threads, t.params.Device)
	if err != nil {
		return fmt.Errorf("open the saved model: %w", err)
	}
	defer c.Close()
	again, err := t.score(ctx, c.net)
	if err != nil {
		return err
	}
	top := best(t.curve)
	if again != top.ValidationAccuracy {
		return fmt.Errorf("the saved model scores %g on the validation set, and epoch %d scored %g",
			again, top.Epoch, top.ValidationAccuracy)
	}
	if err := writeJSON(filepath.Join(t.job.Out, "curve.json"), t.curve); err != nil {
		return err
	}
	return writeJSON(filepath.Join(t.job.Out, "summary.json"), Summary{
		Accuracy: top.ValidationAccuracy, BestEpoch: top.Epoch, LastEpoch: len(t.curve) - 1,
		EarlyStopped: t.stopped,
		Train:        len(t.data.train.pictures), Validation: len(t.data.validation.pictures),
		Parameters: torch.CountParameters(t.weights),
	})
}
