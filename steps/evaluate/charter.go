//go:build native

package evaluate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"snellen/engine/step"
	"snellen/steps/libav"
	"snellen/steps/picture"
	"snellen/steps/video"
	"snellen/steps/vision"
)

// NewChart returns the runner of Chart.
func NewChart() step.Runner { return charter{} }

type charter struct{}

// Run cuts the areas out of one frame.
func (charter) Run(ctx context.Context, job *step.Job) error {
	var params ChartParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	f, err := params.Shown.read(job)
	if err != nil {
		return err
	}
	defer f.Close()
	if params.Width == 0 {
		params.Width, params.Height = f.Size()
	}
	if w, h := f.Size(); w != params.Width || h != params.Height {
		if err := f.Scale(params.Width, params.Height); err != nil {
			return err
		}
	}
	folder := filepath.Join(job.Out, "chart")
	if err := os.Mkdir(folder, 0o777); err != nil {
		return err
	}
	for i := range params.Sizes {
		if err := params.cut(f, i, folder); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if side := params.Side; side > 0 && side < params.Width {
		if err := f.Scale(side, max(params.Height*side/params.Width, 1)); err != nil {
			return err
		}
	}
	data, err := f.JPEG(pictureQuality)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(job.Out, "frame.jpg"), data, 0o666)
}

// cut writes the areas of a frame at one of the sizes.
func (p ChartParams) cut(f *vision.Frame, size int, folder string) error {
	at := &p.Sizes[size]
	scaled := f.Copy()
	defer scaled.Close()
	if err := at.scale(scaled); err != nil {
		return err
	}
	for i, r := range p.Rects {
		if !within(r, p.Width, p.Height) {
			continue
		}
		data, err := scaled.Crop(at.Scaled(r, p.Width, p.Height), p.Quality)
		if err != nil {
			return fmt.Errorf("area %d: %w", i+1, err)
		}
		path := filepath.Join(folder, fmt.Sprintf("%d-%d.jpg", i, size))
		if err := os.WriteFile(path, data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// within reports whether a rectangle has pixels, and all of them lie in a frame of that size.
func within(rect [4]int, width, height int) bool {
	x, y, w, h := rect[0], rect[1], rect[2], rect[3]
	return x >= 0 && y >= 0 && w > 0 && h > 0 && x <= width-w && y <= height-h
}

// read reads the frame of a job's video, or its still. The caller must close it.
func (s Shown) read(job *step.Job) (*vision.Frame, error) {
	if path, there := job.Inputs["picture"]; there {
		header, err := picture.ReadHeader(path)
		if err != nil {
			return nil, err
		}
		w, h := header.Shown()
		c := camera{&video.ProbeResult{Width: w, Height: h}, []string{path}}
		f := vision.NewFrame(w, h)
		if err := c.readStill(0, f.Pixels()); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
	// The rest of the video is not read, so the number of its frames does not matter.
	d, err := libav.Decode(job.Inputs["video"], s.Reading,
		video.FramesAt([]int{s.Frame}, s.Frame+1))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	f := vision.NewFrame(s.Reading.DisplaySize())
	if _, err := d.Next(f.Pixels()); err != nil {
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("the video has no frame %d", s.Frame)
		}
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
