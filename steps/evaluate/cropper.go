//go:build native

package evaluate

import (
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

// NewCrops returns the runner of crops steps.
func NewCrops() step.Runner { return cropper{} }

type cropper struct{}

// Run writes crops.rec.
func (cropper) Run(ctx context.Context, job *step.Job) (err error) {
	var params CropsParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	c, err := readCamera(job, &params.Width, &params.Height)
	if err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(job.Out, "crops.rec"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := frames.NewWriter(out)
	err = c.each(ctx, job, params.Every, func(f *vision.Frame, _ int) error {
		return params.writeCrops(w, f)
	})
	return errors.Join(err, w.Flush())
}

// writeCrops writes the areas of one frame.
func (p CropsParams) writeCrops(w *frames.Writer, f *vision.Frame) error {
	if err := p.At.scale(f); err != nil {
		return err
	}
	for i, r := range p.Rects {
		data, err := f.Crop(p.At.Scaled(r, p.Width, p.Height), p.Quality)
		if err != nil {
			return fmt.Errorf("area %d: %w", i+1, err)
		}
		if err := w.Write(i, data); err != nil {
			return err
		}
	}
	return nil
}
