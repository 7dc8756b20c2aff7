package video

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// NewTranscode returns the runner of transcode steps. Those of one video share one decode.
// arguments returns ffmpeg's command line for a Graph. It is passed in, so that a program that only
// plans does not link the library that writes it (see steps/video/graph).
func NewTranscode(arguments func(Graph) []string) step.Runner { return transcoder{arguments} }

type transcoder struct {
	arguments func(Graph) []string
}

var _ step.Batcher = transcoder{}

// Run does one video in one size.
func (t transcoder) Run(ctx context.Context, job *step.Job) error {
	return t.RunBatch(ctx, []*step.Job{job})[0]
}

// RunBatch does one video in several sizes. A size that the video has already needs no ffmpeg: its bytes are passed on.
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
	width, height int // to which a frame is scaled, before it is filled up or cut off
}

// readSize reads a job, and refuses to make a video larger than it was filmed.
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
		return s, step.WithHint(fmt.Errorf("the video is %dx%d, smaller than the resolution %dx%d", from.Width, from.Height, p.Width, p.Height),
			"film it larger, or remove the resolution: pixels that were not filmed show nothing")
	}
	return s, writeNotes(job, s.notes(), "")
}

// maxDistortion is by how much a picture's shape may change before a person is told.
const maxDistortion = 1.1

// notes tell of a video that is stretched to another shape.
func (s size) notes() []string {
	p, from := s.params, s.source
	shape := float64(from.Width) / float64(from.Height) * float64(p.Height) / float64(p.Width)
	if fit(p.Fit) != squeeze || max(shape, 1/shape) <= maxDistortion {
		return nil
	}
	return []string{fmt.Sprintf("videos of %dx%d are squeezed to %dx%d; to keep their shape write transcode { fit = \"pad\" }, or \"crop\"",
		from.Width, from.Height, p.Width, p.Height)}
}

// isNative reports whether the source is shown in the wanted size already.
func (s size) isNative() bool {
	return s.params.Width == s.source.Width && s.params.Height == s.source.Height
}

func (s size) path() string { return filepath.Join(s.job.Out, "video.mp4") }

// writeReading leaves the reading of what was made beside it.
func (s size) writeReading(r Reading) error {
	return writeJSON(filepath.Join(s.job.Out, "reading.json"), r)
}

// passThrough copies the source; the kernel shares the blocks where the file system can.
func (s size) passThrough() error {
	from, err := os.Open(s.job.Inputs["video"])
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

// transcode decodes a video once and encodes it in every size.
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
		err = errors.Join(err, s.writeReading(s.source.Reading.encoded(s.params.Width, s.params.Height)))
	}
	return err
}

// A Graph is the work of one ffmpeg: one decode of one stream, filters that all outputs share, and
// an encode for each output.
type Graph struct {
	URL     string
	Stream  int            // as ffmpeg counts the file's streams
	Options map[string]any // of the input, by ffmpeg's names
	Shared  []Filter
	Outputs []Output
}

// An Output is one encode of a Graph.
type Output struct {
	URL     string
	Filters []Filter       // behind the shared ones
	Options map[string]any // by ffmpeg's names
}

// graph returns one decode of a video and an encode for each size. Each has one thread, and flags
// that keep versions, times and what only some processors can do out of the bytes; both cores are
// kept busy by other videos. The stream is decoded as it is stored and turned by a filter of ours,
// since what makes whole pictures of fields must see the lines as they were filmed.
func graph(path string, sizes []size) Graph {
	r := sizes[0].source.Reading
	g := Graph{
		URL: fileURL(path), Stream: r.Stream, Shared: r.progressiveFilters(),
		Options: map[string]any{
			"threads": 1, "noautorotate": "", "protocol_whitelist": protocols, "format_whitelist": formats,
		},
	}
	for _, s := range sizes {
		p := s.params
		g.Outputs = append(g.Outputs, Output{
			URL: fileURL(s.path()),
			Filters: append(r.pictureFilters(s.width, s.height, p.Filter, r.encodedFormat()),
				fit(p.Fit).frameFilters(s.width, s.height, p.Width, p.Height)...),
			Options: map[string]any{
				"format": "mp4", "c:v": p.Codec, "crf": p.CRF, "preset": p.Preset, "threads": 1,
				"fps_mode": "passthrough", "enc_time_base": frameTimeBase, "use_editlist": 0,
				"color_range": "tv", "colorspace": colorspaces[r.encodedMatrix()],
				"map_metadata": -1, "map_chapters": -1, "fflags": "+bitexact", "flags:v": "+bitexact",
			},
		})
	}
	return g
}

// colorspaces are ffmpeg's names for the matrices in which videos are encoded.
var colorspaces = map[string]string{"bt709": "bt709", "bt601": "smpte170m", "bt2020": "bt2020nc", "fcc": "fcc", "smpte240m": "smpte240m"}
