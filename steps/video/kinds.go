// Package video holds the steps that run ffmpeg and ffprobe: probe, select and transcode.
//
// probe reads one video's stream facts and every frame's time; select chooses frames over all of a label's videos, by
// source time and before any scaling, so that every resolution gets the very same moments; transcode scales a video,
// or passes it through untouched where it already has the size.
package video

import "snellen/engine/step"

// Probe reads a video. Input: video. Output: probe.json, a Probed.
var Probe = &step.Kind{Name: "probe", Version: 1, Outputs: []string{"probe.json"}, Tools: []string{"ffmpeg"}, Pool: "cpu"}

// Select chooses a label's frames. Inputs: probe/0, probe/1, ... in the order of the label's videos. Output:
// selection.json, a Selection.
var Select = &step.Kind{Name: "select", Version: 2, Outputs: []string{"selection.json"}, Pool: "cpu"}

// Transcode scales one video. Inputs: video, probe. Output: video.mp4.
var Transcode = &step.Kind{Name: "transcode", Version: 1, Outputs: []string{"video.mp4"}, Tools: []string{"ffmpeg"}, Pool: "cpu"}

// ProbeParams is empty: a probe depends on the video alone.
type ProbeParams struct{}

// SelectParams are what a selection depends on beside the probes.
type SelectParams struct {
	Frames     int     `json:"frames"`     // at most, over all videos
	Validation float64 `json:"validation"` // share of the frames
	Split      string  `json:"split"`      // "blocks" or "random"
	Gap        float64 `json:"gap"`        // seconds, between neighbouring blocks of different sets
	Seed       int64   `json:"seed"`
}

// TranscodeParams are what a smaller video depends on beside its source.
type TranscodeParams struct {
	Width  int    `json:"width"` // pixels
	Height int    `json:"height"`
	Codec  string `json:"codec"`
	CRF    int    `json:"crf"`
	Preset string `json:"preset"`
	Filter string `json:"filter"` // swscale flags: "bicubic"
}

// Probed is probe.json.
type Probed struct {
	Width       int       `json:"width"` // pixels, as displayed
	Height      int       `json:"height"`
	PixelFormat string    `json:"pixel_format"`
	Codec       string    `json:"codec"`
	Frames      int       `json:"frames"`  // decoded and counted, never the container's word
	Seconds     []float64 `json:"seconds"` // each frame's presentation time, from the first frame's, ascending
}

// Selection is selection.json: for each of the label's videos, in order, what was taken.
type Selection struct {
	Videos  []SelectedVideo `json:"videos"`
	Gap     float64         `json:"smallest_distance"` // seconds between the nearest train and validation frames; -1 where one set is empty or they share no video
	Dropped Dropped         `json:"dropped"`
}

// Dropped tells why frames of the videos are in no set.
type Dropped struct {
	Gap     int `json:"gap"`     // nearer than the gap to a validation block
	Surplus int `json:"surplus"` // more than were asked for
}

// SelectedVideo is one video's part of a Selection.
type SelectedVideo struct {
	Frames int             `json:"frames"` // how many the video has, to be verified when it is decoded again
	Chosen []SelectedFrame `json:"chosen"` // ascending by index
}

// SelectedFrame is one frame to extract.
type SelectedFrame struct {
	Index   int     `json:"index"`   // in the video, from 0
	Seconds float64 `json:"seconds"` // presentation time in the source
	Set     string  `json:"set"`     // "train" or "validation"
}
