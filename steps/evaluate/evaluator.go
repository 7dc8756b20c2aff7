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

// New returns the runner of evaluate steps. It opens models with open.
func New(open OpenFunc) step.Runner { return evaluator{open} }

type evaluator struct{ open OpenFunc }

// Run judges the job's video with the job's model.
func (r evaluator) Run(ctx context.Context, job *step.Job) error {
	e := &evaluation{job: job}
	if err := json.Unmarshal(job.Params, &e.params); err != nil {
		return err
	}
	p := &e.params
	var err error
	if e.camera, err = readCamera(job, &p.Width, &p.Height); err != nil {
		return err
	}
	description, weights := job.Inputs["model.json"], job.Inputs["model.safetensors"]
	model, err := r.open(description, weights, p.Threads, p.Device)
	if err != nil {
		return err
	}
	defer model.Close()
	e.model = model
	if err := e.judge(ctx); err != nil {
		return err
	}
	return e.summarise()
}

// An evaluation is the work of one evaluate or draw step. They differ in the model alone.
type evaluation struct {
	job        *step.Job
	params     Params
	model      Classifier
	camera     camera
	lines      *json.Encoder // to detections.jsonl
	detections []Detection
}

// judge judges the video's frames in order, and writes all outputs but the summary and the series.
func (e *evaluation) judge(ctx context.Context) (err error) {
	f, err := os.Create(filepath.Join(e.job.Out, "detections.jsonl"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, folder := range []string{"pictures", "seen"} {
		if err := os.Mkdir(filepath.Join(e.job.Out, folder), 0o777); err != nil {
			return err
		}
	}
	e.lines = json.NewEncoder(f)
	return e.camera.each(ctx, e.job, e.params.Every, func(f *vision.Frame, n int) error {
		return e.judgeFrame(ctx, f, n)
	})
}

// judgeFrame judges frame n and writes its detections and pictures.
func (e *evaluation) judgeFrame(ctx context.Context, f *vision.Frame, n int) error {
	if at := e.params.At; at != nil {
		if err := f.Scale(at.Width, at.Height); err != nil {
			return err
		}
	}
	detections, crops, err := JudgeFrame(ctx, f, e.model, e.params)
	if err != nil {
		return err
	}
	var marks []vision.Mark
	for i, a := range e.params.Areas {
		d := &detections[i]
		d.Frame, d.Seconds = n, e.camera.Seconds[n]
		if err := e.lines.Encode(d); err != nil {
			return err
		}
		marks = append(marks, NewMark(a, *d, e.params.Confident))
	}
	e.detections = append(e.detections, detections...)
	judged := (e.camera.Frames-1)/e.params.Every + 1
	preview := HasPreview(n/e.params.Every, judged)
	if preview {
		if err := e.writePreviews(n, crops); err != nil {
			return err
		}
	}
	if e.params.At != nil && !preview {
		return nil // pictures of every scaled frame would repeat those of the native size
	}
	return e.draw(f, n, marks)
}

// writePreviews writes the areas of frame n as the network sees them, if the model is a Previewer.
func (e *evaluation) writePreviews(n int, crops [][]byte) error {
	previewer, ok := e.model.(Previewer)
	if !ok {
		return nil
	}
	for i, crop := range crops {
		picture, err := previewer.Preview(crop)
		if err != nil {
			return fmt.Errorf("area %s: %w", e.params.Areas[i].Name, err)
		}
		path := filepath.Join(e.job.Out, "seen", fmt.Sprintf("%06d-%d.jpg", n, i))
		if err := os.WriteFile(path, picture, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// pictureQuality is the JPEG quality of pictures for people.
const pictureQuality = 85

// draw writes frame n with its marks. A scaled frame is enlarged first, without smoothing, because
// the marks would not be readable in it.
func (e *evaluation) draw(f *vision.Frame, n int, marks []vision.Mark) error {
	if e.params.At != nil {
		if err := f.Enlarge(e.params.Width, e.params.Height); err != nil {
			return err
		}
	}
	picture, err := f.JudgedJPEG(marks, pictureQuality)
	if err != nil {
		return err
	}
	path := filepath.Join(e.job.Out, "pictures", fmt.Sprintf("%06d.jpg", n))
	return os.WriteFile(path, picture, 0o666)
}

// summarise writes the summary and the series of all detections.
func (e *evaluation) summarise() error {
	classes := e.model.Classes()
	return errors.Join(
		writeJSON(filepath.Join(e.job.Out, "summary.json"),
			Summarise(e.detections, classes, e.params)),
		writeJSON(filepath.Join(e.job.Out, "series.json"),
			NewSeries(e.detections, classes, e.params)),
	)
}

func writeJSON(path string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o666)
}
