// Package train holds the train step: it turns a dataset into a model with its curve, by a residual network in libtorch.
// What needs libtorch and OpenCV is built into the worker alone, behind the build tag native.
package train

import (
	"snellen/engine/step"
	"snellen/specs/hyper"
)

// Train fits one network. Inputs: dataset (dataset.json), train and validation (the .rec files, or in the image form the
// folders, with train.lst and validation.lst beside them as roles train.lst and validation.lst). Outputs: model.safetensors,
// model.json (a Model), curve.json (a list of Epochs), summary.json (a Summary). It runs in the worker.
var Train = &step.Kind{
	Name: "train", Version: 1,
	Roles:   []string{"dataset", "train", "train.lst", "validation", "validation.lst"},
	Outputs: []string{"model.safetensors", "model.json", "curve.json", "summary.json"},
	Tools:   []string{"libtorch", "opencv"}, Pool: "cpu",
}

// Params are what a training depends on beside its dataset. Their JSON is part of its key.
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
	ValidationAccuracy float64 `json:"validation_accuracy"` // every image scored once
	Loss               float64 `json:"loss"`                // mean training loss
	LearningRate       float64 `json:"learning_rate"`
}

// Summary is summary.json. It holds nothing that differs from run to run.
type Summary struct {
	Accuracy     float64 `json:"accuracy"`   // the best epoch's on validation, and of the saved model scored again
	BestEpoch    int     `json:"best_epoch"` // from 0; the first of equals
	LastEpoch    int     `json:"last_epoch"` // from 0
	EarlyStopped bool    `json:"early_stopped"`
	Train        int     `json:"train"`      // images
	Validation   int     `json:"validation"` // images
	Parameters   int     `json:"parameters"` // trained numbers in the network
}

// Model is model.json: all that must be known to use model.safetensors.
type Model struct {
	Format      int         `json:"format"` // 1
	Classes     []string    `json:"classes"`
	NumLayers   int         `json:"num_layers"`
	ImageShape  string      `json:"image_shape"`
	Preparation Preparation `json:"preparation"`
}

// Preparation is how a picture becomes the network's input; training, validation and judging share it.
type Preparation struct {
	Resize int        `json:"resize"` // short side before the centre crop, pixels; 0: squeezed to height and width
	Long   int        `json:"long"`   // long side before the centre crop, by the shape of the training frames: others are squeezed to it
	Height int        `json:"height"` // of the network's input
	Width  int        `json:"width"`
	Filter string     `json:"filter"` // OpenCV's name of the interpolation: "area" when shrinking and "linear" when growing is "area/linear"
	Colour string     `json:"colour"` // "RGB"
	Mean   [3]float64 `json:"mean"`   // subtracted from values scaled to 0..1
	Std    [3]float64 `json:"std"`    // divided by
}
