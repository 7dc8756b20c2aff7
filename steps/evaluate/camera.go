//go:build native

package evaluate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"snellen/engine/step"
	"snellen/steps/libav"
	"snellen/steps/picture"
	"snellen/steps/video"
	"snellen/steps/vision"
)

// A camera is a camera's video, as its probe describes it, or the stills that it took. A still's
// time is its number.
type camera struct {
	*video.ProbeResult
	stills []string // paths; nil: a video
}

// readCamera reads a job's probe. It is an error if the camera's frames do not have that size. A
// size of 0 becomes theirs.
func readCamera(job *step.Job, width, height *int) (c camera, err error) {
	if _, there := job.Inputs["picture/0"]; there {
		c, err = readStills(job)
	} else {
		c.ProbeResult, err = video.LoadProbeResult(job.Inputs["probe"])
	}
	if err != nil {
		return c, err
	}
	if err := c.CheckFrameSize(*width, *height); err != nil {
		return c, err
	}
	*width, *height = c.Width, c.Height
	return c, nil
}

// readStills returns the camera that took a job's stills.
func readStills(job *step.Job) (camera, error) {
	set, err := video.LoadPictureSet(job.Inputs["probe"])
	if err != nil {
		return camera{}, err
	}
	c := camera{ProbeResult: &video.ProbeResult{Frames: len(set.Pictures)}}
	for i, p := range set.Pictures {
		path, there := job.Inputs["picture/"+strconv.Itoa(i)]
		if !there {
			return c, fmt.Errorf("there is no still %d of %d", i, len(set.Pictures))
		}
		c.Width, c.Height = p.Width, p.Height // all are alike: their own step has checked it
		c.Seconds = append(c.Seconds, float64(i))
		c.stills = append(c.stills, path)
	}
	return c, nil
}

// A frameFunc processes frame number n of a camera. The frame is closed when it returns.
type frameFunc func(f *vision.Frame, n int) error

// each calls do with frames 0, every, 2*every, ... of a job's camera, in order, and reports
// progress.
func (c camera) each(ctx context.Context, job *step.Job, every int, do frameFunc) error {
	read, end, err := c.open(job, every)
	if err != nil {
		return err
	}
	defer end()
	for ctx.Err() == nil {
		n, err := c.next(read, do)
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

// A readFunc reads the next frame's pixels and returns its number, or io.EOF after the last one.
type readFunc func(pixels []byte) (n int, err error)

// open returns what reads frames 0, every, 2*every, ... of a job's camera, and what ends it.
func (c camera) open(job *step.Job, every int) (read readFunc, end func(), err error) {
	if c.stills != nil {
		next := 0
		return func(pixels []byte) (int, error) {
			n := next
			if n >= len(c.stills) {
				return 0, io.EOF
			}
			next += every
			return n, c.readStill(n, pixels)
		}, func() {}, nil
	}
	d, err := libav.Decode(job.Inputs["video"], c.Reading, video.EveryFrame(every, c.Frames))
	if err != nil {
		return nil, nil, err
	}
	return d.Next, d.Close, nil
}

// readStill reads the pixels of a still.
func (c camera) readStill(n int, pixels []byte) error {
	still, err := picture.Decode(c.stills[n])
	if err != nil {
		return fmt.Errorf("%s: %w", c.stills[n], err)
	}
	defer still.Close()
	if w, h := still.Reading().DisplaySize(); w != c.Width || h != c.Height {
		return fmt.Errorf("%s is %dx%d, not %dx%d", c.stills[n], w, h, c.Width, c.Height)
	}
	return still.Picture(c.Width, c.Height, "bicubic", "squeeze", "bgr24", pixels)
}

// next reads a frame, calls do with it, and returns its number. At the end it returns io.EOF.
func (c camera) next(read readFunc, do frameFunc) (n int, err error) {
	f := vision.NewFrame(c.Width, c.Height)
	defer f.Close()
	if n, err = read(f.Pixels()); err != nil {
		return n, err
	}
	if err := do(f, n); err != nil {
		return n, fmt.Errorf("frame %d: %w", n, err)
	}
	return n, nil
}
