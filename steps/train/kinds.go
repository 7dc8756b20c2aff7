// Package train holds the train step, which trains a residual network in libtorch on a dataset and
// leaves its best model with its curve. What needs libtorch and OpenCV is behind the build tag
// native, and only the worker is built with it.
package train

import (
	"snellen/engine/step"
	"snellen/specs/hyper"
)

// Train fits one network. Inputs: dataset (dataset.json), train and validation. Those are .rec
// files or, in the image format, folders with the lists train.lst and validation.lst. Outputs:
// model.safetensors, model.json (a Model), curve.json (a list of Epochs), summary.json (a Summary).
// It runs in the worker.
var Train = &step.Kind{
	Name: "train", Version: 1,
	Roles:   []string{"dataset", "train", "train.lst", "validation", "validation.lst"},
	Outputs: []string{"model.safetensors", "model.json", "curve.json", "summary.json"},
	Tools:   []string{"libtorch", "opencv"}, Pool: "cpu",
}

// Params are what a training depends on, apart from its dataset. Their JSON is part of its key.
type Params struct {
	hyper.Local
	Seed    int64  `json:"seed"`
	Threads int    `json:"threads"`
	Device  string `json:"device"` // "cpu" or "cuda"
}

// An Epoch is one entry of curve.json.
type Epoch struct {
	Epoch              int     `json:"epoch"` // from 0
	TrainAccuracy      float64 `json:"train_accuracy"`
	ValidationAccuracy float64 `json:"validation_accuracy"` // every image is scored once
	Loss               float64 `json:"loss"`                // mean training loss
	LearningRate       float64 `json:"learning_rate"`
}

// Summary is summary.json. It holds nothing that differs from run to run.
type Summary struct {
	// on the validation set, by the best epoch and by the saved model
	Accuracy     float64 `json:"accuracy"`
	BestEpoch    int     `json:"best_epoch"` // from 0; the first of equals
	LastEpoch    int     `json:"last_epoch"` // from 0
	EarlyStopped bool    `json:"early_stopped"`
	Train        int     `json:"train"`      // images
	Validation   int     `json:"validation"` // images
	Parameters   int     `json:"parameters"` // trained numbers in the network
}

// Model is model.json: what a caller must know to use model.safetensors.
type Model struct {
	Format      int         `json:"format"` // 1
	Classes     []string    `json:"classes"`
	Network     string      `json:"network,omitempty"` // torch.Config.Network; "": our own residual networks
	NumLayers   int         `json:"num_layers"`
	ImageShape  string      `json:"image_shape"`
	Preparation Preparation `json:"preparation"`
	Pretrained  *Origin     `json:"pretrained,omitempty"` // nil: trained from random weights
}

// Origin says which weights a training began with.
type Origin struct {
	Name      string `json:"name"`              // "SqueezeNet 1.1", "ResNet-50"
	Digest    string `json:"digest"`            // SHA-256 of the weights it began with
	Licence   string `json:"licence,omitempty"` // "" for a person's own file
	FineTuned bool   `json:"fine_tuned"`        // false: only the head was trained
}

// Preparation describes how a picture becomes the network's input. Training, validation and judging
// share it.
type Preparation struct {
	// short side before the centre crop, pixels; 0: squeezed to height and width
	Resize int `json:"resize"`
	// Long is the long side before the centre crop, pixels: that of the training frames. Pictures
	// of another shape are squeezed to it.
	Long   int        `json:"long"`
	Height int        `json:"height"` // of the network's input
	Width  int        `json:"width"`
	Filter string     `json:"filter"` // OpenCV's: "area/linear" shrinks by area, grows by linear
	Colour string     `json:"colour"` // "RGB" or "BGR": order of the channels, of Mean and of Std
	Mean   [3]float64 `json:"mean"`   // subtracted from values scaled to Range
	Std    [3]float64 `json:"std"`    // divided by

	// Range is what values run to, from 0, before the mean is subtracted; absent: 1.
	Range float64 `json:"range,omitempty"`
}
