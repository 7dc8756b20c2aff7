//go:build native

package frames

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"snellen/engine/step"
	"snellen/steps/video"
	"snellen/steps/vision"
)

// NewExtract gives what runs extract steps.
func NewExtract() step.Runner { return extractor{} }

type extractor struct{}

// Extracted is extract.json.
type Extracted struct {
	Train      int   `json:"train"`      // frames
	Validation int   `json:"validation"` // frames
	Bytes      int64 `json:"bytes"`      // of all frames
}

func (extractor) Run(ctx context.Context, job *step.Job) error {
	e := &extraction{job: job}
	if err := json.Unmarshal(job.Params, &e.params); err != nil {
		return err
	}
	data, err := os.ReadFile(job.Inputs["selection"])
	if err != nil {
		return err
	}
	if e.selection, err = video.ReadSelection(data); err != nil {
		return err
	}
	if err := e.write(ctx); err != nil {
		return err
	}
	if data, err = json.Marshal(e.done); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(job.Out, "extract.json"), append(data, '\n'), 0o666)
}

// extraction is the work of one step.
type extraction struct {
	job       *step.Job
	params    ExtractParams
	selection *video.Selection
	sets      map[string]*Writer
	read      int // frames of all videos so far
	done      Extracted
}

// write opens the sets' files and fills them.
func (e *extraction) write(ctx context.Context) (err error) {
	e.sets = map[string]*Writer{}
	for _, set := range []string{video.Train, video.Validation} {
		f, err2 := os.Create(filepath.Join(e.job.Out, set+".rec"))
		if err2 != nil {
			return err2
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		e.sets[set] = NewWriter(f)
	}
	for i, v := range e.selection.Videos {
		if err := e.video(ctx, e.job.Inputs["video/"+strconv.Itoa(i)], v); err != nil {
			return err
		}
	}
	return errors.Join(e.sets[video.Train].Flush(), e.sets[video.Validation].Flush())
}

// video takes the chosen frames of one video. Every frame is gone through, so that the count is known to be right.
func (e *extraction) video(ctx context.Context, path string, selected video.SelectedVideo) error {
	v, err := vision.OpenVideo(path)
	if err != nil {
		return err
	}
	defer v.Close()
	chosen := selected.Chosen
	n := 0
	for ; ctx.Err() == nil; n++ {
		if len(chosen) == 0 || chosen[0].Index != n {
			if !v.Skip() {
				break
			}
			continue
		}
		if !v.Next() {
			break
		}
		if err := e.take(v, chosen[0].Set); err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
		chosen = chosen[1:]
		e.tell()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if n != selected.Frames || len(chosen) > 0 {
		return fmt.Errorf("OpenCV reads %d frames of the %d that were probed", n, selected.Frames)
	}
	return nil
}

func (e *extraction) take(v *vision.Video, set string) error {
	if w, h := v.Size(); w != e.params.Width || h != e.params.Height {
		return fmt.Errorf("it is %dx%d, and %dx%d is wanted", w, h, e.params.Width, e.params.Height)
	}
	data, err := v.JPEG(e.params.Quality)
	if err != nil {
		return err
	}
	e.done.Bytes += int64(len(data))
	if set == video.Train {
		e.done.Train++
	} else {
		e.done.Validation++
	}
	return e.sets[set].Write(0, data)
}

// tell reports every tenth frame and the last.
func (e *extraction) tell() {
	total := 0
	for _, v := range e.selection.Videos {
		total += len(v.Chosen)
	}
	if e.read++; e.read%10 == 0 || e.read == total {
		e.job.Report(step.Progress{Done: float64(e.read), Total: float64(total), Unit: "frames"})
	}
}
