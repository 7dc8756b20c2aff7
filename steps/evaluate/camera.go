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

// A camera is a camera's video, as its probe describes it.
type camera struct{ *video.ProbeResult }

// readCamera reads a job's probe. It is an error if the video's frames do not have that size. A
// size of 0 becomes theirs.
func readCamera(job *step.Job, width, height *int) (camera, error) {
	probed, err := video.LoadProbeResult(job.Inputs["probe"])
	if err != nil {
		return camera{}, err
	}
	if err := probed.CheckFrameSize(*width, *height); err != nil {
		return camera{}, err
	}
	*width, *height = probed.Width, probed.Height
	return camera{probed}, nil
}

// A frameFunc processes frame number n of a video. The frame is closed when it returns.
type frameFunc func(f *vision.Frame, n int) error

// each calls do with frames 0, every, 2*every, ... of a job's video, in order, and reports
// progress.
func (c camera) each(ctx context.Context, job *step.Job, every int, do frameFunc) error {
	d, err := libav.Decode(job.Inputs["video"], c.Reading, video.EveryFrame(every, c.Frames))
	if err != nil {
		return err
	}
	defer d.Close()
	for ctx.Err() == nil {
		n, err := c.next(d, do)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		done, total := float64(n+1), float64(c.Frames)
		job.Report(step.Progress{Done: done, Total: total, Unit: "frames"})
	}
	return ctx.Err()
}

// next decodes a frame, calls do with it, and returns its number. At the end it returns io.EOF.
func (c camera) next(d *video.Decoder, do frameFunc) (n int, err error) {
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
