// Package video holds the steps that run ffmpeg and ffprobe: probe, select and transcode.
//
// probe reads one video's stream facts and every frame's time, and decides how its frames become pictures: the Reading, by
// which all pictures are made, here and in the worker. select chooses frames over all of a label's videos, by source time and
// before any scaling, so that every resolution gets the very same moments; transcode scales a video, or passes it through
// untouched where it already has the size.
package video

import "snellen/engine/step"

// NotesFile is the output of probe and transcode that says what a person should know of a video: a JSON list of phrases. It is
// left out where there is nothing to say. A phrase does not name the file.
const NotesFile = "notes.json"

// Probe reads a video. Input: video. Outputs: probe.json, a Probed, and Notes.
var Probe = &step.Kind{
	Name: "probe", Version: 2,
	Roles:   []string{"video"},
	Outputs: []string{"probe.json", NotesFile},
	Tools:   []string{"ffmpeg"}, Pool: "cpu",
}

// Select chooses a label's frames. Inputs: probe/0, probe/1, ... in the order of the label's videos. Output:
// selection.json, a Selection.
var Select = &step.Kind{
	Name: "select", Version: 3,
	Roles:   []string{"probe/"},
	Outputs: []string{"selection.json"},
	Pool:    "cpu",
}

// Transcode scales one video. Inputs: video, probe. Outputs: video.mp4, and reading.json, the Reading by
// which its frames become pictures, and Notes. A video that is shown in that size already is passed on as it is.
var Transcode = &step.Kind{
	Name: "transcode", Version: 2,
	Roles:   []string{"video", "probe"},
	Outputs: []string{"video.mp4", "reading.json", NotesFile},
	Tools:   []string{"ffmpeg"}, Pool: "cpu",
}

// ProbeParams are what a probe depends on beside the video.
type ProbeParams struct {
	Stream *int `json:"stream,omitempty"` // that is read, as ffmpeg counts the file's streams; nil: as ffmpeg chooses
	Width  int  `json:"width,omitempty"`  // that its frames must have, as shown, where areas are placed in them; 0: any
	Height int  `json:"height,omitempty"`
}

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
	Fit    string `json:"fit"`    // "squeeze", "pad" or "crop": what is done where the video has another shape
}

// ProbeResult is probe.json.
type ProbeResult struct {
	Width   int       `json:"width"` // pixels, as displayed
	Height  int       `json:"height"`
	Codec   string    `json:"codec"`
	Frames  int       `json:"frames"`  // decoded and counted, never the container's word
	Seconds []float64 `json:"seconds"` // each frame's presentation time, from the first frame's, ascending
	Reading Reading   `json:"reading"` // how its frames become pictures
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
