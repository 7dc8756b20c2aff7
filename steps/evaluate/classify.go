package evaluate

import "snellen/engine/step"

// Classify asks a model that is here about images, as an endpoint is asked. Inputs: images (RecordIO, whose labels mean
// nothing), model.safetensors and model.json. Output: probabilities.jsonl, a list of numbers a line, in the order of the images.
// It runs in the worker, for what stands in for an endpoint; no study has such a step.
var Classify = &step.Kind{
	Name: "classify", Version: 1,
	Roles:   []string{"images", "model.json", "model.safetensors"},
	Outputs: []string{"probabilities.jsonl"},
	Tools:   []string{"libtorch", "opencv"}, Pool: "cpu",
}

// ClassifyParams are what the answers depend on beside model and images.
type ClassifyParams struct {
	Threads int    `json:"threads"`
	Device  string `json:"device"`
}
