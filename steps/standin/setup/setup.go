// Package setup says how a person's stand-in for SageMaker is started. It is apart from the
// stand-in, so that the program which reads the flags links neither it nor its S3 client.
package setup

// A Setup is what snellen dev sagemaker asks for. It is passed to the worker as JSON.
type Setup struct {
	Dir       string   `json:"dir,omitempty"`    // of the objects of S3; "": a folder that is deleted at the end
	Region    string   `json:"region"`           // in which the stand-in is
	Bucket    string   `json:"bucket"`           // that is made
	Replay    string   `json:"replay,omitempty"` // the study whose curves are replayed; "": jobs train
	Speed     float64  `json:"speed"`            // how many times as fast time runs
	Scenarios []string `json:"scenarios,omitempty"`
	Command   []string `json:"command,omitempty"` // that is run against the stand-in; none: the environment is printed
}

// A Scenario is something that a person may have go wrong, by name.
type Scenario struct{ Name, About string }

// Scenarios are all, in the order of their names. Each befalls the first thing that it can, and no
// other.
var Scenarios = []Scenario{
	{"broken", "a call to make a training job ends with an internal failure"},
	{"capacity", "a training job finds no instance"},
	{"cut", "a training job is made, and the answer is lost"},
	{"dies", "a training job ends with an internal error after its first epoch"},
	{"expired", "for ten seconds, credentials are refused"},
	{"interrupted", "a spot instance is taken back after an epoch"},
	{"lag", "what is made is not found at first"},
	{"model", "an endpoint's container answers with errors"},
	{"slow", "an endpoint takes a minute more to come into service"},
	{"stalled", "a training job's log shows one epoch, and the others when it has ended"},
	{"throttled", "calls come too often"},
}
