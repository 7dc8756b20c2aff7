// Package evaluate holds the steps that judge a camera's video or stills, area by area, and whole
// pictures.
//
// Evaluate judges areas with a model that is here. Where the model is elsewhere, three steps take
// its place: Crops cuts the areas out once for all models, a step between asks the model about
// them, and Draw makes from its answers what Evaluate makes. Whole pictures are read once for all
// models, Classify or a step like it asks each model about them, and Score compares its answers
// with what the pictures show. The runners need OpenCV and ffmpeg's libraries, so they are linked
// into the worker alone.
package evaluate

import (
	"snellen/engine/step"
	"snellen/steps/video"
)

// Evaluate judges a camera's video.
//
// Inputs: model.safetensors, model.json, video and its probe. Stills are picture/0, picture/1, ...
// in place of the video, and their probe is a video.PictureSet. Where features is given, it is what
// the model's network says of Crops (a train.Table), and only the model's last layer is computed.
//
// Outputs: detections.jsonl, a Detection a line; pictures/, a JPEG of each judged frame, or of
// those with previews if frames are scaled, named by frame index like 000012.jpg; seen/, for the
// frames with previews each area as the network sees it, named by frame index and place in
// Params.Areas like 000012-3.jpg; summary.json, a Summary; series.json, a Series.
var Evaluate = &step.Kind{
	Name: "evaluate", Version: 4,
	Roles: []string{"model.safetensors", "model.json", "video", "picture/", "probe",
		"features"},
	Outputs: []string{"detections.jsonl", "pictures/", "seen/", "summary.json", "series.json"},
	Tools:   []string{"libav", "libtorch", "opencv"}, Pool: "cpu",
}

// Params are what judging depends on beside the model and the video.
type Params struct {
	Width     int     `json:"width,omitempty"` // of the camera's frame, pixels; 0: the video's own
	Height    int     `json:"height,omitempty"`
	At        *Size   `json:"at,omitempty"` // that frames and areas are scaled to; nil: unscaled
	Every     int     `json:"every"`        // frames 0, Every, 2*Every, ... are judged
	Confident float64 `json:"confident"`    // threshold of a probability; equal is not confident
	Quality   int     `json:"quality"`      // of the crops as JPEG, 0 to 100
	Areas     []Area  `json:"areas"`
	Threads   int     `json:"threads"` // for the network
	Device    string  `json:"device"`  // "cpu" or "cuda"
}

// Crops cuts the areas out of a camera's judged frames.
//
// Inputs: video or stills, and the probe. Output: crops.rec, RecordIO with the areas of each frame
// in turn. An image's label is the number of its area, from 0.
var Crops = &step.Kind{
	Name: "crops", Version: 2,
	Roles:   []string{"video", "picture/", "probe"},
	Outputs: []string{"crops.rec"},
	Tools:   []string{"libav", "opencv"}, Pool: "cpu",
}

// CropsParams are what the crops depend on beside the video.
type CropsParams struct {
	Width   int      `json:"width,omitempty"` // of the camera's frame, pixels; 0: the video's own
	Height  int      `json:"height,omitempty"`
	At      *Size    `json:"at,omitempty"` // that frames and areas are scaled to; nil: unscaled
	Every   int      `json:"every"`        // frames 0, Every, 2*Every, ... are judged
	Quality int      `json:"quality"`      // of the crops as JPEG, 0 to 100
	Rects   [][4]int `json:"areas"`        // x, y, width, height in pixels
}

// Draw judges a camera's video with answers that another step obtained.
//
// Inputs: video or stills, the probe, and probabilities (probabilities.jsonl, a list of numbers a
// line, in the order of crops.rec). Outputs: as Evaluate, but seen/ is empty.
var Draw = &step.Kind{
	Name: "draw", Version: 3,
	Roles:   []string{"probabilities", "video", "picture/", "probe"},
	Outputs: Evaluate.Outputs,
	Tools:   []string{"libav", "opencv"}, Pool: "cpu",
}

// DrawParams are what drawing depends on beside the video and the answers. Quality, Threads and
// Device are ignored.
type DrawParams struct {
	Params
	Classes []string `json:"classes"` // in the order of the probabilities
}

