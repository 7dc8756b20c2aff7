package container

import (
	"maps"
	"strconv"
)

// Hyperparameters have SageMaker's names.
type Hyperparameters struct {
	NumLayers           int     `json:"num_layers"`
	ImageShape          string  `json:"image_shape"`
	Resize              int     `json:"resize"`
	Epochs              int     `json:"epochs"`
	MiniBatchSize       int     `json:"mini_batch_size"`
	Optimizer           string  `json:"optimizer"`
	LearningRate        float64 `json:"learning_rate"`
	LRSchedulerFactor   float64 `json:"lr_scheduler_factor"`
	LRSchedulerStep     string  `json:"lr_scheduler_step"`
	Momentum            float64 `json:"momentum"`
	WeightDecay         float64 `json:"weight_decay"`
	Beta1               float64 `json:"beta_1"`
	Beta2               float64 `json:"beta_2"`
	Eps                 float64 `json:"eps"`
	Gamma               float64 `json:"gamma"`
	AugmentationType    string  `json:"augmentation_type"`
	EarlyStopping       bool    `json:"early_stopping"`
	EarlyStoppingMin    int     `json:"early_stopping_min_epochs"`
	EarlyStoppingWait   int     `json:"early_stopping_patience"`
	EarlyStoppingTol    float64 `json:"early_stopping_tolerance"`
	CheckpointFrequency int     `json:"checkpoint_frequency"`
	KVStore             string  `json:"kv_store"`
	PrecisionDtype      string  `json:"precision_dtype"`
	TopK                int     `json:"top_k"`
	UsePretrained       int     `json:"use_pretrained_model"`

	Extra map[string]string `json:"extra,omitempty"` // of the user's own
}

// Texts are the hyperparameters as a training is given them. What is not set is left out: the service knows its defaults, and
// refuses empty values.
func (p Hyperparameters) Texts(classes, samples int) map[string]string {
	whole, number := strconv.Itoa, func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	h := map[string]string{
		"num_classes": whole(classes), "num_training_samples": whole(samples), "num_layers": whole(p.NumLayers), "image_shape": p.ImageShape,
		"epochs": whole(p.Epochs), "mini_batch_size": whole(p.MiniBatchSize), "optimizer": p.Optimizer, "learning_rate": number(p.LearningRate),
		"lr_scheduler_factor": number(p.LRSchedulerFactor), "weight_decay": number(p.WeightDecay), "precision_dtype": p.PrecisionDtype,
		"use_pretrained_model": whole(p.UsePretrained),
	}
	for name, value := range map[string]string{"lr_scheduler_step": p.LRSchedulerStep, "augmentation_type": p.AugmentationType, "kv_store": p.KVStore} {
		if value != "" {
			h[name] = value
		}
	}
	for name, value := range map[string]int{"resize": p.Resize, "checkpoint_frequency": p.CheckpointFrequency, "top_k": p.TopK} {
		if value != 0 {
			h[name] = whole(value)
		}
	}
	switch p.Optimizer {
	case "adam":
		h["beta_1"], h["beta_2"], h["eps"] = number(p.Beta1), number(p.Beta2), number(p.Eps)
	case "rmsprop":
		h["gamma"], h["eps"] = number(p.Gamma), number(p.Eps)
	default:
		h["momentum"] = number(p.Momentum)
	}
	if p.EarlyStopping {
		h["early_stopping"] = "true"
		h["early_stopping_min_epochs"], h["early_stopping_patience"] = whole(p.EarlyStoppingMin), whole(p.EarlyStoppingWait)
		h["early_stopping_tolerance"] = number(p.EarlyStoppingTol)
	}
	maps.Copy(h, p.Extra)
	return h
}
