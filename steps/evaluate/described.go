//go:build native

package evaluate

import (
	"context"
	"errors"
	"fmt"

	"snellen/engine/step"
	"snellen/steps/train"
)

// openModel opens a job's model. With the input features it answers by these.
func openModel(job *step.Job, open OpenFunc, threads int, device string) (Classifier, error) {
	model, err := open(job.Inputs["model.json"], job.Inputs["model.safetensors"], threads, device)
	if err != nil {
		return nil, err
	}
	path, there := job.Inputs["features"]
	if !there {
		return model, nil
	}
	d, err := describe(model, path)
	if err != nil {
		return nil, errors.Join(err, model.Close())
	}
	return d, nil
}

// A described is a Classifier that knows the features of the pictures, and so does not look at them.
type described struct {
	FeatureClassifier
	rows []float32 // of the pictures that are left
}

func describe(model Classifier, path string) (*described, error) {
	f, ok := model.(FeatureClassifier)
	if !ok {
		return nil, errors.New("the model does not take features")
	}
	t, err := train.LoadFeatures(path)
	if err != nil {
		return nil, err
	}
	if t.Width != f.Width() {
		return nil, fmt.Errorf("the features have %d numbers, not %d", t.Width, f.Width())
	}
	return &described{f, t.Sets["images"]}, nil
}

func (d *described) Classify(_ context.Context, jpegs [][]byte) ([][]float64, error) {
	n := len(jpegs) * d.Width()
	if n > len(d.rows) {
		return nil, errors.New("there are features of fewer pictures than there are")
	}
	if n == 0 {
		return nil, nil
	}
	rows := d.rows[:n]
	d.rows = d.rows[n:]
	return d.ClassifyFeatures(rows)
}

// checkEnd returns an error if there are features left.
func (d *described) checkEnd() error {
	if len(d.rows) > 0 {
		return errors.New("there are features of more pictures than there are")
	}
	return nil
}

// Preview returns the network's input for a JPEG, if the model can show it.
func (d *described) Preview(jpeg []byte) ([]byte, error) {
	p, ok := d.FeatureClassifier.(Previewer)
	if !ok {
		return nil, errors.New("the model has no previews")
	}
	return p.Preview(jpeg)
}
