//go:build native

package evaluate

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"snellen/engine/step"
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
	f, err := params.Shown.read(job)
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

// outlineQuality is the JPEG quality of a picture whose texts are fine.
const outlineQuality = 92

// outlines returns areas as they are drawn in a frame of width and height pixels: red where one
// leaves the frame or overlaps another.
func outlines(areas []Area, width, height int) []vision.Outline {
	list := make([]vision.Outline, len(areas))
	for i, a := range areas {
		list[i] = vision.Outline{Rect: a.Rect, Name: a.Name, Text: a.Expect, Colour: vision.Cyan}
		wrong := !within(a.Rect, width, height)
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
