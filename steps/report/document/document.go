// Package document defines the form of report.json: plain values that hold all results of a study,
// each figure with how it was computed. Package report fills them. What shows a report, such as
// package page, reads them and nothing else.
//
// report.schema.json in the folder of package report describes the same form as a JSON schema.
package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"snellen/steps/evaluate"
	"snellen/steps/train"
)

// Version is the version of report.json's form. Under one version a name is never removed and never
// changes its meaning. New names may be added.
const Version = 1

// A Document is the content of report.json. A figure without a result is null. A list is empty,
// never null. Rates are shares from 0 to 1, and differences are in the same unit. Times are in
// seconds.
type Document struct {
	Version int    `json:"version"`
	Study   string `json:"study"`
	Spec    string `json:"spec"` // the spec's file name, without folders
	// One sentence: the decision, or what is missing for one.
	Answer string `json:"answer"`
	// The labels in class order, to which AreaSeries.Found refers.
	Classes    []string `json:"classes"`
	Split      string   `json:"split"` // "blocks" or "random"
	Leakage    *float64 `json:"leakage_seconds"`
	Replicates int      `json:"replicates"` // declared trainings of each resolution
	// What a reader must know about the figures, in sentences.
	Remarks     []string     `json:"remarks"`
	Decision    Decision     `json:"decision"`
	Gates       []Gate       `json:"gates"`
	Resolutions []Resolution `json:"resolutions"` // from the most pixels to the fewest
	Comparisons []Comparison `json:"comparisons"` // each resolution with each smaller one
	Cameras     []Camera     `json:"cameras"`     // one for each evaluation
	// The probed videos, in the order of labels and evaluations.
	Footage []Footage `json:"footage"`
	// The photographs that were read, in the same order.
	Albums  []Album  `json:"albums,omitempty"`
	Pixels  Pixels   `json:"pixels"`
	Audit   Audit    `json:"audit"`
	Steps   []Step   `json:"steps"`   // in the graph's order
	Methods []Method `json:"methods"` // how the figures were computed, in words
}

// Units returns what all evaluations judge, in words: "areas", "pictures", or "areas and pictures".
func (d *Document) Units() string {
	var list []string
	for _, c := range d.Cameras {
		unit := "areas"
		if c.Pictures != nil {
			unit = "pictures"
		}
		if !slices.Contains(list, unit) {
			list = append(list, unit)
		}
	}
	slices.Sort(list)
	return cmp.Or(strings.Join(list, " and "), "areas")
}

// Distrust returns why the answer and the comparisons are not to be trusted, as a clause, or "":
// "8 of 10 judged areas show pictures of the training frames".
func (d *Document) Distrust() string {
	if d.Decision.Leaked == nil || *d.Decision.Leaked == 0 {
		return ""
	}
	all := 0
	for _, c := range d.Cameras {
		if slices.Contains(d.Decision.Evaluations, c.Name) {
			all += len(c.Areas) + len(c.Pictures)
		}
	}
	return fmt.Sprintf("%d of %d judged %s %s", *d.Decision.Leaked, all, d.Decision.Units(),
		ShowTraining(*d.Decision.Leaked))
}

// Filmed returns what the labels' footage is called in a table's head.
func (d *Document) Filmed() string {
	videos := slices.ContainsFunc(d.Footage, Footage.OfLabel)
	switch pictures := slices.ContainsFunc(d.Albums, Album.OfLabel); {
	case pictures && videos:
		return "footage"
	case pictures:
		return "pictures"
	}
	return "filmed"
}

// A Resolution holds the results of one size of the dataset. Accuracy, training time and detection
// are means over the trainings that have them. The epochs, Curve and Cloud are from the first
// training. Runs has every training.
type Resolution struct {
	Resolution string `json:"resolution"`
	Width      int    `json:"width"` // pixels
	Height     int    `json:"height"`
	// Of the best epoch on the validation frames; see Document.Split.
	Accuracy     *float64 `json:"accuracy"`
	BestEpoch    *int     `json:"best_epoch"` // the one whose model is used, from 0
	Epochs       *int     `json:"epochs"`     // that were trained
	Epoch        *int     `json:"epoch"`      // the last, from 0: one less than Epochs
	Cloud        *Cloud   `json:"cloud"`      // null if the first training ran locally
	TrainSeconds *float64 `json:"train_seconds"`
	DatasetBytes *int64   `json:"dataset_bytes"` // of all images
	Grade        *string  `json:"grade"`         // the worst of its evaluations
	// What is missing, or the most important flag; "" for neither.
	Note      string   `json:"note"`
	Network   *Network `json:"network"`   // of the first training; null: not known
	Detection *Rate    `json:"detection"` // over the areas of the decision's evaluations
	Spread    Spread   `json:"spread"`    // over the trainings
	// A training with the other split, if dataset.contrast is set.
	Other  *OtherSplit `json:"other_split"`
	Images *Images     `json:"images"`
	// A training frame of each expected label; the same one at every resolution.
	Moments []Moment `json:"moments"`
	// What a reader should know about this size, in sentences.
	Flags       []string      `json:"flags"`
	Curve       []train.Epoch `json:"curve"`
	Runs        []Run         `json:"runs"`        // one for each declared training
	Evaluations []Evaluation  `json:"evaluations"` // in the order of Document.Cameras
}

