// Package evaluate holds the evaluate step: it shows a camera's video to a model, area by area.
package evaluate

import "snellen/engine/step"

// Evaluate judges a camera's video. Inputs: model.safetensors, model.json, video and its probe. Outputs: detections.jsonl
// (a Detection a line), pictures/ (a JPEG of each judged frame, named 000012.jpg by frame index; of some where the picture
// was scaled), seen/ (for some frames each area as the network saw it, named 000012-3.jpg by frame and place in Params.Areas),
// summary.json (a Summary), series.json (a Series). It runs in the worker.
var Evaluate = &step.Kind{
	Name: "evaluate", Version: 3,
	Roles:   []string{"model.safetensors", "model.json", "video", "probe"},
	Outputs: []string{"detections.jsonl", "pictures/", "seen/", "summary.json", "series.json"},
	Tools:   []string{"libav", "libtorch", "opencv"}, Pool: "cpu",
}

// Params are what judging depends on beside model and video.
type Params struct {
	Width     int     `json:"width"` // that the camera's frame must have, pixels
	Height    int     `json:"height"`
	At        *Size   `json:"at,omitempty"` // to which the frame is scaled, and the areas with it; nil: it is not
	Every     int     `json:"every"`        // frames 0, Every, 2*Every, ... are judged
	Confident float64 `json:"confident"`    // strictly over: the frame is drawn cyan
	Quality   int     `json:"quality"`      // JPEG of the crops
	Areas     []Area  `json:"areas"`
	Threads   int     `json:"threads"`
	Device    string  `json:"device"`
}

// A Size is that of a picture, in pixels.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Scaled is an area's rectangle in a frame of width and height that is scaled to the size: the nearest whole pixels, at least
// one, within the frame. A nil size leaves it as it is.
func (s *Size) Scaled(rect [4]int, width, height int) [4]int {
	if s == nil {
		return rect
	}
	x, w := scale(rect[0], rect[2], width, s.Width)
	y, h := scale(rect[1], rect[3], height, s.Height)
	return [4]int{x, y, w, h}
}

func scale(from, length, of, to int) (int, int) {
	begin := (2*from*to + of) / (2 * of)
	end := (2*(from+length)*to + of) / (2 * of)
	begin = min(begin, to-1)
	return begin, max(end-begin, 1)
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

// Series is series.json: every judgement, over time. Its lists have one entry for each judged frame.
type Series struct {
	Classes []string     `json:"classes"`
	Frames  []int        `json:"frames"`  // index in the video
	Seconds []float64    `json:"seconds"` //
	Areas   []AreaSeries `json:"areas"`   // in the order of Params
}

// AreaSeries is one area's part of a Series.
type AreaSeries struct {
	Name        string    `json:"name"`
	Expect      string    `json:"expect"`
	Found       []int     `json:"found"`       // place in Classes of the likeliest
	Probability []float64 `json:"probability"` // of Found, to four decimals
	Expected    []float64 `json:"expected"`    // of the class that stands there, to four decimals
}

// PreviewCount is how many judged frames are kept to be looked at, as pictures of what the network saw.
const PreviewCount = 3

// HasPreview tells whether the judged frame number i of n, from 0, is one of those: the first, the last, or between.
func HasPreview(i, n int) bool {
	if n <= PreviewCount {
		return true
	}
	for k := range PreviewCount {
		if i == k*(n-1)/(PreviewCount-1) {
			return true
		}
	}
	return false
}
