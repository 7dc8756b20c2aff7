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

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/libav"
	"snellen/steps/video"
	"snellen/steps/vision"
)

// NewExtract returns the runner of extract steps.
func NewExtract() step.Runner { return extractRunner{} }

type extractRunner struct{}

// Extracted is the content of extract.json.
type Extracted struct {
	Train      int   `json:"train"`      // frames
	Validation int   `json:"validation"` // frames
	Bytes      int64 `json:"bytes"`      // of all frames
}

func (extractRunner) Run(ctx context.Context, job *step.Job) error {
	e := &extraction{job: job}
	if err := json.Unmarshal(job.Params, &e.params); err != nil {
		return err
	}
	data, err := regular.Read(job.Inputs["selection"], video.MaxJSON)
	if err != nil {
		return err
	}
	if e.selection, err = video.ParseSelection(data); err != nil {
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

// An extraction is the work of one step.
type extraction struct {
	job       *step.Job
	params    ExtractParams
	selection *video.Selection
	sets      map[string]*Writer
	frames    int // stored so far, of all videos and pictures
	done      Extracted
}

// write creates the files of both sets and fills them.
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
	if err := e.pictures(ctx); err != nil {
		return err
	}
	return errors.Join(e.sets[video.Train].Flush(), e.sets[video.Validation].Flush())
}

// pictures stores the selected pictures, which have the wanted size and quality already.
func (e *extraction) pictures(ctx context.Context) error {
	selected := e.selection.Pictures
	if selected == nil {
		return nil
	}
	records, err := OpenRecords(e.job.Inputs["pictures"])
	if err != nil {
		return err
	}
	defer records.Close()
	if records.Len() != selected.Pictures {
		return fmt.Errorf("there are %d pictures of the %d that were selected from", records.Len(),
			selected.Pictures)
	}
	for _, c := range selected.Chosen {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		_, data, err := records.Read(c.Index)
		if err != nil {
			return err
		}
		if err := e.storeJPEG(data, c.Set); err != nil {
			return fmt.Errorf("picture %d: %w", c.Index, err)
		}
		e.report()
	}
	return nil
}

// video stores the selected frames of one video. All of its frames are decoded, so that a wrong
// frame count is found.
func (e *extraction) video(ctx context.Context, i int, selected video.SelectedVideo) error {
	role := strconv.Itoa(i)
	reading, err := video.LoadReading(e.job.Inputs["reading/"+role])
	if err != nil {
		return err
	}
	if w, h := reading.DisplaySize(); w != e.params.Width || h != e.params.Height {
		return fmt.Errorf("video %d is %dx%d, not %dx%d", i, w, h, e.params.Width, e.params.Height)
	}
	var indices []int
	for _, c := range selected.Chosen {
		indices = append(indices, c.Index)
	}
	d, err := libav.Decode(e.job.Inputs["video/"+role], reading,
		video.FramesAt(indices, selected.Frames))
	if err != nil {
		return err
	}
	defer d.Close()
	frame := vision.NewFrame(e.params.Width, e.params.Height)
	defer frame.Close()
	return e.storeChosen(ctx, d, frame, selected.Chosen)
}

// storeChosen stores the frames that the decoder returns. They are the chosen ones, in the same
// order.
func (e *extraction) storeChosen(
	ctx context.Context, d *video.Decoder, frame *vision.Frame, chosen []video.SelectedFrame,
) error {
	for i := 0; ctx.Err() == nil; i++ {
		n, err := d.Next(frame.Pixels())
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := e.store(frame, chosen[i].Set); err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
		e.report()
	}
	return ctx.Err()
}

// store adds a frame to a set, as JPEG.
func (e *extraction) store(frame *vision.Frame, set string) error {
	data, err := frame.JPEG(e.params.Quality)
	if err != nil {
		return err
	}
	return e.storeJPEG(data, set)
}

// storeJPEG adds a picture to a set.
func (e *extraction) storeJPEG(data []byte, set string) error {
	e.done.Bytes += int64(len(data))
	if set == video.Train {
		e.done.Train++
	} else {
		e.done.Validation++
	}
	return e.sets[set].Write(0, data)
}

// report counts a frame. It reports progress for every tenth frame and for the last one.
func (e *extraction) report() {
	total := 0
	for _, v := range e.selection.Videos {
		total += len(v.Chosen)
	}
	if p := e.selection.Pictures; p != nil {
		total += len(p.Chosen)
	}
	if e.frames++; e.frames%10 == 0 || e.frames == total {
		e.job.Report(step.Progress{Done: float64(e.frames), Total: float64(total), Unit: "frames"})
	}
}
