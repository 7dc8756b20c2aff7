//go:build native

package evaluate

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"snellen/engine/step"
	"snellen/steps/libav"
	"snellen/steps/picture"
	"snellen/steps/video"
	"snellen/steps/vision"
)

// NewOutline returns the runner of Outline.
func NewOutline() step.Runner { return outliner{} }

type outliner struct{}

// Run draws one frame with the areas in it.
func (outliner) Run(_ context.Context, job *step.Job) error {
	var params OutlineParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	f, err := outlinedFrame(job, params)
	if err != nil {
		return err
	}
	defer f.Close()
	w, h := f.Size()
	canvas, err := f.Outline(outlines(params.Areas, w, h), params.Notes)
	if err != nil {
		return err
	}
	defer canvas.Close()
	encode, name := func() ([]byte, error) { return canvas.JPEG(outlineQuality) }, "areas.jpg"
	if params.PNG {
		encode, name = canvas.PNG, "areas.png"
	}
	data, err := encode()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(job.Out, name), data, 0o666)
}

// outlinedFrame reads the frame that is drawn into. The caller must close it.
func outlinedFrame(job *step.Job, params OutlineParams) (*vision.Frame, error) {
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
	d, err := libav.Decode(job.Inputs["video"], params.Reading,
		video.FramesAt([]int{params.Frame}, params.Frame+1))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	f := vision.NewFrame(params.Reading.DisplaySize())
	if _, err := d.Next(f.Pixels()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// outlineQuality is the JPEG quality of a picture whose texts are fine.
const outlineQuality = 92

// outlines returns areas as they are drawn in a frame of width and height pixels: red where one
// leaves the frame or overlaps another.
func outlines(areas []Area, width, height int) []vision.Outline {
	list := make([]vision.Outline, len(areas))
	for i, a := range areas {
		list[i] = vision.Outline{Rect: a.Rect, Name: a.Name, Text: a.Expect, Colour: vision.Cyan}
		wrong := a.Rect[0]+a.Rect[2] > width || a.Rect[1]+a.Rect[3] > height
		for k := 0; k < len(areas) && !wrong; k++ {
			wrong = k != i && overlap(a.Rect, areas[k].Rect)
		}
		if wrong {
			list[i].Colour = vision.Red
		}
	}
	return list
}

func overlap(a, b [4]int) bool {
	return a[0] < b[0]+b[2] && b[0] < a[0]+a[2] && a[1] < b[1]+b[3] && b[1] < a[1]+a[3]
}
