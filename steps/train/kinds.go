// Package train has the steps that train networks: train, which trains one whole; features, which
// has a pretrained network describe pictures; and head, which trains the last layer of such a
// network on its features. What needs libtorch and OpenCV is behind the build tag native, and only
// the worker is built with it.
package train

import (
	"snellen/engine/step"
	"snellen/specs/hyper"
)

// Train fits one network. Inputs: dataset (dataset.json), train and validation. Those are .rec
// files or, in the image format, folders with the lists train.lst and validation.lst. A training
// that begins with a pretrained network also has the inputs of Head: the head is trained first.
// Outputs: model.safetensors, model.json (a Model), curve.json (a list of Epochs), summary.json (a
// Summary). It runs in the worker.
var Train = &step.Kind{
	Name: "train", Version: 2,
	Roles: []string{"dataset", "train", "train.lst", "validation", "validation.lst", "features/",
		"pretrained"},
	Outputs: []string{"model.safetensors", "model.json", "curve.json", "summary.json"},
	Tools:   []string{"libtorch", "opencv"}, Pool: "cpu",
}

// Features has a pretrained network describe pictures.
//
// Inputs: train and validation, the frames of one label, or images, any others; each is a .rec file.
// known/train, known/validation and known/features are what another such step read, with its
// output: pictures that are in both are not computed again. pretrained is a person's own network.
// Output: features.safetensors, with a tensor for each set, named like its role, of one row for each
// picture, and a tensor copies, with Params.Copies rows for each picture of train in turn.
var Features = &step.Kind{
	Name: "features", Version: 1,
	Roles:   []string{"train", "validation", "images", "known/", "pretrained"},
	Outputs: []string{"features.safetensors"},
	Tools:   []string{"libtorch", "opencv"}, Pool: "cpu",
}

// FeatureParams are what features depend on besides the pictures.
type FeatureParams struct {
	Pretrained Backbone `json:"pretrained"`
	ImageShape string   `json:"image_shape"`      // of the network's input
	Resize     int      `json:"resize"`           // as in a Preparation
	Copies     int      `json:"copies,omitempty"` // of each picture of train, all changed

	// Augmenting is how the copies are changed: an augmentation_type, or Cuts.
	Augmenting string `json:"augmentation,omitempty"`
	Seed       int64  `json:"seed,omitempty"` // of the changes
	Device     string `json:"device"`         // "cpu" or "cuda"
}

// Head trains the last layer of a pretrained network. Inputs: dataset, train.lst and validation.lst
// of a dataset; features/0, features/1, ..., the features of each label's frames, in class order;
// and pretrained, a person's own network. Outputs: as Train.
var Head = &step.Kind{
	Name: "head", Version: 1,
	Roles: []string{"dataset", "train.lst", "validation.lst", "features/",
		"pretrained"},
	Outputs: Train.Outputs,
	Tools:   []string{"libtorch"}, Pool: "cpu",
}

// A Backbone is a pretrained network that steps begin with.
type Backbone struct {
	Network string `json:"network"`          // torch.Config.Network; "": that of the input pretrained
	Digest  string `json:"digest,omitempty"` // of the built-in network's weights
}

// Cuts is how training pictures are changed for a pretrained network where a spec names no
// augmentation_type: parts of the picture, turned a little and mirrored, in other light.
const Cuts = "cuts"

// Params are what a training depends on, apart from its dataset. Their JSON is part of its key.
type Params struct {
	hyper.Local
	Seed    int64  `json:"seed"`
	Threads int    `json:"threads"`
	Device  string `json:"device"` // "cpu" or "cuda"

	Pretrained *Backbone `json:"pretrained,omitempty"` // nil: the weights are drawn from Seed
	Cosine     bool      `json:"cosine,omitempty"`     // how the learning rate falls
	Cuts       bool      `json:"cuts,omitempty"`       // in place of augmentation_type

	// Head is how the head of a pretrained network is trained before the whole network.
	Head *hyper.Local `json:"head,omitempty"`
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
	// on the validation set, by the epoch that is kept and by the saved model
	Accuracy float64 `json:"accuracy"`
	// BestEpoch is the epoch that is kept, from 0: the first of the best, or the last one where the
	// learning rate falls to 0.
	BestEpoch    int  `json:"best_epoch"`
	LastEpoch    int  `json:"last_epoch"` // from 0
	EarlyStopped bool `json:"early_stopped"`
	Train        int  `json:"train"`      // images
	Validation   int  `json:"validation"` // images
	Parameters   int  `json:"parameters"` // weights, those that were not trained too
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
	// Long is the long side before the centre crop, pixels: that of the training frames, as which
	// pictures of another shape are squeezed. 0: each keeps its shape, as a pretrained network
	// has learnt what things look like.
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
