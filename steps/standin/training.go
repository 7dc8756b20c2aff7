package standin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A Train trains for a job: it leaves in t.Model what becomes model.tar.gz, and tells of each epoch. When ctx ends it should
// save what it can and return. Its error becomes the job's FailureReason. It may be called several times at once.
type Train func(ctx context.Context, t *Training) error

// A Training is what a Train is given: what a container finds below /opt/ml.
type Training struct {
	Job             string
	Image           string // the one that was asked for
	HyperParameters map[string]string
	Channels        map[string]string // folder of each channel
	Model           string            // folder, empty
	Checkpoints     string            // folder with what is in S3; "" where none are kept
	Epoch           func(Epoch)       // to be called after each epoch, in order
	Log             func(line string)
}

// An Epoch is what one epoch gave.
type Epoch struct {
	Train      float64 // accuracy, 0 to 1
	Validation float64
	// Right tells of each validation image, in the order of the list, whether it was found. Where it is given, Validation is
	// not looked at, and scored as the algorithm does it: in whole batches, which run over the end into the list's beginning.
	Right []bool
}

// rounds is which images the algorithm scores in an epoch, counted from 0: MXNet fills a batch that runs over the end of the
// list from its beginning, and begins the next epoch after those.
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

// A Replay finds the curve that was once recorded of such a job.
type Replay func(Subject) (Curve, bool)

// A Subject is what a curve is looked up by.
type Subject struct {
	Job             string
	HyperParameters map[string]string
	Width, Height   int // of the first training image, pixels
}

// A Curve is a training that was recorded.
type Curve struct {
	Epochs  []Epoch
	Stopped bool          // the algorithm stopped early after the last
	Took    time.Duration // that is paid for: download, training and upload together
}

// replay gives the curve's epochs out, one after the other, so that the whole takes as long as it took.
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
		j.later(step*time.Duration(b/20), func() { j.print.batch(j.epochs, b, c.Epochs[j.epochs].Train, d, step) })
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

// replayed goes on after an epoch, or ends. What is uploaded has the names of the algorithm's files and no network in it.
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

// goOn begins the next epoch, unless the instance is taken back, or ends.
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

// weightsName is what the algorithm names the weights of an epoch, counted from 1.
const weightsName = "image-classification-%04d.params"

// replayCheckpoint keeps an epoch where the job, or another one, goes on from it.
func (j *job) replayCheckpoint(d *dataset) error {
	if d.checkpoints == "" {
		return nil
	}
	path := filepath.Join(d.checkpoints, fmt.Sprintf(weightsName, j.epochs))
	return errors.Join(os.WriteFile(path, []byte("A replay, without weights.\n"), 0o666), j.putCheckpoints(d))
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
	for _, name := range []string{fmt.Sprintf(weightsName, best+1), "image-classification-symbol.json", "model-shapes.json"} {
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
