package local

import (
	"fmt"
	"strconv"
	"strings"

	"snellen/steps/train"
)

// params reads hyperparameters as the algorithm does, with its defaults. Texts were checked by the stand-in.
func params(given map[string]string) (train.Params, error) {
	r := reader{given: given}
	p := train.Params{
		NumLayers: r.whole("num_layers", 152), ImageShape: r.text("image_shape", "3,224,224"), Resize: r.whole("resize", 0),
		Epochs: r.whole("epochs", 30), MiniBatchSize: r.whole("mini_batch_size", 32), Optimizer: r.text("optimizer", "sgd"),
		LearningRate: r.number("learning_rate", 0.1), LRSchedulerFactor: r.number("lr_scheduler_factor", 0.1), LRSchedulerStep: r.text("lr_scheduler_step", ""),
		Momentum: r.number("momentum", 0.9), WeightDecay: r.number("weight_decay", 0.0001), Beta1: r.number("beta_1", 0.9), Beta2: r.number("beta_2", 0.999),
		Eps: r.number("eps", 1e-8), AugmentationType: r.text("augmentation_type", ""),
		EarlyStopping: strings.EqualFold(r.text("early_stopping", "False"), "true"), EarlyStoppingMin: r.whole("early_stopping_min_epochs", 10),
		EarlyStoppingWait: r.whole("early_stopping_patience", 5), EarlyStoppingTol: r.number("early_stopping_tolerance", 0),
		Seed: seed, Device: "cpu",
	}
	return p, r.err
}

// A reader keeps the first error.
type reader struct {
	given map[string]string
	err   error
}

func (r *reader) text(name, usual string) string {
	if v, ok := r.given[name]; ok {
		return v
	}
	return usual
}

func (r *reader) whole(name string, usual int) int {
	v, ok := r.given[name]
	if !ok {
		return usual
	}
	n, err := strconv.Atoi(v)
	r.fail(name, v, err)
	return n
}

func (r *reader) number(name string, usual float64) float64 {
	v, ok := r.given[name]
	if !ok {
		return usual
	}
	f, err := strconv.ParseFloat(v, 64)
	r.fail(name, v, err)
	return f
}

func (r *reader) fail(name, value string, err error) {
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("hyperparameter %s is %q: %w", name, value, err)
	}
}
