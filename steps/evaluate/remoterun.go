//go:build native

package evaluate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"snellen/engine/step"
	"snellen/steps/frames"
	"snellen/steps/vision"
)

// NewCrops gives what runs crops steps.
func NewCrops() step.Runner { return cropper{} }

// NewDraw gives what runs draw steps.
func NewDraw() step.Runner { return drawer{} }

type cropper struct{}

func (cropper) Run(ctx context.Context, job *step.Job) (err error) {
	var params CropsParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	c, err := readCamera(job, params.Width, params.Height)
	if err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(job.Out, "crops.rec"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := frames.NewWriter(out)
	err = c.each(ctx, job, params.Every, func(f *vision.Frame, n int) error {
		if params.At != nil {
			if err := f.Scale(params.At.Width, params.At.Height); err != nil {
				return err
			}
		}
		for i, r := range params.Rects {
			data, err := f.Crop(params.At.Scaled(r, params.Width, params.Height), params.Quality)
			if err != nil {
				return fmt.Errorf("area %d: %w", i+1, err)
			}
			if err := w.Write(i, data); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, w.Flush())
}

type drawer struct{}

func (drawer) Run(ctx context.Context, job *step.Job) error {
	var params DrawParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	answers, err := os.Open(job.Inputs["probabilities"])
	if err != nil {
		return err
	}
	defer answers.Close()
	lines := bufio.NewScanner(answers)
	lines.Buffer(nil, maxLine)
	j := &judging{job: job, params: params.Params, model: &recorded{params.Classes, lines}}
	if j.camera, err = readCamera(job, params.Width, params.Height); err != nil {
		return err
	}
	if err := j.all(ctx); err != nil {
		return err
	}
	if lines.Scan() {
		return errors.New("there are more answers than areas")
	}
	return j.summarise()
}

// A recorded classifier gives answers that were had before, in their order.
type recorded struct {
	classes []string
	lines   *bufio.Scanner
}

func (r *recorded) Classes() []string { return r.classes }
func (r *recorded) Close() error      { return nil }

func (r *recorded) Classify(_ context.Context, jpegs [][]byte) ([][]float64, error) {
	var all [][]float64
	for range jpegs {
		if !r.lines.Scan() {
			return nil, errors.Join(errors.New("there are fewer answers than areas"), r.lines.Err())
		}
		var one []float64
		if err := json.Unmarshal(r.lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("an answer that is none: %w", err)
		}
		all = append(all, one)
	}
	return all, nil
}
