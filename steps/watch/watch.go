// Package watch judges a camera's live picture: it shows the areas in their colours in a window, or writes the same into a
// video. It runs in the worker, as a job that talks: it says what it saw (Event), and is told answers and when to end (Message).
//
// Four things go on beside each other: one reads pictures, one has them judged, one draws and shows them, and one hears
// what snellen tells. A picture and its judgement stay together. Pictures that come while another one is judged are
// dropped, all but the latest, so that what is shown is never old; of a video that nobody looks at, every picture is judged.
package watch

import (
	"snellen/steps/evaluate"
)

// Kind is the name under which a worker knows the job. Inputs: video, where that is watched and no camera; and for each model
// its files, named by Params.Models. Out is the folder for saved pictures, which is made when there is one.
const Kind = "watch"

// Params are what is watched, and how.
type Params struct {
	evaluate.Params          // Every and At mean nothing
	Title           string   `json:"title"`    // of the window
	Camera          string   `json:"camera"`   // number, device or named pipe; "": the video
	Stream          *int     `json:"stream"`   // of the video's file; nil: as ffmpeg chooses
	Models          []string `json:"models"`   // resolutions that have a model, in the order of their keys
	First           int      `json:"first"`    // the one to begin with
	Endpoint        string   `json:"endpoint"` // that is asked in place of a model; "": none
	Classes         []string `json:"classes"`  // of the endpoint's answers, in order
	Window          bool     `json:"window"`   // else nothing is shown
	Record          string   `json:"record"`   // video file to be written; "": none
}

// ModelInput is the role of a file of a resolution's model: "model.json" or "model.safetensors".
func ModelInput(resolution, file string) string { return file + " of " + resolution }

// Event is one thing that the job says: the field that is not nil.
type Event struct {
	Opened *Opened   `json:"opened,omitempty"`
	Judged *Judged   `json:"judged,omitempty"`
	Saved  *Saved    `json:"saved,omitempty"`
	Lost   *Lost     `json:"lost,omitempty"`
	Asked  *Question `json:"asked,omitempty"`
	Ended  *Ended    `json:"ended,omitempty"`
}

// Opened says that the first picture is there, or the first after a loss.
type Opened struct {
	Width  int     `json:"width"` // of the camera's picture, pixels
	Height int     `json:"height"`
	Rate   float64 `json:"rate"` // frames a second, as the source says; 0: it does not
	Again  bool    `json:"again"`
}

// Judged is a picture's judgement.
type Judged struct {
	Model      string               `json:"model"`      // the resolution, or the endpoint's name
	Rate       float64              `json:"rate"`       // pictures judged in the last second
	Detections []evaluate.Detection `json:"detections"` // one for each area; Seconds are from the beginning
}

// Saved says where a picture was saved.
type Saved struct {
	Path string `json:"path"`
}

// Lost says that the camera gives no picture, and is waited for.
type Lost struct {
	Why string `json:"why"`
}

// A Question asks about crops, which are JPEG. One is asked at a time.
type Question struct {
	ID     int      `json:"id"`
	Images [][]byte `json:"images"`
}

// Ended says that nothing more is judged.
type Ended struct {
	Read    int     `json:"read"`    // pictures
	Judged  int     `json:"judged"`  //
	Dropped int     `json:"dropped"` // that were read and not judged
	Seconds float64 `json:"seconds"` // from the first picture to the last
}

// Message is one thing that the job is told: an answer, or that it shall end as if somebody had closed its window.
type Message struct {
	Answer *Answer `json:"answer,omitempty"`
	Stop   bool    `json:"stop,omitempty"`
}

// An Answer is a question's: a list of probabilities for each image, or why there is none.
type Answer struct {
	ID            int         `json:"id"`
	Probabilities [][]float64 `json:"probabilities,omitempty"`
	Error         string      `json:"error,omitempty"`
	Hint          string      `json:"hint,omitempty"`
}
