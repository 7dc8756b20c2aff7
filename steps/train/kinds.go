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
	NumLayers   int         `json:"num_layers"`
	ImageShape  string      `json:"image_shape"`
	Preparation Preparation `json:"preparation"`
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
	Colour string     `json:"colour"` // "RGB"
	Mean   [3]float64 `json:"mean"`   // subtracted from values scaled to 0..1
	Std    [3]float64 `json:"std"`    // divided by
}
