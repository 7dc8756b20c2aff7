package study

import (
	"snellen/specs"
	"snellen/steps/sagemaker"
)

// A Setup is what a worker needs to know of a study beside its jobs. It is sent as JSON.
type Setup struct {
	Cloud   *sagemaker.Session `json:"cloud,omitempty"`
	Command *Command           `json:"command,omitempty"`
}

// A Command is a trainer of the user's own, with its programs found.
type Command struct {
	Settings *specs.Command `json:"settings"`
	// path; "": it is one of the program's own files
	Train string `json:"train"`
	Serve string `json:"serve,omitempty"` // path, as Train's
}
