//go:build native

package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/frames"
	"snellen/steps/torch"
)

// NewHead returns the runner of head steps.
func NewHead() step.Runner { return headRunner{} }

type headRunner struct{}

func (headRunner) Run(ctx context.Context, job *step.Job) error {
	var p Params
	if err := json.Unmarshal(job.Params, &p); err != nil {
		return err
	}
	if p.Pretrained == nil {
		return errors.New("the step has no pretrained network")
	}
	b, err := openBackbone(*p.Pretrained, job.Inputs["pretrained"])
	if err != nil {
		return err
	}
	h, err := newHead(job, p, b.Features)
	if err != nil {
		return err
	}
	defer h.Close()
	m, err := p.model()
	if err != nil {
		return err
	}
	m = b.model(m, false)
	m.Classes = h.classes
	if err := m.check(); err != nil {
		return err
	}
	c, err := fit(ctx, job, p, h)
	if err != nil {
		return err
	}
	if err := save(job.Out, m, b.whole(c.weights)); err != nil {
		return err
	}
	saved, err := openSaved(job.Out, p)
	if err != nil {
		return err
	}
	defer saved.Close()
	again, err := h.validation.score(saved.net)
	if err != nil {
		return err
	}
	return c.write(job.Out, again, Summary{
		Train: h.train.images, Validation: h.validation.images,
		Parameters: torch.CountParameters(c.weights),
	})
}

// A rowSet is the features of a set's images, and of their copies, with their classes.
type rowSet struct {
	images  int
	rows    []float32
	classes []int64 // of each row
}

// score returns the share of rows that a network's last layer classifies rightly.
func (s rowSet) score(net *torch.Net) (float64, error) {
	probabilities, err := net.ClassifyFeatures(s.rows, len(s.classes))
	if err != nil {
		return 0, err
	}
	return share(countRight(probabilities, s.classes), len(s.classes)), nil
}

// A head is a last layer in training. It learns from features whose mean over the training set is 0
// and whose mean squared length is meanLength, by which SageMaker's default learning rate suits all
// networks. As a network's last layer it takes them as they are.
type head struct {
	job               *step.Job
	params            Params
	classes           []string
	train, validation rowSet
	mean              []float64  // of each feature, over the training set
	unit              float64    // what features less their mean are divided by
	learner           *torch.Net // of features so moved and scaled
	scorer            *torch.Net // of features as they are
}

