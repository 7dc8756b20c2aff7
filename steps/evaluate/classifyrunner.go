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
	model, err := openModel(job, r.open, params.Threads, params.Device)
	if err != nil {
		return err
	}
	defer model.Close()
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	if d, ok := model.(*described); ok {
		err = d.answers(lines)
	} else {
		err = classifyAll(ctx, job, model, lines)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(job.Out, "probabilities.jsonl"), out.Bytes(), 0o666)
}

// answers encodes a line for each picture that is left.
func (d *described) answers(out *json.Encoder) error {
	all, err := d.Classify(context.Background(), make([][]byte, len(d.rows)/d.Width()))
	if err != nil {
		return err
	}
	return encodeAll(out, all)
}

// classifyAll encodes a line for each of a job's images.
func classifyAll(
	ctx context.Context, job *step.Job, model Classifier, out *json.Encoder,
) error {
	images, err := frames.OpenRecords(job.Inputs["images"])
	if err != nil {
		return err
	}
	defer images.Close()
	for from := 0; from < images.Len(); from += batchSize {
		if err := classifyBatch(ctx, model, images, from, out); err != nil {
			return err
		}
		job.Report(step.Progress{Done: float64(min(from+batchSize, images.Len())),
			Total: float64(images.Len()), Unit: "images"})
	}
	return nil
}

func encodeAll(out *json.Encoder, all [][]float64) error {
	for _, p := range all {
		if err := out.Encode(p); err != nil {
			return err
		}
	}
	return nil
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
	return encodeAll(out, all)
}
