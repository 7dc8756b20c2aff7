package train

import (
	"fmt"
	"strconv"
	"strings"
)

// shape reads an image_shape such as "3,96,96".
func (p Params) shape() (height, width int, err error) {
	numbers, err := list(p.ImageShape)
	if err != nil || len(numbers) != 3 || numbers[0] != 3 || numbers[1] < 1 || numbers[2] < 1 {
		return 0, 0, fmt.Errorf("image_shape %q is not 3, height and width", p.ImageShape)
	}
	return numbers[1], numbers[2], nil
}

// learningRate is an epoch's, counted from 0: multiplied by the factor at each step that has come.
func (p Params) learningRate(epoch int) (float64, error) {
	steps, err := list(p.LRSchedulerStep)
	if err != nil {
		return 0, fmt.Errorf("lr_scheduler_step: %w", err)
	}
	rate := p.LearningRate
	for _, at := range steps {
		if epoch >= at {
			rate *= p.LRSchedulerFactor
		}
	}
	return rate, nil
}

// list reads whole numbers with commas between them; an empty text is none.
func list(text string) ([]int, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var numbers []int
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("%q is no whole number", part)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// A patience is SageMaker's early stopping, as documented: a training ends when so many epochs have passed without a
// better validation accuracy, and not while the first ones count for nothing. Better means: by more than the tolerance, as
// a share of the best so far. We read it so that waiting begins at the best epoch, or after the first ones if that is later.
type patience struct {
	params Params
	best   float64
	since  int // the first epoch that counts as waiting
}

// enough takes an epoch's accuracy, from epoch 0 on, and tells whether it was the last.
func (w *patience) enough(epoch int, accuracy float64) bool {
	if epoch == 0 || accuracy > w.best && accuracy-w.best >= w.params.EarlyStoppingTol*w.best {
		w.best, w.since = accuracy, epoch+1
	}
	waited := epoch + 1 - max(w.since, w.params.EarlyStoppingMin)
	return w.params.EarlyStopping && waited >= w.params.EarlyStoppingWait
}
