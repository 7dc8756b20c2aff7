package specs

import (
	"fmt"
	"slices"

	"snellen/specs/hyper"
)

// checkTrainer applies the rules that differ between trainers.
func (t *hyperparameterChecker) checkTrainer(s *Study) {
	t.readExtra(s)
	switch s.Trainer.Name {
	case "command":
		return // a user's program may support any of them
	case "sagemaker":
		t.checkSageMaker(s)
		return
	}
	for _, r := range hyper.Table {
		if r.SageMakerOnly && t.written(r.Name) {
			t.add(t.at(r.Name), "remove it",
				fmt.Sprintf("trainer \"local\" does not support %s", r.Name))
		}
	}
	if slices.Contains([]string{"rmsprop", "nag"}, t.h.Optimizer) {
		t.add(t.at("optimizer"), "one of: sgd, adam",
			fmt.Sprintf("trainer \"local\" does not support optimizer %q", t.h.Optimizer))
	}
	if t.start != nil {
		for _, p := range t.start.Problems(t.h.Parameters, t.written) {
			t.add(t.at(p.Name), p.Hint, p.Message)
		}
	} else if t.h.NumLayers == 200 && t.valid("num_layers") {
		t.add(t.at("num_layers"), "use at most 152",
			"trainer \"local\" does not support 200 layers")
	}
}

// checkSageMaker applies the rules of SageMaker's image classification, as documented.
func (t *hyperparameterChecker) checkSageMaker(s *Study) {
	h := t.h
	if h.UseWeightedLoss == 1 && s.Trainer.SageMaker.Image == "" {
		t.add(t.at("use_weighted_loss"), "remove it, or use trainer \"local\"",
			"SageMaker reads use_weighted_loss with multi_label = 1 alone, and a study's frames "+
				"have one label each")
	}
	if h.NumLayers == 8 && t.valid("num_layers") {
		t.add(t.at("num_layers"), "use at least 20",
			"trainer \"sagemaker\" does not support 8 layers")
	}
	height, width, err := h.InputSize()
	if err != nil || !t.valid("image_shape") {
		return
	}
	if h.UsePretrained == 1 && t.valid("use_pretrained_model") {
		t.checkPretrained(height, width)
	}
	if h.Resize != 0 && h.Resize <= max(height, width) && t.valid("resize") {
		t.add(t.at("resize", "image_shape"), "raise resize",
			fmt.Sprintf("resize is %d; SageMaker requires more than both sides of image_shape %q",
				h.Resize, h.ImageShape))
	}
	if h.CheckpointFrequency > h.Epochs && t.valid("checkpoint_frequency", "epochs") {
		t.add(t.at("checkpoint_frequency"), "lower it",
			fmt.Sprintf("checkpoint_frequency is %d, more than the %d epochs",
				h.CheckpointFrequency, h.Epochs))
	}
	if h.TopK == 1 || h.TopK > 0 && len(s.Labels) > 0 && h.TopK >= len(s.Labels) {
		t.add(t.at("top_k"), "",
			fmt.Sprintf("top_k is %d; it must be more than 1 and less than the number of labels, "+
				"%d", h.TopK, len(s.Labels)))
	}
	if h.KVStore != "" && s.Trainer.SageMaker != nil && s.Trainer.SageMaker.InstanceCount == 1 {
		t.add(t.at("kv_store"), "remove it", "kv_store applies to jobs with several machines only")
	}
	t.checkValidationBatch(s)
}

// checkPretrained applies the rules for networks pretrained on ImageNet. The input must be height
// by width pixels.
func (t *hyperparameterChecker) checkPretrained(height, width int) {
	if (height != 224 || width != 224) && t.valid("image_shape") {
		t.add(t.at("image_shape", "use_pretrained_model"), `write image_shape = "3,224,224"`,
			fmt.Sprintf("a pretrained network takes an input of 224x224, not %dx%d", width, height))
	}
	if !slices.Contains(hyper.LargeDepths, t.h.NumLayers) && t.h.NumLayers != 200 &&
		t.valid("num_layers") {
		t.add(t.at("num_layers", "use_pretrained_model"), "one of: 18, 34, 50, 101, 152, 200",
			fmt.Sprintf("there is no pretrained network with %d layers", t.h.NumLayers))
	}
}

// checkValidationBatch checks the batch size against the validation set. MXNet fills the last batch
// of a set with frames that it has already scored, so a set that is not a multiple of the batch
// size is scored unevenly.
func (t *hyperparameterChecker) checkValidationBatch(s *Study) {
	if !t.dataset.valid("frames", "validation") || !t.valid("mini_batch_size") ||
		len(s.Labels) == 0 || t.incomplete[labelsBlock] {
		return
	}
	_, perLabel := splitSizes(&s.Dataset)
	most := perLabel * len(s.Labels)
	switch batch := t.h.MiniBatchSize; {
	case batch > most:
		t.add(t.at("mini_batch_size"), fmt.Sprintf("lower it to %d or less", most),
			fmt.Sprintf("a batch of %d is larger than the validation set: %d labels with %d "+
				"frames each make %d", batch, len(s.Labels), perLabel, most))
	case most%batch != 0:
		t.warn(t.at("mini_batch_size"), "choose a size that divides it",
			fmt.Sprintf("a batch size of %d does not divide the %d validation frames: SageMaker "+
				"scores some of them twice and others not at all", batch, most))
	}
}

// checkFrameSize reports frames that are smaller than the network's input: a SageMaker job fails on
// them.
func (t *hyperparameterChecker) checkFrameSize(s *Study, r Resolution) {
	height, width, err := t.h.InputSize()
	if s.Trainer.Name != "sagemaker" || err != nil || t.h.Resize != 0 ||
		!t.valid("image_shape", "resize") {
		return
	}
	if r.Width > 0 && (r.Width < width || r.Height < height) {
		t.add(t.at("resize", "image_shape"),
			fmt.Sprintf("write resize = %d", max(height, width)+32),
			fmt.Sprintf("frames of %dx%d are smaller than the input of %dx%d, and SageMaker "+
				"fails on them without resize", r.Width, r.Height, width, height))
	}
}
