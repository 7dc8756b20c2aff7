// Package evaluate holds the evaluate step: it shows a camera's video to a model, area by area.
package evaluate

import "snellen/engine/step"

// Evaluate judges a camera's video. Inputs: model.safetensors, model.json, video. Outputs: detections.jsonl (a Detection a
// line), pictures/ (a JPEG of each judged frame, named 000012.jpg by frame index), summary.json (a Summary). It runs in the worker.
var Evaluate = &step.Kind{Name: "evaluate", Version: 1, Outputs: []string{"detections.jsonl", "pictures/", "summary.json"}, Tools: []string{"libtorch", "opencv"}, Pool: "cpu"}

// Params are what judging depends on beside model and video.
type Params struct {
	Width     int     `json:"width"` // that the camera's frame must have, pixels
	Height    int     `json:"height"`
	Every     int     `json:"every"`     // frames 0, Every, 2*Every, ... are judged
	Confident float64 `json:"confident"` // strictly over: the frame is drawn cyan
	Quality   int     `json:"quality"`   // JPEG of the crops
	Areas     []Area  `json:"areas"`
	Threads   int     `json:"threads"`
	Device    string  `json:"device"`
}

// An Area is a rectangle of the camera's frame, in pixels, and the label expected there.
type Area struct {
	Name   string `json:"name"`
	Rect   [4]int `json:"rect"` // x, y, width, height
	Expect string `json:"expect"`
}

// A Detection is one line of detections.jsonl.
type Detection struct {
	Frame         int       `json:"frame"` // index in the video
	Seconds       float64   `json:"seconds"`
	Area          string    `json:"area"`
	Expected      string    `json:"expected"`
	Found         string    `json:"found"`
	Probability   float64   `json:"probability"`   // of Found
	Probabilities []float64 `json:"probabilities"` // in class order
}

// Summary is summary.json.
type Summary struct {
	Frames        int           `json:"frames"`         // judged
	DetectionRate float64       `json:"detection_rate"` // share of judged areas whose likeliest class is the expected one
	Areas         []AreaSummary `json:"areas"`
}

// AreaSummary is one area's part of a Summary.
type AreaSummary struct {
	Name      string  `json:"name"`
	Expect    string  `json:"expect"`
	Rate      float64 `json:"detection_rate"`   // share of judged frames found right
	Confident float64 `json:"confident_rate"`   // right and over the threshold
	Mean      float64 `json:"mean_probability"` // of the expected class
}
