// Package worker is the seam between snellen and snellen-worker, the program that holds OpenCV and libtorch: the
// protocol, the client that keeps a few workers alive, and the loop that a worker runs.
//
// The protocol is one JSON object a line. snellen writes Requests to the worker's standard input and reads Replies from
// its standard output; the worker's log goes to standard error, whose tail is shown when it dies. The worker speaks
// first, with Hello. It runs one request at a time; "cancel" may come at any moment and ends the running one. A job that
// talks (see Talker) says things of its own, and "tell" tells it some. End of input ends the worker.
package worker

import (
	"context"
	"encoding/json"

	"snellen/engine/step"
)

// Protocol is the version of the messages below; a worker of another version is refused.
const Protocol = 2

// A Request is one line to a worker.
type Request struct {
	Type   string            `json:"type"` // "run", "cancel", "tell"
	ID     int               `json:"id"`
	Kind   string            `json:"kind,omitempty"`
	Key    string            `json:"key,omitempty"`
	Params json.RawMessage   `json:"params,omitempty"`
	Inputs map[string]string `json:"inputs,omitempty"` // role -> absolute path
	Out    string            `json:"out,omitempty"`    // absolute path
	Told   json.RawMessage   `json:"told,omitempty"`   // tell: what the kind says it is
}

// A Reply is one line from a worker.
type Reply struct {
	Type     string            `json:"type"` // "hello", "progress", "say", "done"
	Protocol int               `json:"protocol,omitempty"`
	Tools    map[string]string `json:"tools,omitempty"` // hello: "opencv" -> "4.6.0", "libtorch" -> "1.13.1 cpu"
	ID       int               `json:"id,omitempty"`
	Progress *step.Progress    `json:"progress,omitempty"`
	Said     json.RawMessage   `json:"said,omitempty"`  // say: what the kind says it is
	Error    string            `json:"error,omitempty"` // done: "" means success
	Hint     string            `json:"hint,omitempty"`
}

// A Talker is a Runner whose jobs talk with who asked for them while they run. Default: a job is told nothing, and says
// nothing but its progress.
type Talker interface {
	step.Runner
	Talk(ctx context.Context, job *step.Job, line Line) error
}

// A Line is one job's end of a conversation. It is of no use once the job is done.
type Line struct {
	Say  func(any) error        // what it says, as JSON; from any goroutine
	Told <-chan json.RawMessage // what it is told; it must be read
}
