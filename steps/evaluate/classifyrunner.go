//go:build native

package evaluate

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"snellen/engine/step"
	"snellen/steps/frames"
)

// NewClassify returns the runner of classify steps. It opens models with open.
func NewClassify(open OpenFunc) step.Runner { return classifyRunner{open} }

type classifyRunner struct{ open OpenFunc }

// batchSize is how many images are in memory at once.
const batchSize = 64

// Run writes probabilities.jsonl.
func (r classifyRunner) Run(ctx context.Context, job *step.Job) error {
	var params ClassifyParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	images, err := frames.OpenRecords(job.Inputs["images"])
	if err != nil {
		return err
	}
	defer images.Close()
	description, weights := job.Inputs["model.json"], job.Inputs["model.safetensors"]
	model, err := r.open(description, weights, params.Threads, params.Device)
	if err != nil {
		return err
	}
	defer model.Close()
	var out bytes.Buffer
	for from := 0; from < images.Len(); from += batchSize {
		if err := classifyBatch(ctx, model, images, from, json.NewEncoder(&out)); err != nil {
			return err
		}
		job.Report(step.Progress{Done: float64(min(from+batchSize, images.Len())),
			Total: float64(images.Len()), Unit: "images"})
	}
	return os.WriteFile(filepath.Join(job.Out, "probabilities.jsonl"), out.Bytes(), 0o666)
}

// classifyBatch classifies the images from one on, at most batchSize, and encodes a line for each.
func classifyBatch(
	ctx context.Context, model Classifier, images *frames.Records, from int, out *json.Encoder,
) error {
	var jpegs [][]byte
	for i := from; i < min(from+batchSize, images.Len()); i++ {
		_, data, err := images.Read(i)
		if err != nil {
			return err
		}
		jpegs = append(jpegs, data)
	}
	all, err := model.Classify(ctx, jpegs)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := out.Encode(p); err != nil {
			return err
		}
	}
	return nil
}
