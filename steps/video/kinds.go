// Package video holds the steps that run ffmpeg and ffprobe: probe, select, transcode and hash.
//
// A probe reads a video's stream properties and the time of every frame, and decides how its frames
// become pictures. That Reading makes all pictures, here and in the worker. A select step chooses
// frames from all videos of a label, by source time and before any scaling, so that every
// resolution has the same moments. A transcode step scales a video, or copies it if it already has
// the size. A hash step describes each frame in 64 bits, by which similar footage is found.
package video

import "snellen/engine/step"

// NotesFile is the output of probe and transcode with what a person should know about a video: a
// JSON list of phrases, none of which names the file. It does not exist if there is nothing to say.
const NotesFile = "notes.json"

// Probe reads a video. Input: video. Outputs: probe.json, a ProbeResult, and NotesFile.
var Probe = &step.Kind{
	Name: "probe", Version: 2,
	Roles:   []string{"video"},
	Outputs: []string{"probe.json", NotesFile},
	Tools:   []string{"ffmpeg"}, Pool: "cpu",
}

// Select chooses a label's frames. Inputs: probe/0, probe/1, ... in the order of the label's
// videos, and pictures, a PictureSet of its photographs. Output: selection.json, a Selection.
var Select = &step.Kind{
	Name: "select", Version: 4,
	Roles:   []string{"probe/", "pictures"},
	Outputs: []string{"selection.json"},
	Pool:    "cpu",
}

// Transcode scales one video. Inputs: video, probe. Outputs: video.mp4; reading.json, its Reading;
// and NotesFile. A video that is shown in that size already is copied.
var Transcode = &step.Kind{
	Name: "transcode", Version: 2,
	Roles:   []string{"video", "probe"},
	Outputs: []string{"video.mp4", "reading.json", NotesFile},
	Tools:   []string{"ffmpeg"}, Pool: "cpu",
}

// ProbeParams are the parameters of a probe.
type ProbeParams struct {
	// Stream is the stream to read, as ffmpeg counts the file's streams; nil lets ffmpeg choose.
	Stream *int `json:"stream,omitempty"`

	// Width and Height are the size in which the frames must be shown, in pixels, because areas
	// are placed in them; 0 allows any size.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`

	// Areas must lie within the frames, whatever their size. Those that reach farthest to the
	// right and farthest down stand for all.
	Areas []PlacedArea `json:"areas,omitempty"`
}

// A PlacedArea is how far an area of a camera's frame reaches.
type PlacedArea struct {
	Name   string `json:"name"`
	Right  int    `json:"right"`  // pixels from the frame's left side to the area's right side
	Bottom int    `json:"bottom"` // pixels from the frame's top to the area's bottom
}

// SelectParams are the parameters of a selection.
type SelectParams struct {
	Frames     int     `json:"frames"`     // at most, over all videos
	Validation float64 `json:"validation"` // share of the frames
	Split      string  `json:"split"`      // "blocks" or "random"
	Gap        float64 `json:"gap"`        // seconds, between neighbouring blocks of different sets
	Seed       int64   `json:"seed"`

	// For labels that have pictures:
	Near int `json:"near,omitempty"` // bits that differ between near-duplicates, at most
	// ValidationFrom is the first of the pictures that are for validation, if the label says which
	// are. Then everything else is for training.
	ValidationFrom *int `json:"validation_from,omitempty"`
}

// TranscodeParams are the parameters of a transcode.
type TranscodeParams struct {
	Width  int    `json:"width"` // pixels
	Height int    `json:"height"`
	Codec  string `json:"codec"`
	CRF    int    `json:"crf"`
	Preset string `json:"preset"`
	Filter string `json:"filter"` // swscale flags: "bicubic"
	Fit    string `json:"fit"`    // for a video of another shape: "squeeze", "pad" or "crop"
}

// ProbeResult is the content of probe.json.
type ProbeResult struct {
	Width   int       `json:"width"` // pixels, as shown
	Height  int       `json:"height"`
	Codec   string    `json:"codec"`
	Frames  int       `json:"frames"`  // counted by decoding, not taken from the container
	Seconds []float64 `json:"seconds"` // times of the frames, ascending from 0
	Reading Reading   `json:"reading"` // how its frames become pictures
}

// Selection is the content of selection.json: the chosen frames of each of the label's videos, in
// order.
type Selection struct {
	Videos   []SelectedVideo   `json:"videos"`
	Pictures *SelectedPictures `json:"pictures,omitempty"` // nil: the label has none

	// Gap is the time in seconds between the nearest train and validation frames. It is -1 if a
	// set is empty or if the two share no video.
	Gap float64 `json:"smallest_distance"`

	// Dropped counts the frames that are in neither set, by reason.
	Dropped Dropped `json:"dropped"`
}

// Dropped counts the frames that are in neither set, by reason.
type Dropped struct {
	Gap     int `json:"gap"`     // within the gap of a validation frame
	Surplus int `json:"surplus"` // more than params.Frames
}

// SelectedVideo is one video's part of a Selection.
type SelectedVideo struct {
	Frames int             `json:"frames"` // of the video, checked when it is decoded again
	Chosen []SelectedFrame `json:"chosen"` // ascending by index
}

// SelectedFrame is one chosen frame.
type SelectedFrame struct {
	Index   int     `json:"index"`   // in the video, from 0
	Seconds float64 `json:"seconds"` // presentation time in the source
	Set     string  `json:"set"`     // "train" or "validation"
}
