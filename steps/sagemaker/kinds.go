// Package sagemaker is what a study says of Amazon SageMaker, and what is known of it without asking
// it: the two kinds of steps, the requests that they make, the rules that a study must keep, and
// the questions that can be asked about an account. Package client, which alone imports the AWS
// SDK, does the steps and answers the questions; it is linked into the worker, so that a program
// that only plans starts without it.
package sagemaker

import (
	"encoding/json"

	"snellen/engine/step"
	"snellen/steps/container"
)

// Pool is the pool of both kinds: how many jobs and endpoints there may be at once.
const Pool = "sagemaker"

// Train fits one network on SageMaker. Inputs: those of the local train step. Outputs: model.tar.gz, as the service left
// it; model.json (a Model); curve.json and summary.json, as the local ones, of what the job's log told; job.json (a Job).
var Train = &step.Kind{
	Name: "cloud-train", Version: 1,
	Roles:   []string{"dataset", "train", "train.lst", "validation", "validation.lst"},
	Outputs: []string{"model.tar.gz", "model.json", "curve.json", "summary.json", "job.json"},
	Pool:    Pool,
}

// Judge asks an endpoint about crops. Inputs: crops (RecordIO) and, where no endpoint is named, model (model.tar.gz).
// Output: probabilities.jsonl, a list of numbers a line, in the order of the crops.
var Judge = &step.Kind{
	Name: "cloud-judge", Version: 1,
	Roles:   []string{"crops", "model"},
	Outputs: []string{"probabilities.jsonl"},
	Pool:    Pool,
}

// BuiltIn stands in a step's parameters for the service's own image classification, whose address differs by region.
const BuiltIn = "image-classification:1"

// TrainParams are what a training depends on beside its dataset. The names are SageMaker's. Where and on what it runs is not
// among them.
type TrainParams struct {
	Image         string `json:"image"`  // BuiltIn, or an image of the user's own
	Format        string `json:"format"` // of the dataset: "recordio" or "image"
	InstanceCount int    `json:"instance_count"`
	container.Hyperparameters
	Replicate int `json:"replicate,omitempty"` // from 2: another training of the same
}

// JudgeParams are what an endpoint's answers depend on beside the model and the crops.
type JudgeParams struct {
	Image    string `json:"image,omitempty"`
	Endpoint string `json:"endpoint,omitempty"` // that exists already; its model is not known here
	Classes  int    `json:"classes"`
}

// Model is model.json: what must be known to use model.tar.gz.
type Model struct {
	Format     string   `json:"format"` // "sagemaker"
	Image      string   `json:"image"`
	Classes    []string `json:"classes"`
	NumLayers  int      `json:"num_layers"`
	ImageShape string   `json:"image_shape"`
}

// Job is job.json: how the training went. Unlike the other outputs it is of this one run; nothing reads it but people, the
// report, and estimates of later runs.
type Job struct {
	Name         string  `json:"name"`
	Region       string  `json:"region"`
	Instance     string  `json:"instance_type"`
	Count        int     `json:"instance_count"`
	Spot         bool    `json:"spot"`
	Attempt      int     `json:"attempt"`
	Seconds      float64 `json:"training_seconds"`
	Billable     float64 `json:"billable_seconds"`     // of each instance
	EstimatedUSD float64 `json:"estimated_usd"`        // when it was planned; 0: not known
	BilledUSD    float64 `json:"billed_usd"`           // billable seconds by the same price
	PriceDate    string  `json:"price_date,omitempty"` // of that price
	Artifact     string  `json:"artifact"`             // where the service left the model
}

// ReadJob reads job.json.
func ReadJob(data []byte) (Job, error) {
	var j Job
	err := json.Unmarshal(data, &j)
	return j, err
}
