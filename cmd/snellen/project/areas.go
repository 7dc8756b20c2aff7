package project

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"snellen/engine/draft"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/evaluate"
	"snellen/steps/study"
	"snellen/steps/video"
	"snellen/steps/worker"
)

// A Camera is an evaluation whose video or stills can be read.
type Camera struct {
	specs.Evaluation
	Quick    *video.QuickProbe // of its video; nil: it has stills
	Frame    evaluate.Size     // of its frames as shown
	Problems []string          // what is wrong with its areas in such frames
}

// Cameras returns the evaluations with areas that a spec declares, or only the one with that name,
// as far as the spec's mistakes let them be known, and those mistakes. progress is as
// CheckFootage's.
func Cameras(ctx context.Context, args []string, variables []specs.Assignment, name string,
	progress Progress) ([]Camera, specs.Diagnostics, error) {
	path, err := SpecPath(args)
	if err != nil {
		return nil, nil, err
	}
	options := LoadOptions(variables, ToRun)
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
		camera := Camera{Evaluation: e, Problems: []string{}}
		camera.Quick = c.found[source{path: e.Video, stream: e.Stream}.key()]
		switch {
		case camera.Quick != nil:
			camera.Frame.Width, camera.Frame.Height = camera.Quick.Reading.DisplaySize()
		case len(e.Stills) > 0 && c.headers[e.Stills[0]].Width > 0:
			camera.Frame.Width, camera.Frame.Height = c.headers[e.Stills[0]].Shown()
		default:
			continue // it has whole pictures, or none that can be read
		}
		for _, p := range e.CheckAreas(camera.Frame.Width, camera.Frame.Height) {
			camera.Problems = append(camera.Problems, p.Message)
		}
		cameras = append(cameras, camera)
	}
	if list = append(list, found...); len(cameras) == 0 && !list.HasErrors() {
		return nil, list, step.WithHint(errors.New("no evaluation has areas to draw"),
			`write evaluation "shelf" { ... } with areas; if snellen init wrote one, remove the `+
				"comment's marks around it")
	}
	return cameras, list, nil
}

