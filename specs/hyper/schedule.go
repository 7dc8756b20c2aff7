package hyper

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Schedule is the learning rate by epoch.
type Schedule struct {
	rate, factor float64
	steps        []int // epochs, from which on the rate is multiplied by factor once more
	epochs       int   // length of a half cosine, as which the rate falls; 0: it falls in steps
}

// Cosine returns a schedule whose rate falls along half a cosine: it is rate in the first epoch,
// half of that in the middle, and would be 0 after the last.
func Cosine(rate float64, epochs int) Schedule { return Schedule{rate: rate, epochs: epochs} }

// Schedule reads lr_scheduler_step.
func (f Fit) Schedule() (Schedule, error) {
	steps, err := integers(f.LRSchedulerStep)
	if err != nil {
		return Schedule{}, fmt.Errorf("lr_scheduler_step: %w", err)
	}
	return Schedule{rate: f.LearningRate, factor: f.LRSchedulerFactor, steps: steps}, nil
}

// Rate returns the learning rate of an epoch, counted from 0.
func (s Schedule) Rate(epoch int) float64 {
	rate := s.rate
	if s.epochs > 0 {
		rate *= (1 + math.Cos(math.Pi*float64(min(epoch, s.epochs))/float64(s.epochs))) / 2
	}
	for _, at := range s.steps {
		if epoch >= at {
			rate *= s.factor
		}
	}
	return rate
}

// InputSize reads image_shape and returns the height and width of the network's input, in pixels.
// They are from 8 to 1024.
func (f Fit) InputSize() (height, width int, err error) {
	n, err := integers(f.ImageShape)
	switch {
	case err != nil || len(n) != 3:
		return 0, 0, fmt.Errorf("image_shape must be three numbers, not %q", f.ImageShape)
	case n[0] != 3:
		return 0, 0, fmt.Errorf("image_shape must have 3 channels, not %d", n[0])
	case min(n[1], n[2]) < 8 || max(n[1], n[2]) > 1024:
		return 0, 0, fmt.Errorf("the sides of image_shape must be 8 to 1024 pixels, not %d and %d",
			n[1], n[2])
	}
	return n[1], n[2], nil
}

// integers reads a list of integers, separated by commas. An empty string has none.
func integers(list string) ([]int, error) {
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	var all []int
	for part := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("%q is not an integer", part)
		}
		all = append(all, n)
	}
	return all, nil
}
