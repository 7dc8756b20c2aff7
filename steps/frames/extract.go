//go:build native

package frames

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"snellen/engine/step"
	"snellen/steps/libav"
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
		if err := e.video(ctx, i, v); err != nil {
			return err
		}
	}
	return errors.Join(e.sets[video.Train].Flush(), e.sets[video.Validation].Flush())
}

// video takes the chosen frames of one video. All frames are gone through, so that their count is known to be right.
func (e *extraction) video(ctx context.Context, i int, selected video.SelectedVideo) error {
	role := strconv.Itoa(i)
	reading, err := video.OpenReading(e.job.Inputs["reading/"+role])
	if err != nil {
		return err
	}
	if w, h := reading.Shown(); w != e.params.Width || h != e.params.Height {
		return fmt.Errorf("video %d is %dx%d, and %dx%d is wanted", i, w, h, e.params.Width, e.params.Height)
	}
	var indices []int
	for _, c := range selected.Chosen {
		indices = append(indices, c.Index)
	}
	d, err := libav.Decode(e.job.Inputs["video/"+role], reading, video.Chosen(indices, selected.Frames))
	if err != nil {
		return err
	}
	defer d.Close()
	frame := vision.NewFrame(e.params.Width, e.params.Height)
	defer frame.Close()
	return e.all(ctx, d, frame, selected.Chosen)
}

// all takes what is decoded.
func (e *extraction) all(ctx context.Context, d *video.Decoder, frame *vision.Frame, chosen []video.SelectedFrame) error {
	for i := 0; ctx.Err() == nil; i++ {
		n, err := d.Next(frame.Pixels())
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := e.take(frame, chosen[i].Set); err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
		e.tell()
	}
	return ctx.Err()
}

func (e *extraction) take(frame *vision.Frame, set string) error {
	data, err := frame.JPEG(e.params.Quality)
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
