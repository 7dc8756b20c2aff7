package export

import (
	"slices"
	"time"

	"snellen/steps/train"
)

// A point is one figure of one epoch.
type point struct {
	name  string // "accuracy/validation"
	epoch int    // from 0
	value float64
	at    time.Time
}

// points returns the figures of all epochs, epoch by epoch. It leaves out what the trainer did not
// report, such as the loss of a training in the cloud.
func (t *Training) points() []point {
	reported := func(of func(train.Epoch) float64) bool {
		return slices.ContainsFunc(t.Curve, func(e train.Epoch) bool { return of(e) != 0 })
	}
	// A trainer that does not report a figure leaves it zero in every epoch.
	loss := reported(func(e train.Epoch) float64 { return e.Loss })
	rate := reported(func(e train.Epoch) float64 { return e.LearningRate })
	var list []point
	for _, e := range t.Curve {
		add := func(name string, value float64) {
			list = append(list, point{name, e.Epoch, value, t.at(e.Epoch)})
		}
		add("accuracy/train", e.TrainAccuracy)
		add("accuracy/validation", e.ValidationAccuracy)
		if loss {
			add("loss/train", e.Loss)
		}
		if rate {
			add("learning_rate", e.LearningRate)
		}
		if speed, ok := t.Measures[e.Epoch].Values["images_per_second"]; ok {
			add("images_per_second", speed)
		}
	}
	return list
}

// at returns the time at which an epoch ended, from the run's journal. Without a journal it returns
// the time at which the training was recorded.
func (t *Training) at(epoch int) time.Time {
	if m, ok := t.Measures[epoch]; ok {
		return m.Time
	}
	return t.Record.Ended
}

// began returns the time at which the training started.
func (t *Training) started() time.Time { return t.Record.Ended.Add(-t.Record.Took) }

// last returns the training's last epoch, counted from 0.
func (t *Training) last() int {
	if len(t.Curve) == 0 {
		return 0
	}
	return t.Curve[len(t.Curve)-1].Epoch
}
