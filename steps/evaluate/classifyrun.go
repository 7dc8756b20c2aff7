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

// NewClassify gives what runs classify steps.
func NewClassify(open OpenFunc) step.Runner { return classifier{open} }

type classifier struct{ open OpenFunc }

// askedAtOnce is how many images are in memory together.
const askedAtOnce = 64

func (c classifier) Run(ctx context.Context, job *step.Job) error {
	var params ClassifyParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	images, err := frames.OpenRecords(job.Inputs["images"])
	if err != nil {
		return err
	}
	defer images.Close()
	model, err := c.open(job.Inputs["model.json"], job.Inputs["model.safetensors"], params.Threads, params.Device)
	if err != nil {
		return err
	}
	defer model.Close()
	var out bytes.Buffer
	for from := 0; from < images.Len(); from += askedAtOnce {
		if err := classify(ctx, model, images, from, json.NewEncoder(&out)); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(job.Out, "probabilities.jsonl"), out.Bytes(), 0o666)
}

// classify asks about the next images.
func classify(ctx context.Context, model Classifier, images *frames.Records, from int, out *json.Encoder) error {
	var jpegs [][]byte
	for i := from; i < min(from+askedAtOnce, images.Len()); i++ {
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
