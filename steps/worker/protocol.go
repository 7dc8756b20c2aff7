// Package worker is the seam between snellen and snellen-worker, the program that runs steps: the
// protocol, the client that keeps a few workers alive, and the loop that a worker runs.
//
// The protocol is one JSON object a line. snellen writes Requests to the worker's standard input
// and reads Replies from its standard output; the worker's log goes to standard error, whose tail
// is shown when it dies. The worker speaks first, with a hello. A setup, if any, comes next: it is
// what runners need to know beside their jobs, such as where SageMaker is. Then come runs. They may
// overlap, and every reply has its run's number. "cancel" ends one run, "stop" is the first
// interrupt and reaches all, and "message" passes something to a run that talks (see Talker). End
// of input ends the worker.
package worker

import (
	"context"
	"encoding/json"

	"snellen/engine/step"
)

// Protocol is the version of the messages below. A worker of another version is refused.
const Protocol = 3

// A Request is one line to a worker.
type Request struct {
	Type    string          `json:"type"` // "setup", "run", "cancel", "stop", "message"
	ID      int             `json:"id,omitempty"`
	Setup   json.RawMessage `json:"setup,omitempty"`
	Kind    string          `json:"kind,omitempty"`    // run
	Jobs    []Job           `json:"jobs,omitempty"`    // run: one, or a batch
	Message json.RawMessage `json:"message,omitempty"` // message: its form is the kind's
}

// A Job is a step.Job on its way to a worker.
type Job struct {
	Address string            `json:"address,omitempty"`
	Key     string            `json:"key,omitempty"`
	Params  json.RawMessage   `json:"params,omitempty"`
	Inputs  map[string]string `json:"inputs,omitempty"` // role -> absolute path
	Out     string            `json:"out,omitempty"`    // absolute path
}

// A Reply is one line from a worker.
type Reply struct {
	Type     string            `json:"type"` // "hello", "progress", "message", "done"
	Protocol int               `json:"protocol,omitempty"`
	Tools    map[string]string `json:"tools,omitempty"` // hello: "opencv" -> "4.6.0", ...
	ID       int               `json:"id,omitempty"`
	Job      int               `json:"job,omitempty"` // progress: the job's place in the request
	Progress *step.Progress    `json:"progress,omitempty"`
	Message  json.RawMessage   `json:"message,omitempty"`
	Results  []Result          `json:"results,omitempty"` // done: one for each job
}

// A Result is how one job ended.
type Result struct {
	Error    string `json:"error,omitempty"` // "" means success
	Hint     string `json:"hint,omitempty"`
	Detached bool   `json:"detached,omitempty"` // the error is a step.Detached
}

// A Talker is a Runner whose jobs exchange messages with the caller while they run. Default: a job
// receives none, and sends nothing but its progress.
type Talker interface {
	step.Runner
	Talk(ctx context.Context, job *step.Job, line Line) error
}

// A Line is one job's end of a conversation. It may be used until the job is done.
type Line struct {
	Send     func(any) error        // sends a message, as JSON; may be called from any goroutine
	Received <-chan json.RawMessage // the job must read them
}