// How a network was trained: the values of Network.Trained.
const (
	TrainedHead    = "head"    // the last layer alone, on a pretrained network's features
	TrainedWhole   = "whole"   // a pretrained network, all of it
	TrainedScratch = "scratch" // from random weights
)

// A Network describes the network of a training by the local trainer.
type Network struct {
	Name       string `json:"name"`       // "SqueezeNet 1.1", "residual network of 8 layers"
	Digest     string `json:"digest"`     // SHA-256 of the weights it began with; "": random ones
	Licence    string `json:"licence"`    // of these, SPDX; "" if there are none or it is not known
	Trained    string `json:"trained"`    // "head", "whole" or "scratch"
	Parameters int    `json:"parameters"` // weights of the network, as numbers
}

// An OtherSplit is the validation score with the other split than Document.Split.
type OtherSplit struct {
	Split    string  `json:"split"`
	Address  string  `json:"address"` // of the training
	Accuracy float64 `json:"accuracy"`
}

// Images counts the images of a dataset for each class, in class order.
type Images struct {
	Train      []int `json:"train"`
	Validation []int `json:"validation"`
}

// A Moment is a training frame of a label, in the size of the resolution that lists it.
type Moment struct {
	Label   string  `json:"label"`
	Video   string  `json:"video"`             // file name; "" for a photograph
	Seconds float64 `json:"seconds"`           // in the source video
	File    string  `json:"file"`              // in the report's folder, slash-separated
	Picture string  `json:"picture,omitempty"` // file name of a photograph
}

// A Spread describes how much the trainings of one resolution differ.
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

// A Run holds the results of one training and of the evaluations of its model.
type Run struct {
	Replicate    int      `json:"replicate"` // from 1
	Address      string   `json:"address"`   // of the training: "320x240/train/2"
	Seed         int64    `json:"seed"`
	Accuracy     *float64 `json:"accuracy"`
	BestEpoch    *int     `json:"best_epoch"` // the one whose model is used, from 0
	Epochs       *int     `json:"epochs"`     // that were trained
	Epoch        *int     `json:"epoch"`      // the last, from 0: one less than Epochs
	EarlyStopped *bool    `json:"early_stopped"`
	TrainSeconds *float64 `json:"train_seconds"`
	// Over the areas of the decision's evaluations.
	Detection   *float64        `json:"detection_rate"`
	Grade       *string         `json:"grade"`
	Cloud       *Cloud          `json:"cloud"` // null if it was trained locally
	Curve       []train.Epoch   `json:"curve"`
	Evaluations []RunEvaluation `json:"evaluations"` // in the order of Document.Cameras
}

// Found returns which label the training's model found in a whole picture of an evaluation, as its
// place in Document.Classes, and the probability. It returns -1 if that is not known.
func (r Run) Found(evaluation, picture int) (class int, probability float64) {
	if evaluation >= len(r.Evaluations) {
		return -1, 0
	}
	a := r.Evaluations[evaluation].Answers
	if a == nil || picture >= len(a.Found) {
		return -1, 0
	}
	return a.Found[picture], a.Probability[picture]
}

// A RunEvaluation holds what one training's model found in one camera's picture, in its own size.
type RunEvaluation struct {
	Name          string                 `json:"name"`
	Address       string                 `json:"address"` // "320x240/evaluate/shelf/2"
	DetectionRate *float64               `json:"detection_rate"`
	Grade         *string                `json:"grade"`
	Areas         []evaluate.AreaSummary `json:"areas"`
	Series        *Series                `json:"series"`
	Answers       *Answers               `json:"answers,omitempty"` // about whole pictures
}

// Answers are what one training's model found in whole pictures. Its lists have an entry for each
// of Camera.Pictures.
type Answers struct {
	// Place of the most probable label in Document.Classes, or -1.
	Found       []int     `json:"found"`
	Probability []float64 `json:"probability"` // of the label found
	Expected    []float64 `json:"expected"`    // probability of the expected label
}

// A Series holds the results of a RunEvaluation over time. Its lists have an entry for each judged
// frame.
type Series struct {
	Frames  []int        `json:"frames"`  // index in the video, or among the stills
	Seconds []float64    `json:"seconds"` // in the video; of a still, its index
	Areas   []AreaSeries `json:"areas"`
}

// An AreaSeries is one area of a Series.
type AreaSeries struct {
	Name string `json:"name"`
	// Place of the most probable label in Document.Classes, or -1.
	Found       []int          `json:"found"`
	Probability []float64      `json:"probability"` // of the label found
	Expected    []float64      `json:"expected"`    // probability of the expected label
	Inputs      []NetworkInput `json:"seen"`
	// The first moment at which another label was found; null: none.
	FirstWrong *float64 `json:"breaks_at_seconds"`
}

// A NetworkInput is a picture of an area as the network saw it. For a trainer that does not show
// its network's input, it is the picture that was sent to it.
type NetworkInput struct {
	Frame  int    `json:"frame"`
	File   string `json:"file"`   // in the report's folder, slash-separated
	Digest string `json:"digest"` // the same for equal pictures
}
