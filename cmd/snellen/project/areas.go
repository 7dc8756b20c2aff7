package project

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/evaluate"
	"snellen/steps/study"
	"snellen/steps/video"
	"snellen/steps/worker"
)

// A Camera is an evaluation of a video that can be read.
type Camera struct {
	specs.Evaluation
	*video.QuickProbe

	Problems []string // what is wrong with its areas and its frame
}

// Cameras returns the evaluations of videos that a spec declares, or only the one with that name,
// as far as the spec's mistakes let them be known, and those mistakes. progress is as
// CheckFootage's.
func Cameras(ctx context.Context, args []string, variables []specs.Assignment, name string,
	progress Progress) ([]Camera, specs.Diagnostics, error) {
	path, err := SpecPath(args)
	if err != nil {
		return nil, nil, err
	}
	options := loadOptions(variables, ToRun)
	_, list := specs.Load(path, options)
	declared := specs.Evaluations(path, options)
	if name != "" {
		one, err := ChooseEvaluation(declared, name)
		if err != nil {
			return nil, list, err
		}
		declared = []specs.Evaluation{one}
	}
	c := footageCheck{study: &specs.Study{File: path, Evaluations: declared}}
	found, err := c.run(ctx, progress)
	if err != nil {
		return nil, list, err
	}
	var cameras []Camera
	for _, e := range declared {
		if q := c.found[source{path: e.Video, stream: e.Stream}.key()]; q != nil {
			camera := Camera{e, q, []string{}}
			w, h := camera.Size()
			for _, p := range e.CheckAreas(w, h) {
				camera.Problems = append(camera.Problems, p.Message)
			}
			cameras = append(cameras, camera)
		}
	}
	return cameras, append(list, found...), nil
}

// ChooseEvaluation returns the evaluation with that name. Without a name it returns the only one.
func ChooseEvaluation(all []specs.Evaluation, name string) (specs.Evaluation, error) {
	var names []string
	for _, e := range all {
		if e.Name == name || name == "" && len(all) == 1 {
			return e, nil
		}
		names = append(names, e.Name)
	}
	switch {
	case len(names) == 0:
		err := errors.New("the study has no evaluation, and so no areas to judge")
		return specs.Evaluation{}, step.WithHint(err,
			`write evaluation "shelf" { ... } with its areas`)
	case name == "":
		return specs.Evaluation{}, step.WithHint(errors.New("the study has several evaluations"),
			"pass -evaluation, one of: "+strings.Join(names, ", "))
	}
	return specs.Evaluation{}, step.WithHint(fmt.Errorf("there is no evaluation %q", name),
		"one of: "+strings.Join(names, ", "))
}

// Size returns the size of the camera's frames, in pixels.
func (c Camera) Size() (width, height int) { return c.Reading.DisplaySize() }

// String describes the video in words: "800x600, 20 frames a second, 6.0 s, 10 areas".
func (c Camera) String() string {
	w, h := c.Size()
	areas := fmt.Sprintf("%d areas", len(c.Areas))
	if len(c.Areas) == 1 {
		areas = "1 area"
	}
	return fmt.Sprintf("%dx%d, %s, %s", w, h, c.Pace(), areas)
}

// frameAt returns the index of the frame that is shown at a time in seconds.
func (c Camera) frameAt(seconds float64) (int, error) {
	if len(c.Seconds) == 0 {
		return int(seconds * c.Rate), nil
	}
	if seconds > c.Length {
		return 0, step.WithHint(fmt.Errorf("%s has %.1f s, and no frame at %g s", c.Video,
			c.Length, seconds), "pass a smaller -at")
	}
	after := sort.Search(len(c.Seconds), func(i int) bool { return c.Seconds[i] > seconds })
	return max(after-1, 0), nil
}

// An AreaDrawer draws areas. It starts a worker when it is first needed. Close must be called.
type AreaDrawer struct{ pool *worker.Pool }

// NewAreaDrawer returns a drawer, or an error where there is no worker.
func NewAreaDrawer() (*AreaDrawer, error) {
	program, err := findWorker()
	if err != nil {
		return nil, err
	}
	return &AreaDrawer{worker.NewPool(worker.Start{Program: program, Env: os.Environ()}, 1)}, nil
}

// Close ends the worker.
func (d *AreaDrawer) Close() { d.pool.Close() }

// Draw draws the areas of a camera into the frame that is shown at a time in seconds, and writes
// that as a picture to path: a PNG where it ends in .png, else a JPEG.
func (d *AreaDrawer) Draw(ctx context.Context, c Camera, seconds float64, path string) error {
	frame, err := c.frameAt(seconds)
	if err != nil {
		return err
	}
	made, params := "areas.jpg", evaluate.OutlineParams{
		Reading: c.Reading, Frame: frame, Areas: study.Areas(c.Areas),
		Notes: append([]string{c.caption(frame)}, c.Problems...),
	}
	if strings.EqualFold(filepath.Ext(path), ".png") {
		made, params.PNG = "areas.png", true
	}
	data, err := json.Marshal(params)
	if err != nil {
		return err
	}
	video, err := filepath.Abs(c.Video)
	if err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	// Beside the picture, so that it can be renamed to its place.
	out, err := os.MkdirTemp(filepath.Dir(path), ".areas-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(out)
	err = d.pool.Runner(evaluate.Outline.Name).Run(ctx, &step.Job{
		Params: data, Inputs: map[string]string{"video": video}, Out: out,
		Report: func(step.Progress) {},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.Video, err)
	}
	return os.Rename(filepath.Join(out, made), path)
}

// caption describes a frame of the camera.
func (c Camera) caption(frame int) string {
	text := fmt.Sprintf("%s, %s: %v; frame %d", c.Name, filepath.Base(c.Video), c, frame)
	if frame < len(c.Seconds) {
		text += fmt.Sprintf(", at %.2f s", c.Seconds[frame])
	}
	return text
}
