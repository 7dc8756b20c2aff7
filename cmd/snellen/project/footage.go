package project

import (
	"context"
	"fmt"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/video"
)

// CameraFrame returns the size of a camera's frames, in pixels, in which an evaluation places its
// areas: what the spec declares, else that of the video, as it is now or was when it was probed
// last. All areas lie within it.
func (p *Project) CameraFrame(ctx context.Context, e specs.Evaluation) (w, h int, err error) {
	if e.Width > 0 {
		return e.Width, e.Height, nil // package specs has checked the areas
	}
	var reading *video.Reading
	quick, err := video.ProbeQuickly(ctx, e.Video, e.Stream)
	if err == nil {
		reading = &quick.Reading
	} else if r, miss := p.Store.Lookup(p.Last.Keys[address.CameraProbe(e.Name)]); miss == nil {
		reading = p.ReadingOf(r)
	}
	if reading == nil {
		err := fmt.Errorf("the frame of evaluation %q is that of its video %s: %w", e.Name, e.Video,
			err)
		return 0, 0, step.WithHint(err, "put the video back, or write frame { width = ... }")
	}
	w, h = reading.DisplaySize()
	for _, problem := range e.CheckAreas(w, h) {
		return 0, 0, step.WithHint(fmt.Errorf("%s:%d: %s", problem.At.File, problem.At.Line,
			problem.Message), problem.Hint)
	}
	return w, h, nil
}
