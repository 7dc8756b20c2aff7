// Package command trains and judges with the user's own programs, by SageMaker's container
// contract.
//
// A program runs without a shell, in a folder with copies of its declared files and nothing else,
// and with an environment that is made for it. What SageMaker puts below /opt/ml is below a private
// folder, which SAGEMAKER_BASE_DIR names:
//
//	code/                       its files; it runs here
//	input/config/               hyperparameters.json, inputdataconfig.json, resourceconfig.json
//	input/data/CHANNEL/         train, validation; for images also train_lst, validation_lst
//	model/                      what it trained; what it serves
//	output/failure              why it failed
//	output/data/                further results
//	checkpoints/, tmp/          deleted when it ends
//
// The step's key holds the program's files, its arguments and the bytes of the program itself, but
// not where this machine has it. It does not hold the libraries that the program loads: files
// should list what pins their versions.
package command

import (
	"crypto/sha256"
	"fmt"
	"io"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/container"
)

// The names of the two programs as tools of the kinds.
const (
	Program = "program"
	Server  = "server"
)

// Train fits one network by a program. Inputs: as the local train step, and code/0, code/1,
// ... Outputs: model/, as the program left it; output/, what it left in output/data; model.json (a
// Model); curve.json and summary.json, like the local trainer's, from the program's log.
var Train = &step.Kind{
	Name: "command-train", Version: 1,
	Roles:   []string{"dataset", "train", "train.lst", "validation", "validation.lst", "code/"},
	Outputs: []string{"model/", "output/", "model.json", "curve.json", "summary.json"},
	Tools:   []string{Program}, Pool: "cpu",
}

// Judge asks a program that serves a model about crops. Inputs: crops (RecordIO), model (a folder),
// and code/0, code/1, ... Output: probabilities.jsonl, a list of numbers a line, in the order of
// the crops.
var Judge = &step.Kind{
	Name: "command-judge", Version: 1,
	Roles:   []string{"crops", "model", "code/"},
	Outputs: []string{"probabilities.jsonl"},
	Tools:   []string{Server}, Pool: "cpu",
}

// TrainParams are what a training depends on, apart from its dataset and the program's files.
type TrainParams struct {
	Program []string          `json:"program"` // with its arguments
	Files   []string          `json:"files"`   // names of code/0, code/1, ..., slash-separated
	Env     map[string]string `json:"env,omitempty"`
	Threads int               `json:"threads"`
	GPUs    int               `json:"gpus"`
	Format  string            `json:"format"` // of the dataset: "recordio" or "image"
	container.Hyperparameters
	Seed int64 `json:"seed"` // another for each replicate
}

// JudgeParams are what answers depend on, apart from the model, the crops and the program's files.
type JudgeParams struct {
	Program []string          `json:"program"`
	Files   []string          `json:"files"`
	Env     map[string]string `json:"env,omitempty"`
	Threads int               `json:"threads"`
	GPUs    int               `json:"gpus"`
	Classes int               `json:"classes"`
}

// Model is model.json: what a caller must know to use model/.
type Model struct {
	Format     string   `json:"format"` // "command"
	Classes    []string `json:"classes"`
	ImageShape string   `json:"image_shape"`
	Resize     int      `json:"resize"`
}

// Identity returns the identity of the program at path: its name, and the SHA-256 of its bytes.
func Identity(name, path string) (string, error) {
	f, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return fmt.Sprintf("%s sha256:%x", name, h.Sum(nil)), nil
}
