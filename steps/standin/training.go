package standin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A Train trains for a job. It leaves in t.Model what becomes model.tar.gz, and reports each epoch.
// When ctx ends it should save what it can and return. Its error becomes the job's FailureReason.
// It may be called several times at once.
type Train func(ctx context.Context, t *Training) error

// A Training is a Train's input: what a container finds below /opt/ml.
type Training struct {
	Job             string
	Image           string // the requested one
	HyperParameters map[string]string
	Channels        map[string]string // folder of each channel
	Model           string            // folder, empty
	Checkpoints     string            // folder with what is in S3; "": none are kept
	Epoch           func(Epoch)       // called after each epoch, in order
	Log             func(line string)
}

// An Epoch is the result of one epoch.
type Epoch struct {
	Train      float64 // accuracy, 0 to 1
	Validation float64
	// Right says, for each validation image in the order of the list, whether it was classified
	// right. If it is set, Validation is ignored, and the score is the algorithm's: over whole
	// batches. The last one wraps around to the list's beginning.
	Right []bool
}

// rounds returns the images that the algorithm scores in an epoch, counted from 0. MXNet fills the
// last batch from the list's beginning, and begins the next epoch after those images.
func rounds(epoch, images, batch int) (first, scored int) {
	for range epoch + 1 {
		first = (first + scored) % images
		left := images - first
		scored = (left + batch - 1) / batch * batch
	}
	return first, scored
}

func (e Epoch) validation(epoch, batch int) float64 {
	if len(e.Right) == 0 || batch < 1 {
		return e.Validation
	}
	first, scored := rounds(epoch, len(e.Right), batch)
	right := 0
	for i := range scored {
		if e.Right[(first+i)%len(e.Right)] {
			right++
		}
	}
	return float64(right) / float64(scored)
}

// A Replay returns the recorded curve of a job, and reports whether there is one.
type Replay func(Subject) (Curve, bool)

// A Subject is what a Replay goes by.
type Subject struct {
	Job             string
	HyperParameters map[string]string
	Width, Height   int // of the first training image, pixels
}

// A Curve is a recorded training.
type Curve struct {
	Epochs  []Epoch
	Stopped bool          // early stopping ended the training
	Took    time.Duration // billed: download, training and upload together
}

// replay replays the curve's epochs one after the other, so that the whole takes as long as it
// took.
func (j *job) replay(c Curve, d *dataset) {
	waits := j.server.waits
	left := max(c.Took-waits.Download-waits.Upload, 0)
	each := left / time.Duration(max(len(c.Epochs), 1))
	if j.epochs >= len(c.Epochs) {
		j.replayed(c, d)
		return
	}
	batches := d.batches()
	step := each * 20 / time.Duration(max(batches, 20))
	for b := 20; b < batches; b += 20 {
		j.later(step*time.Duration(b/20),
			func() { j.print.batch(j.epochs, b, c.Epochs[j.epochs].Train, d, step) })
	}
	last := each
	if j.epochs == len(c.Epochs)-1 {
		last = left - each*time.Duration(len(c.Epochs)-1)
	}
	j.later(last, func() {
		turn := j.turn
		j.epoch(c.Epochs[j.epochs], d)
		if j.turn == turn {
			j.replayed(c, d)
		}
	})
}

// replayed goes on after an epoch, or ends. The uploaded model has the algorithm's file names, but
// no network in it.
func (j *job) replayed(c Curve, d *dataset) {
	turn := j.turn
	var err error
	j.server.apart(func() { err = errors.Join(j.replayModel(c), j.replayCheckpoint(d)) }, func() {
		switch {
		case j.turn != turn:
		case err != nil:
			j.fail(reasonOf("AlgorithmError", err))
		default:
			j.goOn(c, d)
		}
	})
}

// goOn begins the next epoch or ends the training, unless the instance is reclaimed.
func (j *job) goOn(c Curve, d *dataset) {
	turn := j.turn
	j.interrupt()
	switch {
	case j.turn != turn:
	case j.epochs < len(c.Epochs):
		j.replay(c, d)
	default:
		if c.Stopped {
			j.print.line("Early stopping criteria met.")
		}
		j.trained()
	}
}

// weightsName returns the algorithm's file name for the weights of an epoch, counted from 1.
const weightsName = "image-classification-%04d.params"

// replayCheckpoint saves a checkpoint of an epoch, for this job or another one to go on from.
func (j *job) replayCheckpoint(d *dataset) error {
	if d.checkpoints == "" {
		return nil
	}
	path := filepath.Join(d.checkpoints, fmt.Sprintf(weightsName, j.epochs))
	return errors.Join(os.WriteFile(path, []byte("A replay, without weights.\n"), 0o666),
		j.putCheckpoints(d))
}

func (j *job) replayModel(c Curve) error {
	best := 0
	for i, e := range c.Epochs[:j.epochs] {
		if e.Validation > c.Epochs[best].Validation {
			best = i
		}
	}
	if err := os.MkdirAll(j.modelDir(), 0o777); err != nil {
		return err
	}
	text := fmt.Sprintf("A replay of epoch %d, without weights.\n", best)
	for _, name := range []string{fmt.Sprintf(weightsName, best+1),
		"image-classification-symbol.json", "model-shapes.json"} {
		if err := os.WriteFile(filepath.Join(j.modelDir(), name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// BySize replays curves by the size of the training images, written "800x600".
func BySize(curves map[string]Curve) Replay {
	return func(s Subject) (Curve, bool) {
		c, ok := curves[fmt.Sprintf("%dx%d", s.Width, s.Height)]
		return c, ok
	}
}
