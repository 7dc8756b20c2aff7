//go:build native

package evaluate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"snellen/engine/step"
	"snellen/steps/vision"
)

// pictureQuality is that of the pictures people look at, as JPEG.
const pictureQuality = 85

// An OpenFunc opens a model: its description and its weights, for so many threads on "cpu" or "cuda".
type OpenFunc func(modelJSON, weights string, threads int, device string) (Classifier, error)

// New gives what runs evaluate steps.
func New(open OpenFunc) step.Runner { return runner{open} }

type runner struct{ open OpenFunc }

func (r runner) Run(ctx context.Context, job *step.Job) error {
	j := &judging{job: job}
	if err := json.Unmarshal(job.Params, &j.params); err != nil {
		return err
	}
	var err error
	if j.camera, err = readCamera(job, j.params.Width, j.params.Height); err != nil {
		return err
	}
	model, err := r.open(job.Inputs["model.json"], job.Inputs["model.safetensors"], j.params.Threads, j.params.Device)
	if err != nil {
		return err
	}
	defer model.Close()
	j.model = model
	if err := j.all(ctx); err != nil {
		return err
	}
	return j.summarise()
}

// judging is the work of one step.
type judging struct {
	job        *step.Job
	params     Params
	model      Classifier
	camera     camera
	lines      *json.Encoder
	detections []Detection
}

// all judges the video's frames, in order.
func (j *judging) all(ctx context.Context) (err error) {
	f, err := os.Create(filepath.Join(j.job.Out, "detections.jsonl"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, folder := range []string{"pictures", "seen"} {
		if err := os.Mkdir(filepath.Join(j.job.Out, folder), 0o777); err != nil {
			return err
		}
	}
	j.lines = json.NewEncoder(f)
	return j.camera.each(ctx, j.job, j.params.Every, func(f *vision.Frame, n int) error { return j.frame(ctx, f, n) })
}

// frame judges the present frame, and draws it.
func (j *judging) frame(ctx context.Context, f *vision.Frame, n int) error {
	if j.params.At != nil {
		if err := f.Scale(j.params.At.Width, j.params.At.Height); err != nil {
			return err
		}
	}
	detections, crops, err := JudgeFrame(ctx, f, j.model, j.params)
	if err != nil {
		return err
	}
	var marks []vision.Mark
	for i, a := range j.params.Areas {
		d := &detections[i]
		d.Frame, d.Seconds = n, j.camera.Seconds[n]
		if err := j.lines.Encode(d); err != nil {
			return err
		}
		marks = append(marks, NewMark(a, *d, j.params.Confident))
	}
	j.detections = append(j.detections, detections...)
	shown := HasPreview(n/j.params.Every, (j.camera.Frames-1)/j.params.Every+1)
	if shown {
		if err := j.see(n, crops); err != nil {
			return err
		}
	}
	if j.params.At != nil && !shown {
		return nil
	}
	return j.draw(f, n, marks)
}

// see keeps the areas as the network saw them, where the classifier can tell.
func (j *judging) see(n int, crops [][]byte) error {
	seer, ok := j.model.(Previewer)
	if !ok {
		return nil
	}
	for i, crop := range crops {
		picture, err := seer.Preview(crop)
		if err != nil {
			return fmt.Errorf("area %s: %w", j.params.Areas[i].Name, err)
		}
		if err := os.WriteFile(filepath.Join(j.job.Out, "seen", fmt.Sprintf("%06d-%d.jpg", n, i)), picture, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// draw keeps the frame with its marks. One that was scaled is first blown up, pixel by pixel, so that the marks can be read.
func (j *judging) draw(f *vision.Frame, n int, marks []vision.Mark) error {
	if j.params.At != nil {
		if err := f.Enlarge(j.params.Width, j.params.Height); err != nil {
			return err
		}
	}
	picture, err := f.JudgedJPEG(marks, pictureQuality)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(j.job.Out, "pictures", fmt.Sprintf("%06d.jpg", n)), picture, 0o666)
}

func (j *judging) summarise() error {
	classes := j.model.Classes()
	return errors.Join(
		j.write("summary.json", Summarise(j.detections, classes, j.params)),
		j.write("series.json", NewSeries(j.detections, classes, j.params)),
	)
}

func (j *judging) write(name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(j.job.Out, name), append(data, '\n'), 0o666)
}
