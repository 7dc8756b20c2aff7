package video

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/proc"
)

// NewTranscode returns the runner of transcode steps. Sizes of one video share one decode.
// arguments returns ffmpeg's command line for a Graph; it is a parameter so that a program that
// only plans does not link the library that builds it (see steps/video/graph).
func NewTranscode(arguments func(Graph) []string) step.Runner { return transcoder{arguments} }

type transcoder struct {
	arguments func(Graph) []string
}

var _ step.Batcher = transcoder{}

// Run makes one size of a video.
func (t transcoder) Run(ctx context.Context, job *step.Job) error {
	return t.RunBatch(ctx, []*step.Job{job})[0]
}

// RunBatch makes several sizes of one video. All jobs must have the same video input. It returns
// one error for each job, nil if the job succeeded. A video that already has a size is copied
// without ffmpeg.
func (t transcoder) RunBatch(ctx context.Context, jobs []*step.Job) []error {
	problems := make([]error, len(jobs))
	var sizes []size
	for i, job := range jobs {
		s, err := readSize(job)
		switch {
		case err != nil:
			problems[i] = err
		case s.isNative():
			problems[i] = s.passThrough()
		default:
			sizes = append(sizes, s)
		}
	}
	if len(sizes) == 0 {
		return problems
	}
	err := t.transcode(ctx, sizes)
	for i, job := range jobs {
		for _, s := range sizes {
			if s.job == job {
				problems[i] = err
			}
		}
	}
	return problems
}

// A size is one output of a decode.
type size struct {
	job           *step.Job
	params        TranscodeParams
	source        *ProbeResult
	width, height int // to which a frame is scaled before padding or cropping
}

// readSize reads a job. It refuses to enlarge a video, and writes the job's notes.
func readSize(job *step.Job) (s size, err error) {
	s.job = job
	if err := json.Unmarshal(job.Params, &s.params); err != nil {
		return s, err
	}
	if s.source, err = LoadProbeResult(job.Inputs["probe"]); err != nil {
		return s, err
	}
	p, from := s.params, s.source
	s.width, s.height = fit(p.Fit).scaledSize(from.Width, from.Height, p.Width, p.Height)
	if s.width > from.Width || s.height > from.Height {
		return s, step.WithHint(fmt.Errorf("the video is %dx%d, smaller than the resolution %dx%d",
			from.Width, from.Height, p.Width, p.Height),
			"film in a higher resolution, or remove this one: upscaling adds no detail")
	}
	return s, WriteNotes(job, s.notes(), "")
}

// maxDistortion is how much a picture's shape may change before a note says so.
const maxDistortion = 1.1

// Squeezed reports whether a picture of width and height changes its shape visibly in a frame of w
// and h pixels. how is the fit.
func Squeezed(how string, width, height, w, h int) bool {
	return (how == string(squeeze) || how == "") && Distorts(width, height, w, h)
}

// Distorts reports whether a picture whose size becomes another one without padding or cropping
// changes its shape by more than a tenth.
func Distorts(fromWidth, fromHeight, width, height int) bool {
	shape := float64(fromWidth) / float64(fromHeight) * float64(height) / float64(width)
	return max(shape, 1/shape) > maxDistortion
}

// notes returns a note if the video is stretched to another shape.
func (s size) notes() []string {
	p, from := s.params, s.source
	if !Squeezed(p.Fit, from.Width, from.Height, p.Width, p.Height) {
		return nil
	}
	return []string{fmt.Sprintf(
		"videos of %dx%d are squeezed to %dx%d; to keep their shape write transcode { fit = "+
			"\"pad\" }, or \"crop\"",
		from.Width, from.Height, p.Width, p.Height)}
}

// isNative reports whether the source already has the wanted size.
func (s size) isNative() bool {
	return s.params.Width == s.source.Width && s.params.Height == s.source.Height
}

func (s size) path() string { return filepath.Join(s.job.Out, "video.mp4") }

// writeReading writes reading.json beside the video.
func (s size) writeReading(r Reading) error {
	return writeJSON(filepath.Join(s.job.Out, "reading.json"), r)
}

// passThrough copies the source. The kernel shares the blocks if the file system can.
func (s size) passThrough() error {
	from, err := regular.Open(s.job.Inputs["video"])
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(s.path())
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close(), s.writeReading(s.source.Reading))
}

// transcode decodes a video once and encodes it in every size. It fails if ffmpeg encodes another
// number of frames than the probe counted.
func (t transcoder) transcode(ctx context.Context, sizes []size) error {
	path, frames := sizes[0].job.Inputs["video"], sizes[0].source.Frames
	log := proc.NewTail(logSize)
	c := command(ctx, "ffmpeg", append(append(ffmpegOptions("error"), "-progress", "pipe:1"),
		t.arguments(graph(path, sizes))...)...)
	c.Stderr = log
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return startError("ffmpeg", err)
	}
	for _, s := range sizes {
		s.job.Report(step.Progress{Command: proc.Line(c.Args...)})
	}
	n := followProgress(out, func(n int) {
		for _, s := range sizes {
			s.job.Report(step.Progress{Done: float64(n), Total: float64(frames), Unit: "frames"})
		}
	})
	if err := c.Wait(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return exitError("ffmpeg", err, log, path)
	}
	if n != frames {
		return fmt.Errorf("ffmpeg made %d frames of the %d that were probed", n, frames)
	}
	for _, s := range sizes {
		err = errors.Join(err,
			s.writeReading(s.source.Reading.encoded(s.params.Width, s.params.Height)))
	}
	return err
}
