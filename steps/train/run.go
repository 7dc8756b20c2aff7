//go:build native

package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"snellen/engine/step"
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
	err := t.load(ctx, r.open)
	if t.data != nil {
		defer t.data.Close()
	}
	if err != nil {
		return err
	}
	course, err := t.fit(ctx)
	if err != nil {
		return err
	}
	return t.finish(ctx, course)
}

// training is the work of one step.
type training struct {
	job     *step.Job
	params  Params
	data    *dataset
	model   Model
	augment augmentation
	begin   *backbone // nil: random weights
	net     *torch.Net
}

// load reads the dataset, and from it and the hyperparameters derives the network.
func (t *training) load(ctx context.Context, open OpenSet) error {
	m, err := t.params.model()
	if err != nil {
		return err
	}
	augmenting := t.params.AugmentationType
	if t.params.Cuts {
		augmenting = Cuts
	}
	if t.params.Pretrained != nil {
		t.begin, err = openBackbone(*t.params.Pretrained, t.job.Inputs["pretrained"])
		if err != nil {
			return err
		}
		m = t.begin.model(m, true)
	}
	if t.augment, err = newAugmentation(augmenting, m.Preparation.vision()); err != nil {
		return err
	}
	l := &loader{job: t.job, open: open, preparation: m.Preparation.vision(), shapes: t.begin != nil,
		augment: t.augment, threads: t.params.Threads}
	if t.data, err = l.load(ctx); err != nil {
		return err
	}
	m.Classes, m.Preparation.Long = t.data.classes, l.preparation.Long
	t.augment.preparation = l.preparation
	t.model = m
	return errors.Join(t.params.checkBatch(len(t.data.train.classes)), m.check())
}

// checkBatch returns an error if a batch is larger than the training set.
func (p Params) checkBatch(images int) error {
	if p.MiniBatchSize <= images {
		return nil
	}
	return step.WithHint(
		fmt.Errorf("a batch of %d is larger than the training set of %d images", p.MiniBatchSize,
			images), "lower hyperparameters.mini_batch_size, or film the labels for longer")
}

// optimizer returns how a training changes weights. counts are the images of each class.
func (p Params) optimizer(counts []int) torch.Optimizer {
	o := torch.Optimizer{Name: p.Optimizer, Momentum: p.Momentum, WeightDecay: p.WeightDecay,
		Beta1: p.Beta1, Beta2: p.Beta2, Eps: p.Eps}
	if p.UseWeightedLoss == 1 {
		o.ClassWeights = classWeights(counts)
	}
	return o
}

// classWeights returns the inverse of each class's share of the images, divided by the number of
// classes: 1 where all have as many.
func classWeights(counts []int) []float32 {
	all := 0
	for _, n := range counts {
		all += n
	}
	weights := make([]float32, len(counts))
	for i, n := range counts {
		weights[i] = float32(float64(all) / float64(max(n, 1)*len(counts)))
	}
	return weights
}

// How a pretrained network is trained whole: its head learns faster than the layers that know
// something already, and no step may undo what they know.
const (
	headRate = 10
	maxNorm  = 1
)

// fit trains the network and closes it, before the saved model is opened: one is in memory at a
// time.
func (t *training) fit(ctx context.Context) (c course, err error) {
	config := t.model.config(t.params.Seed, t.params.Threads, t.params.Device)
	o := t.params.optimizer(t.data.train.counts(len(t.data.classes)))
	if t.begin == nil {
		t.net, err = torch.New(config)
	} else {
		o.HeadRate, o.Clip = headRate, maxNorm
		t.net, err = t.beginning(ctx, config)
	}
	if err != nil {
		return course{}, err
	}
	defer t.net.Close()
	if err := t.net.Optimize(o); err != nil {
		return course{}, err
	}
	return fit(ctx, t.job, t.params, t)
}

func (t *training) images() int { return len(t.data.train.classes) }

func (t *training) weights() ([]torch.Tensor, error) { return t.net.Tensors() }

// A batch is the input of one training step.
type batch struct {
	rgb     []byte
	classes []int64
	err     error
}

// epoch trains on the whole training set once, in an order of the epoch's own.
func (t *training) epoch(ctx context.Context, epoch int, rate float64) (Epoch, error) {
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
			Done:  float64(epoch*len(t.data.train.classes) + seen),
			Total: float64(t.params.Epochs * len(t.data.train.classes)), Unit: "images",
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
		len(t.data.train.classes))
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
		// The changes of a picture depend on the seed, the epoch and its index alone, so pictures
		// can be prepared in any order.
		random := rand.New(rand.NewPCG(uint64(t.params.Seed), uint64(epoch)<<32|uint64(k)))
		picture, err := t.data.train.picture(k)
		if err == nil {
			err = t.augment.input(random, picture, b.rgb[i*size:(i+1)*size])
		}
		if err != nil {
			return batch{err: fmt.Errorf("image %d: %w", k, err)}
		}
		b.classes = append(b.classes, t.data.train.classes[k])
	}
	return b
}

func (t *training) score(ctx context.Context) (float64, error) { return t.scoreOf(ctx, t.net) }

// scoreOf returns a network's accuracy on the validation set. Each image counts once.
func (t *training) scoreOf(ctx context.Context, net *torch.Net) (float64, error) {
	p := t.model.Preparation.vision()
	size, set := 3*p.Height*p.Width, t.data.validation
	right := 0
	rgb := make([]byte, size*scoreBatch)
	for at := 0; at < len(set.pictures); at += scoreBatch {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n := min(scoreBatch, len(set.pictures)-at)
		for i := range n {
			p.CropCentre(set.pictures[at+i], rgb[i*size:(i+1)*size])
		}
		probabilities, err := net.Classify(rgb[:n*size], n)
		if err != nil {
			return 0, err
		}
		right += countRight(probabilities, set.classes[at:at+n])
	}
	return share(right, len(set.pictures)), nil
}

// scoreBatch is how many images are scored at once.
const scoreBatch = 2 * torch.Batch

// countRight returns how many rows of probabilities have the largest one at their class.
func countRight(rows []float32, classes []int64) int {
	right, width := 0, len(rows)/len(classes)
	for i, class := range classes {
		if likeliest(rows[i*width:(i+1)*width]) == int(class) {
			right++
		}
	}
	return right
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
func (t *training) finish(ctx context.Context, c course) error {
	if err := save(t.job.Out, t.model, c.weights); err != nil {
		return err
	}
	saved, err := openSaved(t.job.Out, t.params)
	if err != nil {
		return err
	}
	defer saved.Close()
	again, err := t.scoreOf(ctx, saved.net)
	if err != nil {
		return err
	}
	return c.write(t.job.Out, again, Summary{
		Train: len(t.data.train.classes), Validation: len(t.data.validation.pictures),
		Parameters: torch.CountParameters(c.weights),
	})
}
