// Package worker is the seam between snellen and snellen-worker, the program that holds OpenCV and libtorch: the
// protocol, the client that keeps a few workers alive, and the loop that a worker runs.
//
// The protocol is one JSON object a line. snellen writes Requests to the worker's standard input and reads Replies from
// its standard output; the worker's log goes to standard error, whose tail is shown when it dies. The worker speaks
// first, with Hello. It runs one request at a time; "cancel" may come at any moment and ends the running one. End of
// input ends the worker.
package worker

import (
	"encoding/json"

	"snellen/engine/step"
)

// Protocol is the version of the messages below; a worker of another version is refused.
const Protocol = 1

// A Request is one line to a worker.
type Request struct {
	Type   string            `json:"type"` // "run", "cancel"
	ID     int               `json:"id"`
	Kind   string            `json:"kind,omitempty"`
	Key    string            `json:"key,omitempty"`
	Params json.RawMessage   `json:"params,omitempty"`
	Inputs map[string]string `json:"inputs,omitempty"` // role -> absolute path
	Out    string            `json:"out,omitempty"`    // absolute path
}

// A Reply is one line from a worker.
type Reply struct {
	Type     string            `json:"type"` // "hello", "progress", "done"
	Protocol int               `json:"protocol,omitempty"`
	Tools    map[string]string `json:"tools,omitempty"` // hello: "opencv" -> "4.6.0", "libtorch" -> "1.13.1 cpu"
	ID       int               `json:"id,omitempty"`
	Progress *step.Progress    `json:"progress,omitempty"`
	Error    string            `json:"error,omitempty"` // done: "" means success
	Hint     string            `json:"hint,omitempty"`
}
