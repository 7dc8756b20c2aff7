//go:build native

package evaluate

import (
	"context"
	"errors"
	"fmt"
	"io"

	"snellen/engine/step"
	"snellen/steps/libav"
	"snellen/steps/video"
	"snellen/steps/vision"
)

// A camera is what the probe of its video tells.
type camera struct{ *video.Probed }

// readCamera reads a job's probe, and wants frames of that size.
func readCamera(job *step.Job, width, height int) (camera, error) {
	probed, err := video.OpenProbed(job.Inputs["probe"])
	if err != nil {
		return camera{}, err
	}
	return camera{probed}, probed.Framed(width, height)
}

// each goes through a job's video, and calls do with every so manieth frame.
func (c camera) each(ctx context.Context, job *step.Job, every int, do func(f *vision.Frame, n int) error) error {
	d, err := libav.Decode(job.Inputs["video"], c.Reading, video.Every(every, c.Frames))
	if err != nil {
		return err
	}
	defer d.Close()
	for ctx.Err() == nil {
		n, err := c.frame(d, do)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		job.Report(step.Progress{Done: float64(n + 1), Total: float64(c.Frames), Unit: "frames"})
	}
	return ctx.Err()
}

// frame calls do with the next frame, which is freed behind it.
func (c camera) frame(d *video.Decoder, do func(f *vision.Frame, n int) error) (n int, err error) {
	f := vision.NewFrame(c.Width, c.Height)
	defer f.Close()
	if n, err = d.Next(f.Pixels()); err != nil {
		return n, err
	}
	if err := do(f, n); err != nil {
		return n, fmt.Errorf("frame %d: %w", n, err)
	}
	return n, nil
}