// ChooseEvaluation returns the evaluation with that name, which must have areas. Without a name it
// returns the only one that has.
func ChooseEvaluation(all []specs.Evaluation, name string) (specs.Evaluation, error) {
	var names []string
	var found []specs.Evaluation
	for _, e := range all {
		switch {
		case e.Samples == nil:
			if names = append(names, e.Name); name == "" || name == e.Name {
				found = append(found, e)
			}
		case name == e.Name:
			return specs.Evaluation{}, step.WithHint(
				fmt.Errorf("evaluation %q judges whole pictures, and so has no areas of a "+
					"camera's picture", name),
				`write evaluation "shelf" { ... } with areas, and pass -evaluation shelf`)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	switch {
	case len(names) == 0 && len(all) > 0:
		err := errors.New("the study's evaluations judge whole pictures, and so have no areas of " +
			"a camera's picture")
		return specs.Evaluation{}, step.WithHint(err,
			`write evaluation "shelf" { ... } with areas`)
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

// String describes the camera in words: "800x600, 20 frames a second, 6.0 s, 10 areas".
func (c Camera) String() string {
	shown := count(len(c.Stills), "still")
	if c.Quick != nil {
		shown = c.Quick.Pace()
	}
	return fmt.Sprintf("%dx%d, %s, %s", c.Frame.Width, c.Frame.Height, shown,
		count(len(c.Areas), "area"))
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// clip returns what the camera saw.
func (c Camera) clip() Clip {
	return Clip{Name: c.Name, Video: c.Video, Stills: c.Stills, Quick: c.Quick, Frame: c.Frame}
}

// caption describes a frame of the camera.
func (c Camera) caption(frame int) string {
	if c.Quick == nil {
		return fmt.Sprintf("%s: %v; %s", c.Name, c, filepath.Base(c.Stills[frame]))
	}
	text := fmt.Sprintf("%s, %s: %v; frame %d", c.Name, filepath.Base(c.Video), c, frame)
	if frame < len(c.Quick.Seconds) {
		text += fmt.Sprintf(", at %.2f s", c.Quick.Seconds[frame])
	}
	return text
}

// An AreasLine says where a camera's picture is, and what it shows, to machines.
type AreasLine struct {
	Type       string   `json:"type"` // "areas"
	Evaluation string   `json:"evaluation"`
	Video      string   `json:"video,omitempty"`
	Stills     int      `json:"stills,omitempty"`
	Width      int      `json:"width"` // pixels
	Height     int      `json:"height"`
	Rate       float64  `json:"rate,omitempty"`    // frames a second of a video
	Seconds    float64  `json:"seconds,omitempty"` // of a video
	Areas      int      `json:"areas"`
	Problems   []string `json:"problems"`
	Picture    string   `json:"picture"`
}

// Line describes the camera, whose picture is at a path.
func (c Camera) Line(picture string) AreasLine {
	line := AreasLine{Type: "areas", Evaluation: c.Name, Video: c.Video, Stills: len(c.Stills),
		Width: c.Frame.Width, Height: c.Frame.Height, Areas: len(c.Areas), Problems: c.Problems,
		Picture: picture}
	if c.Quick != nil {
		line.Rate, line.Seconds = c.Quick.Rate, c.Quick.Length
	}
	return line
}

// PicturePath returns where the picture of one of n evaluations is written: to out, which may be a
// folder or a file that ends in .jpg, .jpeg or .png, else to a folder beside the spec that args
// name.
func PicturePath(args []string, out, evaluation string, n int) (string, error) {
	switch ext := strings.ToLower(filepath.Ext(out)); {
	case ext != ".jpg" && ext != ".jpeg" && ext != ".png" && out != "":
		return filepath.Join(out, evaluation+".jpg"), nil
	case out != "" && n > 1:
		err := fmt.Errorf("-out %s is one file, and there are %d evaluations", out, n)
		return "", step.WithHint(err, "name a folder, or pass -evaluation")
	case out != "":
		return out, nil
	}
	spec, err := SpecPath(args)
	return filepath.Join(strings.TrimSuffix(spec, ".hcl")+".areas", evaluation+".jpg"), err
}

// An AreaDrawer draws areas, and cuts them out. It starts a worker when it is first needed. Close
// must be called. Its methods may be called from any goroutine; one works at a time.
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
	clip := c.clip()
	frame, err := clip.frameAt(seconds)
	if err != nil {
		return err
	}
	made, params := "areas.jpg", evaluate.OutlineParams{Shown: clip.shown(frame),
		Areas: study.Areas(c.Areas), Notes: append([]string{c.caption(frame)}, c.Problems...),
	}
	if strings.EqualFold(filepath.Ext(path), ".png") {
		made, params.PNG = "areas.png", true
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	// Beside the picture, so that it can be renamed to its place.
	out, err := draft.NewFolder(path)
	if err != nil {
		return err
	}
	defer out.Discard()
	if err := d.run(ctx, evaluate.Outline, clip, frame, params, out.Path); err != nil {
		return err
	}
	return os.Rename(filepath.Join(out.Path, made), path)
}

// run has the worker do what params say with a frame of a clip, and write into an absolute folder.
func (d *AreaDrawer) run(ctx context.Context, kind *step.Kind, c Clip, frame int, params any,
	out string) error {
	data, err := json.Marshal(params)
	if err != nil {
		return err
	}
	role, file := "video", c.Video
	if c.Quick == nil {
		role, file = "picture", c.Stills[frame]
	}
	shown, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	err = d.pool.Runner(kind.Name).Run(ctx, &step.Job{
		Params: data, Inputs: map[string]string{role: shown}, Out: out,
		Report: func(step.Progress) {},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
