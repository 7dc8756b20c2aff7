// Package watch judges live pictures: it shows a camera's picture in a window, with the areas in
// their colours, or writes the same into a video. It runs in the worker, as a job that talks: it
// sends Events and receives Messages.
//
// Pictures come from a camera, from a video, or as Messages: a browser's camera is one that sends.
//
// Four goroutines work at once. One reads pictures, one has them judged, one draws and shows them,
// and one receives messages. A picture and its detections stay together. Pictures that arrive while
// another is being judged are dropped, except the latest, so that what is shown is never old. A
// video without a window is different: every picture of it is judged.
package watch

import (
	"snellen/steps/evaluate"
)

// Kind is the name by which a worker knows the job.
//
// Inputs: video, if a video is watched and not a camera; and for each model its files, whose roles
// ModelInput names. Out is the folder for saved pictures. It is created with the first of them.
const Kind = "watch"

// Params say what is watched, and how.
type Params struct {
	evaluate.Params          // Every and At are ignored
	Title           string   `json:"title"`    // of the window
	Camera          string   `json:"camera"`   // number, device or named pipe; "": the video
	Sent            bool     `json:"sent"`     // pictures come as Messages: no camera, no video
	Stream          *int     `json:"stream"`   // of the video file; nil: as ffmpeg chooses
	Models          []string `json:"models"`   // resolutions with a model, in the order of keys
	First           int      `json:"first"`    // index of the model to begin with
	Endpoint        string   `json:"endpoint"` // asked instead of a model; "": none
	Classes         []string `json:"classes"`  // of the endpoint's answers, in order
	Window          bool     `json:"window"`   // false: show nothing
	Record          string   `json:"record"`   // video file to write; "": none
}

// ModelInput returns the role of a file of a resolution's model, "model.json" or
// "model.safetensors".
func ModelInput(resolution, file string) string { return file + " of " + resolution }
