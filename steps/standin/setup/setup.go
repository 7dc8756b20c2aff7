// Package setup describes how a user starts the stand-in for SageMaker. It is a package of its own
// so that the program that reads the flags links neither the stand-in nor its S3 client.
package setup

// A Setup is what snellen dev sagemaker asks for. It is passed to the worker as JSON.
type Setup struct {
	Dir       string   `json:"dir,omitempty"`    // of S3's objects; "": temporary
	Region    string   `json:"region"`           // of the stand-in
	Bucket    string   `json:"bucket"`           // to make
	Replay    string   `json:"replay,omitempty"` // study to replay; "": jobs train
	Speed     float64  `json:"speed"`            // times as fast as real time
	Scenarios []string `json:"scenarios,omitempty"`
	Command   []string `json:"command,omitempty"` // to run; none: print the environment
}

// A Scenario is a fault that a user can start by name.
type Scenario struct{ Name, About string }

// Scenarios are all scenarios, by name. Each affects the first call or resource that it can, and no
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
