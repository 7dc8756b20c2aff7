//go:build native

package watch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"snellen/steps/evaluate"
	"snellen/steps/vision"
)

// A judgedPicture is a picture with its detections.
type judgedPicture struct {
	picture
	model      string // resolution, or name of the endpoint
	detections []evaluate.Detection
}

// A judge has pictures judged by the selected model. One goroutine uses it.
type judge struct {
	params Params
	inputs map[string]string
	open   evaluate.OpenFunc
	remote *remoteClassifier // instead of models; nil: none

	opened map[int]evaluate.Classifier // by index in params.Models
	times  []time.Time                 // when pictures were judged, in the last second
}

// judge judges pictures with a model, given by its index. A model is opened when it is first
// selected.
func (j *judge) judge(
	ctx context.Context, pictures []picture, selected int,
) ([]judgedPicture, error) {
	model, name, err := j.model(selected)
	if err != nil {
		return nil, err
	}
	var frames []*vision.Frame
	for _, p := range pictures {
		frames = append(frames, p.frame)
	}
	detections, err := evaluate.JudgeFrames(ctx, frames, model, j.params.Params)
	if err != nil {
		return nil, err
	}
	var judged []judgedPicture
	for i, p := range pictures {
		for k := range detections[i] {
			d := &detections[i][k]
			d.Frame, d.Seconds = p.number, p.seconds
		}
		judged = append(judged, judgedPicture{p, name, detections[i]})
		j.times = append(j.times, time.Now())
	}
	return judged, nil
}

// model returns the selected model and its name.
func (j *judge) model(selected int) (evaluate.Classifier, string, error) {
	if j.remote != nil {
		return j.remote, j.params.Endpoint, nil
	}
	name := j.params.Models[selected]
	if m, ok := j.opened[selected]; ok {
		return m, name, nil
	}
	description := j.inputs[ModelInput(name, "model.json")]
	weights := j.inputs[ModelInput(name, "model.safetensors")]
	m, err := j.open(description, weights, j.params.Threads, j.params.Device)
	if err != nil {
		return nil, "", fmt.Errorf("open the model of %s: %w", name, err)
	}
	if q, ok := m.(evaluate.Quickener); ok && j.params.live() {
		q.Quicken() // nobody compares what is seen for a moment
	}
	j.opened[selected] = m
	return m, name, nil
}

// rate returns how many pictures were judged in the last second.
func (j *judge) rate() float64 {
	since := time.Now().Add(-time.Second)
	for len(j.times) > 0 && j.times[0].Before(since) {
		j.times = j.times[1:]
	}
	return float64(len(j.times))
}

// close closes all models.
func (j *judge) close() error {
	var errs []error
	for _, m := range j.opened {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}
