package watch

import "snellen/steps/evaluate"

// An Event is what the job reports: the one field that is not nil.
type Event struct {
	Opened  *Opened   `json:"opened,omitempty"`
	Judged  *Judged   `json:"judged,omitempty"`
	Dropped *Dropped  `json:"dropped,omitempty"`
	Saved   *Saved    `json:"saved,omitempty"`
	Lost    *Lost     `json:"lost,omitempty"`
	Asked   *Question `json:"asked,omitempty"`
	Ended   *Ended    `json:"ended,omitempty"`
}

// Opened reports the first picture of a camera or a video, or the first after a camera was lost.
type Opened struct {
	Width  int     `json:"width"` // of the source's picture, pixels
	Height int     `json:"height"`
	Rate   float64 `json:"rate"`  // frames a second, as the source reports; 0: unknown
	Again  bool    `json:"again"` // the camera was lost before
}

// Judged reports the detections in a picture.
type Judged struct {
	Number     int                  `json:"number"`     // of the picture: the sender's, else from 0
	Model      string               `json:"model"`      // resolution, or name of the endpoint
	Rate       float64              `json:"rate"`       // pictures judged in the last second
	Detections []evaluate.Detection `json:"detections"` // one for each area
}

// Dropped reports a picture that was sent and will not be judged: a later one came first, or it
// cannot be judged. Each picture that was sent is either judged or dropped, once, if it is before
// the end.
type Dropped struct {
	Number int    `json:"number"`
	Error  string `json:"error,omitempty"` // "": a later one came first
	Hint   string `json:"hint,omitempty"`
}

// Saved reports that a picture was saved.
type Saved struct {
	Path string `json:"path"`
}

// Lost reports that the camera returns no more pictures. The job waits for it.
type Lost struct {
	Why string `json:"why"` // a sentence for people
}

// A Question asks for the probabilities of crops, which are JPEGs. Before its Answer no other is
// asked.
type Question struct {
	ID     int      `json:"id"`
	Images [][]byte `json:"images"`
}

// Ended reports the totals. It is the last event.
type Ended struct {
	Read    int     `json:"read"`    // pictures
	Judged  int     `json:"judged"`  // pictures
	Dropped int     `json:"dropped"` // pictures that were read and not judged
	Seconds float64 `json:"seconds"` // from the first judged picture to the last
}

// A Message is what the job receives. Its fields count in their order: a picture is judged by the
// model that is selected with it.
type Message struct {
	Answer  *Answer  `json:"answer,omitempty"`
	Select  *int     `json:"select,omitempty"` // index in Params.Models, of the model to judge with
	Picture *Picture `json:"picture,omitempty"`
	Stop    bool     `json:"stop,omitempty"` // as if the window was closed
}

// MaxJPEG bounds a picture that is sent, in bytes: a line of the worker's protocol must hold it.
const MaxJPEG = 16 << 20

// A Picture is one to be judged, if Params.Sent.
type Picture struct {
	Number int    `json:"number"` // by which its Judged or Dropped names it
	JPEG   []byte `json:"jpeg"`   // of the shape of the evaluation's frame, in any size
}

// An Answer answers a Question: with a list of probabilities for each image, or with an error.
type Answer struct {
	ID            int         `json:"id"` // of the question
	Probabilities [][]float64 `json:"probabilities,omitempty"`
	Error         string      `json:"error,omitempty"`
	Hint          string      `json:"hint,omitempty"`
}
