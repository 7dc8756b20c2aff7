// Package document is the form of report.json: plain values that hold all a study found, each figure with how it was
// computed. package report fills them; what shows a report reads them and nothing else.
//
// report.schema.json beside package report describes the same form to others.
package document

import (
	"snellen/steps/evaluate"
	"snellen/steps/train"
)

// Version is of report.json's form, which report.schema.json describes. Names are never taken away and never get another
// meaning under one version; new ones may come.
const Version = 1

// A Document is report.json: all that a study found, with how each figure was computed. What has no result yet is null,
// and a list is empty, never null. Rates are shares from 0 to 1, differences are in the same unit, times are seconds.
type Document struct {
	Version     int          `json:"version"`
	Study       string       `json:"study"`
	Spec        string       `json:"spec"`    // the spec's file name, without folders
	Answer      string       `json:"answer"`  // one sentence: the decision, or what is missing for one
	Classes     []string     `json:"classes"` // the labels, in class order; what was found is a place in it
	Split       string       `json:"split"`   // "blocks" or "random"
	Leakage     *float64     `json:"leakage_seconds"`
	Replicates  int          `json:"replicates"` // declared trainings of each resolution
	Remarks     []string     `json:"remarks"`    // what a person must know to read the figures, in sentences
	Decision    Decision     `json:"decision"`
	Gates       []Gate       `json:"gates"`
	Resolutions []Resolution `json:"resolutions"` // from the most pixels to the fewest
	Comparisons []Comparison `json:"comparisons"` // each resolution with each smaller one
	Cameras     []Camera     `json:"cameras"`     // a camera for each evaluation
	Footage     []Footage    `json:"footage"`     // the videos, in the order of labels and evaluations, as far as they were probed
	Pixels      Pixels       `json:"pixels"`
	Audit       Audit        `json:"audit"`
	Steps       []Step       `json:"steps"`   // in the graph's order
	Methods     []Method     `json:"methods"` // how the figures were computed, in words
}

// A Resolution is one size of the dataset. Accuracy, training time and detection are means over the trainings there
// are; Epoch, Curve and Cloud are the first training's. Runs has each of them.
type Resolution struct {
	Resolution   string        `json:"resolution"`
	Width        int           `json:"width"` // pixels
	Height       int           `json:"height"`
	Accuracy     *float64      `json:"accuracy"`      // the best epoch's on validation; see Document.Split
	Epoch        *int          `json:"epoch"`         // the last, from 0
	Cloud        *Cloud        `json:"cloud"`         // of the first training; null: it was trained here
	TrainSeconds *float64      `json:"train_seconds"` //
	DatasetBytes *int64        `json:"dataset_bytes"` // of all images
	Grade        *string       `json:"grade"`         // the worst of its evaluations'
	Note         string        `json:"note"`          // what is missing, or what should be known first; "" for nothing
	Detection    *Rate         `json:"detection"`     // over the areas of the decision's evaluations
	Spread       Spread        `json:"spread"`        // over the trainings
	Other        *OtherSplit   `json:"other_split"`   // a training on frames parted the other way, where dataset.contrast asks for it
	Images       *Images       `json:"images"`
	Moments      []Moment      `json:"moments"` // a training frame of each label that an area expects: the same moment at every resolution
	Flags        []string      `json:"flags"`   // what a reader should know of this size, in sentences
	Curve        []train.Epoch `json:"curve"`
	Runs         []Run         `json:"runs"`        // one for each declared training
	Evaluations  []Evaluation  `json:"evaluations"` // in the order of Document.Cameras
}

// An OtherSplit is the validation score of frames that were parted in the other way than Document.Split.
type OtherSplit struct {
	Split    string  `json:"split"`
	Address  string  `json:"address"` // of the training
	Accuracy float64 `json:"accuracy"`
}

// Images are the images of a dataset, for each class in class order.
type Images struct {
	Train      []int `json:"train"`
	Validation []int `json:"validation"`
}

// A Moment is a label's training frame, in the size of the resolution that it is listed for.
type Moment struct {
	Label   string  `json:"label"`
	Video   string  `json:"video"`   // file name
	Seconds float64 `json:"seconds"` // in the source video
	File    string  `json:"file"`    // in the report's folder, slash-separated
}

// A Spread tells how much the trainings of one resolution differ.
type Spread struct {
	Accuracy     *Sample `json:"accuracy"`
	TrainSeconds *Sample `json:"train_seconds"`
	Detection    *Sample `json:"detection_rate"`
}

// A Sample is a figure over several trainings.
type Sample struct {
	Runs      int      `json:"runs"` // that have the figure
	Mean      float64  `json:"mean"`
	Deviation *float64 `json:"standard_deviation"` // of the sample; null for one run
	Low       float64  `json:"low"`
	High      float64  `json:"high"`
}

// A Run is one training and what was judged with its model.
type Run struct {
	Replicate    int             `json:"replicate"` // from 1
	Address      string          `json:"address"`   // of the training: "320x240/train/2"
	Seed         int64           `json:"seed"`
	Accuracy     *float64        `json:"accuracy"`
	BestEpoch    *int            `json:"best_epoch"` // from 0: the one that was kept
	Epoch        *int            `json:"epoch"`      // the last, from 0
	EarlyStopped *bool           `json:"early_stopped"`
	TrainSeconds *float64        `json:"train_seconds"`
	Detection    *float64        `json:"detection_rate"` // over the areas of the decision's evaluations
	Grade        *string         `json:"grade"`
	Cloud        *Cloud          `json:"cloud"` // null: it was trained here
	Curve        []train.Epoch   `json:"curve"`
	Evaluations  []RunEvaluation `json:"evaluations"` // in the order of Document.Cameras
}

// A RunEvaluation is what one camera's picture, in its own size, gave with one training's model.
type RunEvaluation struct {
	Name          string                 `json:"name"`
	Address       string                 `json:"address"` // "320x240/evaluate/shelf/2"
	DetectionRate *float64               `json:"detection_rate"`
	Grade         *string                `json:"grade"`
	Areas         []evaluate.AreaSummary `json:"areas"`
	Series        *Series                `json:"series"`
}

// A Series is every judgement of one run, over time. Its lists have one entry for each judged frame.
type Series struct {
	Frames  []int        `json:"frames"`  // index in the video
	Seconds []float64    `json:"seconds"` // in the video
	Areas   []AreaSeries `json:"areas"`
}

// An AreaSeries is one area over time.
type AreaSeries struct {
	Name        string    `json:"name"`
	Found       []int     `json:"found"`             // place in Document.Classes of the likeliest label; -1: not one of them
	Probability []float64 `json:"probability"`       // of the label found
	Expected    []float64 `json:"expected"`          // probability of the label that stands there
	Seen        []Seen    `json:"seen"`              // pictures as the network saw them
	Breaks      *float64  `json:"breaks_at_seconds"` // the first moment at which another label was found; null: none
}

// A Seen is the network's input at one moment. Where a trainer does not show that, it is the picture that it was given.
type Seen struct {
	Frame  int    `json:"frame"`
	File   string `json:"file"`   // in the report's folder, slash-separated
	Digest string `json:"digest"` // equal pictures have equal ones
}