// Classify asks a model about images, as an endpoint does. A study has such steps where whole
// pictures are judged, and the stand-in for an endpoint runs it.
//
// Inputs: images (RecordIO, whose labels are ignored), or features of them, as in Evaluate;
// model.safetensors and model.json. Output: probabilities.jsonl, a list of numbers a line, in the
// order of the images.
var Classify = &step.Kind{
	Name: "classify", Version: 2,
	Roles:   []string{"images", "features", "model.json", "model.safetensors"},
	Outputs: []string{"probabilities.jsonl"},
	Tools:   []string{"libtorch", "opencv"}, Pool: "cpu",
}

// ClassifyParams are what the answers depend on beside the model and the images.
type ClassifyParams struct {
	Threads int    `json:"threads"` // for the network
	Device  string `json:"device"`  // "cpu" or "cuda"
}

// Score compares a model's answers about whole pictures with what they show.
//
// Inputs: probabilities (probabilities.jsonl, a list of numbers for each picture), pictures (the
// pictures that were judged, as RecordIO) and probe (their video.PictureSet). Outputs: as Evaluate,
// where each picture is an area of its own that is judged once, and a frame number is a picture's;
// but seen/ and series.json are left out, and pictures/ has the worst pictures only.
var Score = &step.Kind{
	Name: "score", Version: 1,
	Roles:   []string{"probabilities", "pictures", "probe"},
	Outputs: Evaluate.Outputs,
	Tools:   []string{"opencv"}, Pool: "cpu",
}

// ScoreParams are what the score depends on beside the pictures and the answers.
type ScoreParams struct {
	Classes   []string `json:"classes"`   // in the order of the probabilities
	Pictures  []Sample `json:"pictures"`  // in the order of the answers
	Confident float64  `json:"confident"` // threshold of a probability; equal is not confident
	Near      int      `json:"near"`      // bits that differ between near-duplicates, at most
}

// A Sample is a whole picture and the label that it shows.
type Sample struct {
	Name   string `json:"name"`
	Expect string `json:"expect"`
}

// Outline draws an evaluation's areas into one frame of its camera, so that a person sees whether
// they sit right before anything is trained. No study has such a step.
//
// Input: video, or picture, a still. Output: areas.jpg, or areas.png.
var Outline = &step.Kind{
	Name: "outline", Version: 1,
	Roles:   []string{"video", "picture"},
	Outputs: []string{"areas.jpg", "areas.png"},
	Tools:   []string{"libav", "opencv"}, Pool: "cpu",
}

// OutlineParams say what is drawn. Areas may leave the frame, and overlap.
type OutlineParams struct {
	Shown
	Areas []Area   `json:"areas"`
	Notes []string `json:"notes"` // lines below the picture
	PNG   bool     `json:"png"`   // false: a JPEG
}

// Shown says which frame of a video is shown. For a still it is zero.
type Shown struct {
	Reading video.Reading `json:"reading,omitzero"`
	Frame   int           `json:"frame,omitempty"` // index
}

// Chart cuts areas out of one frame at several sizes, so that a person sees what is left of them at
// each resolution before anything is trained. No study has such a step.
//
// Input: video, or picture, a still. Outputs: frame.jpg, the frame; chart/, for each area and size
// that area as Crops cuts it with that size as At, named by both places like 3-0.jpg. An area that
// leaves the frame is left out.
var Chart = &step.Kind{
	Name: "chart", Version: 1,
	Roles:   []string{"video", "picture"},
	Outputs: []string{"frame.jpg", "chart/"},
	Tools:   []string{"libav", "opencv"}, Pool: "cpu",
}

// ChartParams say what is cut.
type ChartParams struct {
	Shown
	Width   int      `json:"width,omitempty"` // that the frame is scaled to, pixels; 0: its own
	Height  int      `json:"height,omitempty"`
	Side    int      `json:"side,omitempty"` // of frame.jpg, at most as wide; 0: as wide as Width
	Sizes   []Size   `json:"sizes"`
	Quality int      `json:"quality"` // of the crops as JPEG, 0 to 100
	Rects   [][4]int `json:"areas"`   // x, y, width, height in pixels of Width and Height
}
