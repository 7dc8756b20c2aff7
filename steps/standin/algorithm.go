package standin

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A rule bounds a hyperparameter of the built-in algorithm.
type rule struct {
	kind     string // "int", "float", "text"
	min, max float64
	values   []string
}

// atLeast returns the rule of an integer without an upper bound.
func atLeast(min float64) rule    { return rule{kind: "int", min: min, max: 1 << 31} }
func share() rule                 { return rule{kind: "float", max: 1} }
func oneOf(values ...string) rule { return rule{kind: "text", values: values} }
func text() rule                  { return rule{kind: "text"} }

// rules come from the algorithm's documentation. They are apart from the client's table of
// hyperparameters on purpose: shared rules could not catch a mistake in that table.
var rules = map[string]rule{
	"num_classes": atLeast(1), "num_training_samples": atLeast(1), "resize": atLeast(1),
	"epochs": atLeast(1), "mini_batch_size": atLeast(1),
	"checkpoint_frequency": atLeast(1), "early_stopping_min_epochs": atLeast(1),
	"early_stopping_patience": atLeast(1), "top_k": atLeast(2),
	"beta_1": share(), "beta_2": share(), "eps": share(), "gamma": share(),
	"learning_rate": share(), "lr_scheduler_factor": share(),
	"momentum": share(), "weight_decay": share(), "early_stopping_tolerance": share(),
	"augmentation_type": oneOf("crop", "crop_color", "crop_color_transform"),
	"optimizer":         oneOf("sgd", "adam", "rmsprop", "nag"),
	"kv_store":          oneOf("dist_sync", "dist_async"),
	"precision_dtype":   oneOf("float32", "float16"),
	"early_stopping":    oneOf("True", "False", "true", "false"),
	"multi_label":       oneOf("0", "1"), "use_pretrained_model": oneOf("0", "1"),
	"use_weighted_loss": oneOf("0", "1"),
	"num_layers": oneOf("18", "34", "50", "101", "152", "200", "20", "32", "44", "56",
		"110"),
	"lr_scheduler_step": text(), "image_shape": text(),
}

// pretrainedLayers are the depths of networks with pretrained weights.
var pretrainedLayers = []string{"18", "34", "50", "101", "152", "200"}

func (r rule) check(name, value string) error {
	bad := fmt.Errorf("the value '%s' is not valid for the '%s' hyperparameter", value, name)
	switch r.kind {
	case "int":
		if n, err := strconv.Atoi(value); err != nil || float64(n) < r.min || float64(n) > r.max {
			return bad
		}
	case "float":
		if f, err := strconv.ParseFloat(value, 64); err != nil || !(f >= r.min && f <= r.max) {
			return bad
		}
	default:
		if r.values != nil && !slices.Contains(r.values, value) {
			return bad
		}
	}
	return nil
}

// algorithm checks what the built-in algorithm checks before it trains.
func (j *job) algorithm(d *dataset) error {
	if !builtIn(j.asked.AlgorithmSpecification.TrainingImage) {
		return nil
	}
	if err := checkHyperparameters(j.asked.HyperParameters); err != nil {
		return &clientError{err}
	}
	if family := strings.Split(j.asked.ResourceConfig.InstanceType, ".")[1]; family[0] != 'p' &&
		family[0] != 'g' {
		return &clientError{
			fmt.Errorf("the instance type %s has no GPU, and training needs one",
				j.asked.ResourceConfig.InstanceType)}
	}
	height, width, err := shape(j.value("image_shape", "3,224,224"))
	if err != nil {
		return &clientError{err}
	}
	return j.suits(d, height, width)
}

// suits checks the data against the hyperparameters.
func (j *job) suits(d *dataset, height, width int) error {
	resize := j.number("resize", 0)
	short := min(d.width, d.height)
	switch {
	case d.highest >= j.number("num_classes", 0):
		return &clientError{
			fmt.Errorf("the label %d is not below num_classes, which is %s", d.highest,
				j.asked.HyperParameters["num_classes"])}
	case min(d.train, d.validation) < d.batch:
		return fmt.Errorf(
			"number of input images must be bigger than the batch size: %d and %d images, and a "+
				"batch of %d", d.train, d.validation, d.batch)
	case resize > 0 && resize < max(height, width):
		return &clientError{
			fmt.Errorf("resize, which is %d, must not be smaller than image_shape, which is %dx%d",
				resize, width, height)}
	case resize == 0 && short < max(height, width):
		return &clientError{
			fmt.Errorf("an image of %dx%d is smaller than image_shape", d.width, d.height)}
	case j.value("use_pretrained_model", "0") == "1" && (height != 224 || width != 224):
		return &clientError{errors.New("with a pretrained model, image_shape must be 3,224,224")}
	case j.value("use_pretrained_model", "0") == "1" &&
		!slices.Contains(pretrainedLayers, j.value("num_layers", "152")):
		return &clientError{
			fmt.Errorf("there is no pretrained model of %s layers", j.value("num_layers", "152"))}
	case j.number("checkpoint_frequency", 1) > j.number("epochs", 30):
		return &clientError{errors.New("checkpoint_frequency must not be larger than epochs")}
	}
	return nil
}

func (j *job) value(name, usual string) string {
	if v, ok := j.asked.HyperParameters[name]; ok {
		return v
	}
	return usual
}

func checkHyperparameters(given map[string]string) error {
	for _, name := range names(given) {
		r, ok := rules[name]
		if !ok {
			return said("Additional properties are not allowed ('" + name + "' was unexpected)")
		}
		if err := r.check(name, given[name]); err != nil {
			return err
		}
	}
	for _, name := range []string{"num_classes", "num_training_samples"} {
		if _, ok := given[name]; !ok {
			return fmt.Errorf("'%s' is a required property", name)
		}
	}
	if given["use_weighted_loss"] == "1" && given["multi_label"] != "1" {
		return errors.New("use_weighted_loss needs multi_label")
	}
	return nil
}

// shape reads "3,224,224".
func shape(text string) (height, width int, err error) {
	parts := strings.Split(text, ",")
	if len(parts) == 3 {
		h, errH := strconv.Atoi(strings.TrimSpace(parts[1]))
		w, errW := strconv.Atoi(strings.TrimSpace(parts[2]))
		if errH == nil && errW == nil && h > 0 && w > 0 {
			return h, w, nil
		}
	}
	return 0, 0, fmt.Errorf("image_shape %q must be channels, height and width", text)
}
