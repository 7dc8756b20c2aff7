package container

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/frames"
	"snellen/steps/train"
)

// ReadDataset reads dataset.json. It returns an error where a training would fail later, after it
// has cost time or money: a set smaller than a batch, for example.
func ReadDataset(path string, batch int) (frames.Summary, error) {
	data, err := regular.Read(path, frames.MaxSummary)
	if err != nil {
		return frames.Summary{}, fmt.Errorf("read the dataset: %w", err)
	}
	return parseDataset(data, batch)
}

func parseDataset(data []byte, batch int) (s frames.Summary, err error) {
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("read the dataset: %w", err)
	}
	for _, set := range []struct {
		name   string
		counts []int
	}{{"training", s.Train}, {"validation", s.Validation}} {
		if len(set.counts) != len(s.Classes) || len(s.Classes) == 0 {
			return s, fmt.Errorf("the %s set counts %d classes of %d", set.name, len(set.counts),
				len(s.Classes))
		}
		for _, n := range set.counts {
			if n < 0 || n > math.MaxInt32 {
				return s, fmt.Errorf("the %s set counts %d images", set.name, n)
			}
		}
		if n := Sum(set.counts); n < batch {
			return s, step.WithHint(
				fmt.Errorf("the %s set has %d images, fewer than a batch of %d", set.name, n,
					batch),
				fmt.Sprintf("lower mini_batch_size to %d or less", n))
		}
	}
	return s, nil
}

// Sum returns the number of images of all classes.
func Sum(counts []int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

// An entry is one of curve.json. It is the local trainer's without the loss, which the contract's
// lines do not have.
type entry struct {
	Epoch              int      `json:"epoch"`
	TrainAccuracy      float64  `json:"train_accuracy"`
	ValidationAccuracy float64  `json:"validation_accuracy"`
	LearningRate       *float64 `json:"learning_rate,omitempty"`
}

// WriteCurve writes a training's curve.json and summary.json. The log must have a whole epoch. rate
// returns the learning rate of an epoch; it is nil where that is not known.
func WriteCurve(job *step.Job, log *Parser, data frames.Summary, p Hyperparameters,
	rate func(epoch int) float64) error {
	epochs := log.Epochs()
	var entries []entry
	for _, e := range epochs {
		one := entry{Epoch: e.Epoch, TrainAccuracy: e.Train, ValidationAccuracy: e.Validation}
		if rate != nil {
			one.LearningRate = new(rate(e.Epoch))
		}
		entries = append(entries, one)
	}
	best := Best(epochs)
	return errors.Join(WriteJSON(job, "curve.json", entries),
		WriteJSON(job, "summary.json", train.Summary{
			Accuracy: epochs[best].Validation, BestEpoch: best, LastEpoch: len(epochs) - 1,
			EarlyStopped: log.EarlyStopped || p.EarlyStopping && len(epochs) < p.Epochs,
			Train:        Sum(data.Train), Validation: Sum(data.Validation),
		}))
}

// WriteJSON writes value as one of a step's outputs.
func WriteJSON[T any](job *step.Job, name string, value T) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(job.Out, name), append(data, '\n'), 0o666)
}
