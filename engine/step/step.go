// Package step is the contract between the engine and the work: what a kind of step is, what a job
// receives, and what it may report. It knows nothing of video, of HCL or of where results are
// stored, and imports only the standard library.
//
// A step is a pure function of its parameters, its inputs' bytes and the tools that its kind names.
// A Job has read-only input paths and an empty private folder. The regular files that the Runner
// leaves in that folder, under the names that the Kind declares, become the step's outputs.
package step

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// A Kind is one kind of step. It is data: the graph builder, the planner and the help read it.
type Kind struct {
	Name    string // "train"
	Version int    // part of every key: raise it when the same inputs would make other bytes

	// Roles are the inputs that a job may have. A name that ends in "/" stands for the roles that
	// begin with it, one for each of several like inputs: "probe/" for "probe/0", "probe/1". Roles
	// say what a graph may hold and are no part of a key.
	Roles []string

	Outputs []string // every output that a job may leave; one that ends in "/" is a folder of files
	Tools   []string // tools whose identity is part of the key, such as "ffmpeg" or "libtorch"
	Pool    string   // what bounds how many run at once, such as "cpu"
}

// Reads reports whether jobs of the kind may have an input of that role.
func (k *Kind) Reads(role string) bool { return Declared(k.Roles, role) }

// Makes reports whether jobs of the kind may leave that output, or that file of a folder output.
func (k *Kind) Makes(output string) bool { return Declared(k.Outputs, output) }

// Declared reports whether a name is in a list, or below a name of the list that ends in "/".
func Declared(list []string, name string) bool {
	return slices.ContainsFunc(list, func(one string) bool {
		return name == one || strings.HasSuffix(one, "/") && strings.HasPrefix(name, one)
	})
}

// A Runner does the work of one kind. Run may be called from any goroutine, and twice at once for
// different steps. It returns when the work is done or, soon after ctx ends, with ctx's error;
// nothing that it started outlives it.
type Runner interface {
	Run(ctx context.Context, job *Job) error
}

// A Batcher is a Runner that can do several ready steps in one go, such as one decode for many
// sizes. The engine asks only for steps whose nodes share a batch name. The result holds one error
// (or nil) for each job, in order, and every job's outputs are the bytes that Run alone would have
// made. Default, where a Runner is no Batcher: one by one.
type Batcher interface {
	RunBatch(ctx context.Context, jobs []*Job) []error
}

// A Job is one step's work order.
type Job struct {
	Address string            // for messages alone: no result may depend on it
	Key     string            // hex; stable across retries and restarts: an idempotency token
	Params  json.RawMessage   // canonical JSON of the kind's parameters
	Inputs  map[string]string // role -> read-only path of a file or a folder
	Out     string            // private, empty folder: outputs are made here by name

	// Report is never nil and may be called from any goroutine, but not after Run has returned.
	Report func(Progress)
}

// Progress is a report of a running step: how far it is, a command, a line for its log, or metrics.
// Each field may be left zero.
type Progress struct {
	Done    float64  `json:"done,omitempty"`    // in Unit
	Total   float64  `json:"total,omitempty"`   // in Unit; 0 when not known
	Unit    string   `json:"unit,omitempty"`    // "frames", "images"
	Command string   `json:"command,omitempty"` // about to be run, as it can be typed in a shell
	Log     string   `json:"log,omitempty"`     // one line, without its end
	Metrics *Metrics `json:"metrics,omitempty"`
	Warning string   `json:"warning,omitempty"` // for a person to see at once
}

// Metrics are the figures of one epoch, counted from 0.
type Metrics struct {
	Epoch int `json:"epoch"`
	// Values by name: "train_accuracy", "validation_accuracy", "loss", "images_per_second".
	Values map[string]float64 `json:"values"`
}

// Detached is the error of a Runner that, at the first interrupt, left work running elsewhere or
// did not begin it. Such a step has not failed: the next apply continues it. The text says what was
// left and how to follow or end it.
type Detached string

func (d Detached) Error() string { return string(d) }

// WithHint adds to err a hint: what a person can do or type next. It returns nil for a nil err.
func WithHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &hinted{err, hint}
}

// Hint returns the outermost hint in err's chain, or "".
func Hint(err error) string {
	if h, ok := errors.AsType[*hinted](err); ok {
		return h.hint
	}
	return ""
}

type hinted struct {
	err  error
	hint string
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }
