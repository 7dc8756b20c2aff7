// Package frames holds the steps that turn videos into datasets, extract and dataset, and the forms that datasets
// have: MXNet RecordIO, .lst files, and folders of images.
package frames

import "snellen/engine/step"

// Extract decodes a label's videos and keeps the selected frames as JPEG. Inputs: video/0, reading/0, video/1, ... and
// selection. Outputs: train.rec and validation.rec, RecordIO whose labels are 0 and whose ids count from 0, and extract.json.
// It runs in the worker.
var Extract = &step.Kind{
	Name: "extract", Version: 2,
	Roles:   []string{"video/", "reading/", "selection"},
	Outputs: []string{"train.rec", "validation.rec", "extract.json"},
	Tools:   []string{"libav", "opencv"}, Pool: "cpu",
}

// Dataset joins the labels' frames. Inputs: train/0, train/1, ..., validation/0, validation/1, ... in class order, the
// outputs of each label's extract. Outputs: dataset.json always; train.rec and validation.rec in the recordio form,
// train/ and validation/ in the image form; train.lst and validation.lst in both.
var Dataset = &step.Kind{
	Name: "dataset", Version: 1,
	Roles: []string{"train/", "validation/"},
	Outputs: []string{
		"dataset.json", "train.rec", "validation.rec", "train.lst", "validation.lst", "train/",
		"validation/",
	},
	Pool: "cpu",
}

// ExtractParams are what extracted frames depend on beside the videos and the selection.
type ExtractParams struct {
	Width   int `json:"width"` // that every frame must have, pixels
	Height  int `json:"height"`
	Quality int `json:"quality"` // JPEG, 1 to 100
}

// DatasetParams are what a dataset depends on beside its frames.
type DatasetParams struct {
	Classes []string `json:"classes"` // in class order
	Format  string   `json:"format"`  // "recordio" or "image"
	Seed    int64    `json:"seed"`    // of the order of the lists
}

// Summary is dataset.json.
type Summary struct {
	Classes    []string `json:"classes"`
	Train      []int    `json:"train"`      // images of each class
	Validation []int    `json:"validation"` // images of each class
	Bytes      int64    `json:"bytes"`      // of all images
}
