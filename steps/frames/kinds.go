// Package frames has the steps that turn videos into datasets, extract and dataset, and the formats
// of datasets: MXNet RecordIO, .lst files, and folders of images.
package frames

import "snellen/engine/step"

// Extract decodes a label's videos and stores the selected frames as JPEG, and then the selected
// pictures. It needs native code.
//
// Inputs: video/0, reading/0, video/1, ...; pictures, RecordIO with all pictures of the label as
// JPEG; and selection. Outputs: train.rec and validation.rec, RecordIO whose labels are 0 and whose
// ids count from 0, and extract.json.
var Extract = &step.Kind{
	Name: "extract", Version: 2,
	Roles:   []string{"video/", "reading/", "pictures", "selection"},
	Outputs: []string{"train.rec", "validation.rec", "extract.json"},
	Tools:   []string{"libav", "opencv"}, Pool: "cpu",
}

// Dataset joins the frames of all labels.
//
// Inputs: train/0, train/1, ..., validation/0, validation/1, ... in class order, the outputs of
// each label's extract step. Outputs: dataset.json; samples.rec, RecordIO with one frame of each class,
// the one in the middle of its train frames; train.lst and validation.lst; train.rec and
// validation.rec in the recordio format, or the folders train/ and validation/ in the image format.
var Dataset = &step.Kind{
	Name: "dataset", Version: 2,
	Roles: []string{"train/", "validation/"},
	Outputs: []string{
		"dataset.json", "samples.rec", "train.rec", "validation.rec", "train.lst", "validation.lst",
		"train/", "validation/",
	},
	Pool: "cpu",
}

// ExtractParams are what extracted frames depend on besides the videos and the selection.
type ExtractParams struct {
	Width   int `json:"width"` // of every frame, in pixels
	Height  int `json:"height"`
	Quality int `json:"quality"` // JPEG, 1 to 100
}

// DatasetParams are what a dataset depends on besides its frames.
type DatasetParams struct {
	Classes []string `json:"classes"` // in class order
	Format  string   `json:"format"`  // "recordio" or "image"
	Seed    int64    `json:"seed"`    // of the order of the images
}

// MaxSummary bounds a dataset.json, in bytes.
const MaxSummary = 64 << 20

// A Summary is the content of dataset.json.
type Summary struct {
	Classes    []string `json:"classes"`
	Train      []int    `json:"train"`      // images of each class
	Validation []int    `json:"validation"` // images of each class
	Bytes      int64    `json:"bytes"`      // of all images
}
