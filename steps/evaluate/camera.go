//go:build native

package evaluate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"snellen/engine/step"
	"snellen/steps/vision"
)

// A camera is what the probe of its video tells.
type camera struct {
	Width   int       `json:"width"`
	Height  int       `json:"height"`
	Frames  int       `json:"frames"`
	Seconds []float64 `json:"seconds"`
}

// readCamera reads a job's probe, and wants frames of that size.
func readCamera(job *step.Job, width, height int) (c camera, err error) {
	data, err := os.ReadFile(job.Inputs["probe"])
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("probe: %w", err)
	}
	if c.Frames < 1 || len(c.Seconds) != c.Frames {
		return c, errors.New("the probe of the camera's video does not tell its frames")
	}
	if c.Width != width || c.Height != height {
		return c, step.WithHint(fmt.Errorf("the camera's video is %dx%d, and the frame of the evaluation is %dx%d", c.Width, c.Height, width, height),
			fmt.Sprintf("write frame { width = %d  height = %d }, and place the areas in it", c.Width, c.Height))
	}
	return c, nil
}

// each goes through a job's video, and calls do for every so manieth frame, with the video at it.
func (c camera) each(ctx context.Context, job *step.Job, every int, do func(v *vision.Video, n int) error) error {
	v, err := vision.OpenVideo(job.Inputs["video"])
	if err != nil {
		return err
	}
	defer v.Close()
	n := 0
	for ; ctx.Err() == nil; n++ {
		judged := n%every == 0 && n < c.Frames
		if judged && !v.Next() || !judged && !v.Skip() {
			break
		}
		if !judged {
			continue
		}
		if w, h := v.Size(); w != c.Width || h != c.Height {
			return fmt.Errorf("frame %d: it is %dx%d, and %dx%d is wanted", n, w, h, c.Width, c.Height)
		}
		if err := do(v, n); err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
		job.Report(step.Progress{Done: float64(n + 1), Total: float64(c.Frames), Unit: "frames"})
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if n != c.Frames {
		return fmt.Errorf("OpenCV reads %d frames of the %d that were probed", n, c.Frames)
	}
	return nil
}
