package audit

import (
	"encoding/json"
	"fmt"

	"snellen/engine/step"
)

// Resemblance finds judged areas and whole pictures that show training pictures. It runs in the
// worker.
//
// Inputs: for each label, label/0/selection, label/0/features, a train.Table, and the frames as
// RecordIO, label/0/train and label/0/validation; for each camera, camera/0/features,
// camera/0/crops, its areas or whole pictures as RecordIO, and camera/0/probe if it is a video.
// Output: areas.json, an Areas.
var Resemblance = &step.Kind{
	Name: "resemblance", Version: 2,
	Roles:   []string{"label/", "camera/"},
	Outputs: []string{"areas.json"},
	Tools:   []string{"opencv"}, Pool: "cpu",
}

// AlikeGrey and AlikeDetail are the correlations from which on two pictures are the same: of their
// grey values, and of their details. On handheld footage of seventeen products and of a shelf with
// ten of them, none of 300 judged areas reached 0.78 and 0.42; on ten drawings of the demo, where
// products look more alike, none of 1,200 areas was taken for a training picture. Of 228 areas that
// showed frames of the footage, turned, cut, moved and in other light, all reached 0.91 and 0.82.
const (
	AlikeGrey   = 0.9
	AlikeDetail = 0.8
)

// LookedAt is how many judged frames of each area are compared, spread evenly. An area shows a
// training picture if more than half of them do.
const LookedAt = 8

// AreasParams are what a comparison of judged areas depends on besides its inputs.
type AreasParams struct {
	Grey    float64        `json:"grey"`    // AlikeGrey
	Detail  float64        `json:"detail"`  // AlikeDetail
	Frames  int            `json:"frames"`  // LookedAt
	Cameras []JudgedCamera `json:"cameras"` // in the order of the study's evaluations
}

// A JudgedCamera is how one evaluation's pictures are judged.
type JudgedCamera struct {
	Areas int `json:"areas,omitempty"` // 0: it has whole pictures, each judged once
	Every int `json:"every,omitempty"` // frames 0, Every, 2*Every, ... are judged
}

// Areas is areas.json: the judged areas whose pictures are training pictures. Everything is
// identified by its place in the study, as in Result.
type Areas struct {
	Compared int          `json:"compared"` // judged areas, of all evaluations
	Leaked   []LeakedArea `json:"leaked"`
}

// A LeakedArea is a judged area that shows a training picture, with the two frames that are most
// alike. Areas are in the order of evaluate.Params: from top to bottom, and from left to right. A
// whole picture is an area of its own, in the order of the spec, at 0 seconds.
type LeakedArea struct {
	Evaluation   int     `json:"evaluation"`        // index among the study's evaluations
	Area         int     `json:"area"`              // index among its areas, from top to bottom
	Label        int     `json:"label"`             // whose training frame it shows
	Video        int     `json:"video"`             // index of the label's video
	Picture      *int    `json:"picture,omitempty"` // index of its picture; nil: a frame of a video
	Seconds      float64 `json:"seconds"`           // of the judged frame; of a still, its index
	LabelSeconds float64 `json:"label_seconds"`     // of the training frame
	Similarity   float64 `json:"similarity"`        // correlation of their grey values, at most 1
	Frames       int     `json:"frames"`            // judged frames that show a training picture
}

// ParseAreas reads areas.json. It refuses places that no study has; those that a particular study
// lacks are for the caller to find.
func ParseAreas(data []byte) (Areas, error) {
	var a Areas
	if err := json.Unmarshal(data, &a); err != nil {
		return Areas{}, err
	}
	for i, l := range a.Leaked {
		if min(l.Evaluation, l.Area, l.Label, l.Video, l.Frames) < 0 ||
			l.Picture != nil && *l.Picture < 0 {
			return Areas{}, fmt.Errorf("leaked area %d has a negative number", i)
		}
	}
	if a.Compared < len(a.Leaked) {
		return Areas{}, fmt.Errorf("%d areas are leaked, but only %d were compared", len(a.Leaked),
			a.Compared)
	}
	return a, nil
}
