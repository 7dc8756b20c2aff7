package train

import "snellen/specs/hyper"

// A patience is SageMaker's early stopping, as documented: a training ends when so many epochs have
// passed without a better validation accuracy, but no earlier than after the first so many. Better
// means by more than the tolerance, as a share of the best so far. We read it so that waiting
// begins at the best epoch, or after those first epochs if that is later.
type patience struct {
	rule  hyper.Regularization
	best  float64
	since int // the first epoch that counts as waiting
}

// enough takes an epoch's accuracy, from epoch 0 on, and reports whether the training ends with it.
func (w *patience) enough(epoch int, accuracy float64) bool {
	gain := accuracy - w.best
	if epoch == 0 || gain > 0 && gain >= w.rule.EarlyStoppingTol*w.best {
		w.best, w.since = accuracy, epoch+1
	}
	waited := epoch + 1 - max(w.since, w.rule.EarlyStoppingMin)
	return w.rule.EarlyStopping && waited >= w.rule.EarlyStoppingWait
}
