package evaluate

import "snellen/engine/step"

// The three kinds of an evaluation whose model is somewhere else: Crops cuts the areas out, once for all models; something
// between asks the model about them; Draw makes of its answers what Evaluate makes. Two run in the worker.

// Crops cuts the areas of a camera's judged frames. Inputs: video and its probe. Output: crops.rec, RecordIO, frame by frame
// and within a frame area by area; an image's label is the number of its area.
var Crops = &step.Kind{
	Name: "crops", Version: 2,
	Roles:   []string{"video", "probe"},
	Outputs: []string{"crops.rec"},
	Tools:   []string{"libav", "opencv"}, Pool: "cpu",
}

// Draw judges a camera's video by answers that are there. Inputs: video, its probe, and probabilities (probabilities.jsonl, a
// list of numbers a line, in the order of crops.rec). Outputs: those of Evaluate, less seen/.
var Draw = &step.Kind{
	Name: "draw", Version: 3,
	Roles:   []string{"probabilities", "video", "probe"},
	Outputs: Evaluate.Outputs,
	Tools:   []string{"libav", "opencv"}, Pool: "cpu",
}

// CropsParams are what the crops depend on beside the video.
type CropsParams struct {
	Width   int      `json:"width"` // that the camera's frame must have, pixels
	Height  int      `json:"height"`
	At      *Size    `json:"at,omitempty"` // to which the frame is scaled, and the areas with it
	Every   int      `json:"every"`        // frames 0, Every, 2*Every, ... are judged
	Quality int      `json:"quality"`      // JPEG
	Rects   [][4]int `json:"areas"`        // x, y, width, height
}

// DrawParams are what drawing depends on beside the video and the answers. Quality, Threads and Device mean nothing to it.
type DrawParams struct {
	Params
	Classes []string `json:"classes"` // in the order of probabilities
}
