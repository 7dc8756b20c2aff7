package container

import (
	"fmt"
	"testing"

	"snellen/specs/hyper"
)

// TestStrings: what is not set is left out, and what belongs to another optimizer, and the user's
// own are there.
func TestStrings(t *testing.T) {
	p := Hyperparameters{hyper.Parameters{
		Fit: hyper.Fit{
			NumLayers: 20, ImageShape: "3,32,32", Epochs: 4, MiniBatchSize: 8, Optimizer: "adam",
			LearningRate: 0.00001, LRSchedulerFactor: 0.1, Momentum: 0.9,
			Beta1: 0.9, Beta2: 0.999, Eps: 1e-8,
		},
		Regularization: hyper.Regularization{EarlyStoppingMin: 10},
		PrecisionDtype: "float32",
		Extra:          map[string]string{"trees": "200"},
	}}
	want := "map[beta_1:0.9 beta_2:0.999 epochs:4 eps:1e-08 image_shape:3,32,32 " +
		"learning_rate:1e-05 lr_scheduler_factor:0.1 mini_batch_size:8 num_classes:2 " +
		"num_layers:20 num_training_samples:16 optimizer:adam precision_dtype:float32 trees:200 " +
		"use_pretrained_model:0 weight_decay:0]"
	if got := fmt.Sprint(p.Strings(2, 16)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
