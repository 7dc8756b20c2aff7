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
	if e.model, err = openModel(job, r.open, p.Threads, p.Device); err != nil {
		return err
	}
	defer e.model.Close()
	if err := e.judge(ctx); err != nil {
		return err
	}
	if d, ok := e.model.(*described); ok {
		if err := d.checkEnd(); err != nil {
			return err
		}
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
	return e.all(ctx)
}

// A judgedFrame is a frame on its way through an evaluation.
type judgedFrame struct {
	n          int           // in the video
	crops      [][]byte      // of the areas; nil where nobody looks at them
	frame      *vision.Frame // to be drawn; nil: it is not
	detections []Detection
}

// How much goes through the model at once. Areas of several frames fill its batches, while the
// frames take no more memory than a few large photographs.
const (
	maxCrops  = 64
	maxPixels = 1 << 26
)

// all takes all frames through three stages that work at the same time, each in the frames' order:
// they are decoded and cut, judged, and written.
func (e *evaluation) all(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cut, judged := make(chan []judgedFrame), make(chan []judgedFrame)
	go func() {
		defer close(cut)
		if err := e.cutAll(ctx, cut); err != nil {
			cancel(err)
		}
	}()
	go func() {
		defer close(judged)
		for group := range cut {
			if ctx.Err() == nil {
				if err := e.ask(ctx, group); err != nil {
					cancel(err)
				}
			}
			judged <- group
		}
	}()
	for group := range judged { // to the end in any case: then both goroutines have ended
		for _, f := range group {
			if ctx.Err() == nil {
				if err := e.write(f); err != nil {
					cancel(fmt.Errorf("frame %d: %w", f.n, err))
				}
			}
			f.frame.Close()
		}
	}
	return context.Cause(ctx)
}

// cutAll reads the frames and sends them in groups.
func (e *evaluation) cutAll(ctx context.Context, to chan<- []judgedFrame) error {
	var group []judgedFrame
	crops, pixels := 0, 0
	err := e.camera.each(ctx, e.job, e.params.Every, func(f *vision.Frame, n int) error {
		if err := e.params.At.scale(f); err != nil {
			return err
		}
		one := judgedFrame{n: n, crops: make([][]byte, len(e.params.Areas))}
		if _, known := e.model.(*described); !known || e.hasPreview(n) {
			var err error
			if one.crops, err = e.params.cut(f); err != nil {
				return err
			}
		}
		// Pictures of every scaled frame would only repeat the native ones.
		if e.params.At == nil || e.hasPreview(n) {
			one.frame = f.Copy()
			width, height := f.Size()
			pixels += width * height
		}
		group, crops = append(group, one), crops+len(one.crops)
		if crops >= maxCrops || pixels >= maxPixels {
			to <- group
			group, crops, pixels = nil, 0, 0
		}
		return nil
	})
	to <- group // also after an error: its frames are closed at the end
	return err
}

// ask sets the detections of a group.
func (e *evaluation) ask(ctx context.Context, group []judgedFrame) error {
	var crops [][]byte
	for _, f := range group {
		crops = append(crops, f.crops...)
	}
	probabilities, err := ask(ctx, e.model, crops)
	if err != nil {
		return err
	}
	classes := e.model.Classes()
	for i := range group {
		f := &group[i]
		if f.detections, err = e.params.detections(classes, probabilities); err != nil {
			return fmt.Errorf("frame %d: %w", f.n, err)
		}
		probabilities = probabilities[len(f.crops):]
	}
	return nil
}

// hasPreview reports whether what the network sees of frame n is kept.
func (e *evaluation) hasPreview(n int) bool {
	judged := (e.camera.Frames-1)/e.params.Every + 1
	return HasPreview(n/e.params.Every, judged)
}

// write writes a frame's detections and pictures.
func (e *evaluation) write(f judgedFrame) error {
	var marks []vision.Mark
	for i, a := range e.params.Areas {
		d := &f.detections[i]
		d.Frame, d.Seconds = f.n, e.camera.Seconds[f.n]
		if err := e.lines.Encode(d); err != nil {
			return err
		}
		marks = append(marks, NewMark(a, *d, e.params.Confident))
	}
	e.detections = append(e.detections, f.detections...)
	if e.hasPreview(f.n) {
		if err := e.writePreviews(f.n, f.crops); err != nil {
			return err
		}
	}
	if f.frame == nil {
		return nil
	}
	return e.draw(f.frame, f.n, marks)
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