// newHead reads a dataset's features, which have that many numbers. Close must be called.
func newHead(job *step.Job, p Params, width int) (*head, error) {
	h := &head{job: job, params: p}
	data, err := regular.Read(job.Inputs["dataset"], frames.MaxSummary)
	if err != nil {
		return nil, err
	}
	var about frames.Summary
	if err := json.Unmarshal(data, &about); err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	h.classes = about.Classes
	var tables []Table
	for i := range h.classes {
		t, err := LoadFeatures(job.Inputs["features/"+strconv.Itoa(i)])
		if err != nil {
			return nil, err
		}
		if t.Width != width {
			return nil, fmt.Errorf("features have %d numbers, not %d", t.Width, width)
		}
		tables = append(tables, t)
	}
	if h.train, err = readRows(job, "train", tables); err != nil {
		return nil, err
	}
	if h.validation, err = readRows(job, "validation", tables); err != nil {
		return nil, err
	}
	if err := p.checkBatch(h.train.images); err != nil {
		return nil, err
	}
	h.scale(width)
	config := torch.Config{Network: torch.Head, Features: width, Classes: len(h.classes),
		Seed: p.Seed, Threads: 1, Device: p.Device, Std: [3]float64{1, 1, 1}}
	if h.learner, err = torch.New(config); err != nil {
		return nil, err
	}
	if h.scorer, err = torch.New(config); err != nil {
		return nil, errors.Join(err, h.learner.Close())
	}
	counts := make([]int, len(h.classes))
	for _, class := range h.train.classes {
		counts[class]++
	}
	if err := h.learner.Optimize(p.optimizer(counts)); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Close frees the layers.
func (h *head) Close() error { return errors.Join(h.learner.Close(), h.scorer.Close()) }

// readRows reads a set's rows in the order of its list. The copies of an image follow it.
func readRows(job *step.Job, set string, tables []Table) (rowSet, error) {
	list, err := frames.OpenImages("", job.Inputs[set+".lst"])
	if err != nil {
		return rowSet{}, err
	}
	s := rowSet{images: list.Len()}
	if s.images == 0 {
		return s, fmt.Errorf("the %s set is empty", set)
	}
	numbers := 0
	for _, t := range tables {
		numbers += len(t.Sets[set])
		if set == "train" {
			numbers += len(t.Sets["copies"])
		}
	}
	s.rows = make([]float32, 0, numbers)
	for i := range list.Len() {
		class, k, err := list.Place(i)
		if err == nil && (class >= len(tables) || k >= tables[class].Len(set)) {
			err = errors.New("it has no features")
		}
		if err != nil {
			return s, fmt.Errorf("image %d of the %s set: %w", i, set, err)
		}
		t := tables[class]
		s.rows, s.classes = append(s.rows, t.Row(set, k)...), append(s.classes, int64(class))
		if set != "train" {
			continue
		}
		copies := t.Len("copies") / t.Len(set)
		s.rows = append(s.rows, t.rows("copies", k, copies)...)
		for range copies {
			s.classes = append(s.classes, int64(class))
		}
	}
	return s, nil
}

// meanLength is the mean squared length of the features that a head learns from. Between 50 and 200
// it hardly matters. Scaling each feature by itself, to the deviation 1, was worse on a shelf: what
// hardly varies over the training frames is then as important as what does.
const meanLength = 100

// scale moves and scales the training set's rows.
func (h *head) scale(width int) {
	h.mean = make([]float64, width)
	n := float64(len(h.train.classes))
	for row := range slices.Chunk(h.train.rows, width) {
		for j, x := range row {
			h.mean[j] += float64(x) / n
		}
	}
	length := 0.0
	for row := range slices.Chunk(h.train.rows, width) {
		for j, x := range row {
			d := float64(x) - h.mean[j]
			length += d * d / n
		}
	}
	// Features that are all the same have no length, and nothing can be learnt from them.
	h.unit = max(math.Sqrt(length/meanLength), 1e-6)
	for row := range slices.Chunk(h.train.rows, width) {
		for j, x := range row {
			row[j] = float32((float64(x) - h.mean[j]) / h.unit)
		}
	}
}

func (h *head) images() int { return h.train.images }

// epoch trains on all rows once, in an order of the epoch's own.
func (h *head) epoch(ctx context.Context, epoch int, rate float64) (Epoch, error) {
	if err := ctx.Err(); err != nil {
		return Epoch{}, err
	}
	n := len(h.train.classes)
	order := make([]int64, 0, n)
	for _, row := range rand.New(rand.NewPCG(uint64(h.params.Seed), uint64(epoch))).Perm(n) {
		order = append(order, int64(row))
	}
	loss, right, err := h.learner.TrainHead(h.train.rows, h.train.classes, order,
		h.params.MiniBatchSize, rate)
	if err != nil {
		return Epoch{}, err
	}
	h.job.Report(step.Progress{Done: float64(epoch + 1), Total: float64(h.params.Epochs),
		Unit: "epochs"})
	return Epoch{Epoch: epoch, TrainAccuracy: share(right, n), Loss: loss / float64(n),
		LearningRate: rate}, nil
}

func (h *head) score(context.Context) (float64, error) {
	weights, err := h.weights()
	if err == nil {
		err = h.scorer.SetTensors(weights)
	}
	if err != nil {
		return 0, err
	}
	return h.validation.score(h.scorer)
}

// weights returns the layer for features as they are.
func (h *head) weights() ([]torch.Tensor, error) {
	tensors, err := h.learner.Tensors() // fc.bias and fc.weight
	if err != nil {
		return nil, err
	}
	bias, weight := tensors[0].Data, tensors[1].Data
	width := len(h.mean)
	for class := range bias {
		row, moved := weight[class*width:(class+1)*width], float64(bias[class])
		for j := range row {
			w := float64(row[j]) / h.unit
			row[j] = float32(w)
			moved -= w * h.mean[j]
		}
		bias[class] = float32(moved)
	}
	return tensors, nil
}

// beginning returns the network of a training that begins with a pretrained one, whose head has been
// trained on its features.
func (t *training) beginning(ctx context.Context, config torch.Config) (*torch.Net, error) {
	if t.params.Head == nil {
		return nil, errors.New("the step does not say how the head is trained first")
	}
	p := t.params
	p.Local, p.Cosine = *p.Head, true
	h, err := newHead(t.job, p, t.begin.Features)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	t.job.Report(step.Progress{Log: "training the head first"})
	c, err := fit(ctx, quiet(t.job), p, h)
	if err != nil {
		return nil, err
	}
	net, err := torch.New(config)
	if err != nil {
		return nil, err
	}
	if err := net.SetTensors(t.begin.whole(c.weights)); err != nil {
		return nil, errors.Join(err, net.Close())
	}
	return net, nil
}

// quiet returns a job that reports nothing: metrics of the head would be taken for the training's.
func quiet(job *step.Job) *step.Job {
	copied := *job
	copied.Report = func(step.Progress) {}
	return &copied
}
