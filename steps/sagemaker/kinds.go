// Package sagemaker holds what a study needs to know of Amazon SageMaker without asking it: the two
// kinds of steps, the requests that they make, the checks of a study, and the questions that can be
// asked about an account. Package client, the only importer of the AWS SDK, runs the steps and
// answers the questions. It is linked into the worker alone, so that a program that only plans
// starts without it.
package sagemaker

import (
	"encoding/json"

	"snellen/engine/step"
	"snellen/steps/container"
)

// Pool is the pool of both kinds. Its size limits how many jobs and endpoints exist at once.
const Pool = "sagemaker"

// Train trains one network on SageMaker. It reads what the local train step reads. Outputs:
// model.tar.gz, as the service wrote it; model.json, a Model; curve.json and summary.json, as the
// local step writes them, from the job's log; job.json, a Job.
var Train = &step.Kind{
	Name: "cloud-train", Version: 1,
	Roles:   []string{"dataset", "train", "train.lst", "validation", "validation.lst"},
	Outputs: []string{"model.tar.gz", "model.json", "curve.json", "summary.json", "job.json"},
	Pool:    Pool,
}

// Judge classifies crops with an endpoint. Inputs: crops (RecordIO) and, unless the parameters name
// an endpoint, model (model.tar.gz). Output: probabilities.jsonl, one JSON list of numbers a line,
// in the order of the crops.
var Judge = &step.Kind{
	Name: "cloud-judge", Version: 1,
	Roles:   []string{"crops", "model"},
	Outputs: []string{"probabilities.jsonl"},
	Pool:    Pool,
}

// BuiltIn stands in a step's parameters for the service's own image classification. Its address
// differs by region, so the address is not part of a key.
const BuiltIn = "image-classification:1"

// TrainParams are the parameters of a training except its dataset, named as SageMaker names them.
// The instance type and the region are not among them: they are not part of the key.
type TrainParams struct {
	Image         string `json:"image"`  // BuiltIn, or the address of an image
	Format        string `json:"format"` // of the dataset: "recordio" or "image"
	InstanceCount int    `json:"instance_count"`
	container.Hyperparameters
	Replicate int `json:"replicate,omitempty"` // from 2 for further trainings with the same inputs
}

// JudgeParams are the parameters of judging except the model and the crops.
type JudgeParams struct {
	Image    string `json:"image,omitempty"`
	Endpoint string `json:"endpoint,omitempty"` // an existing one, whose model is not known here
	Classes  int    `json:"classes"`
}

// Model is the content of model.json: what is needed to use model.tar.gz.
type Model struct {
	Format     string   `json:"format"` // "sagemaker"
	Image      string   `json:"image"`
	Classes    []string `json:"classes"`
	NumLayers  int      `json:"num_layers"`
	ImageShape string   `json:"image_shape"`
}

// Job is the content of job.json: how the training went. Unlike the other outputs it describes this
// one run. Only people, the report and cost estimates read it; no step does.
type Job struct {
	Name         string  `json:"name"`
	Region       string  `json:"region"`
	Instance     string  `json:"instance_type"`
	Count        int     `json:"instance_count"`
	Spot         bool    `json:"spot"`
	Attempt      int     `json:"attempt"`
	Seconds      float64 `json:"training_seconds"`
	Billable     float64 `json:"billable_seconds"`     // of each instance
	EstimatedUSD float64 `json:"estimated_usd"`        // when planned; 0 if unknown
	BilledUSD    float64 `json:"billed_usd"`           // billable seconds at that price
	PriceDate    string  `json:"price_date,omitempty"` // of the price
	Artifact     string  `json:"artifact"`             // S3 address of the model
}

// ReadJob parses job.json.
func ReadJob(data []byte) (Job, error) {
	var j Job
	err := json.Unmarshal(data, &j)
	return j, err
}
