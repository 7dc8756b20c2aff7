package video

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// NewTranscode gives what runs transcode steps. Those of one video are done by one decode.
func NewTranscode() step.Runner { return transcoder{} }

type transcoder struct{}

var _ step.Batcher = transcoder{}

// Run does one video in one size.
func (t transcoder) Run(ctx context.Context, job *step.Job) error {
	return t.RunBatch(ctx, []*step.Job{job})[0]
}

// RunBatch does one video in several sizes. A size that the video has already needs no ffmpeg: its bytes are passed on.
func (transcoder) RunBatch(ctx context.Context, jobs []*step.Job) []error {
	problems := make([]error, len(jobs))
	var sizes []size
	for i, job := range jobs {
		s, native, err := wantedSize(job)
		switch {
		case err != nil:
			problems[i] = err
		case native:
			problems[i] = pass(job)
		default:
			sizes = append(sizes, s)
			continue
		}
	}
	if len(sizes) == 0 {
		return problems
	}
	err := transcode(ctx, sizes)
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
	job    *step.Job
	params TranscodeParams
	frames int // that the source has
}

// wantedSize reads a job; native tells that the source has the size already.
func wantedSize(job *step.Job) (s size, native bool, err error) {
	s.job = job
	if err := json.Unmarshal(job.Params, &s.params); err != nil {
		return s, false, err
	}
	probed, err := readProbed(job.Inputs["probe"])
	if err != nil {
		return s, false, err
	}
	if s.params.Width > probed.Width || s.params.Height > probed.Height {
		return s, false, step.WithHint(fmt.Errorf("the video is %dx%d, smaller than the resolution %dx%d", probed.Width, probed.Height, s.params.Width, s.params.Height),
			"film it larger, or remove the resolution: pixels that were not filmed show nothing")
	}
	s.frames = probed.Frames
	return s, s.params.Width == probed.Width && s.params.Height == probed.Height, nil
}

func (s size) path() string { return filepath.Join(s.job.Out, "video.mp4") }

// pass copies the source; the kernel shares the blocks where the file system can.
func pass(job *step.Job) error {
	from, err := os.Open(job.Inputs["video"])
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(filepath.Join(job.Out, "video.mp4"))
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// transcode decodes a video once and encodes it in every size.
func transcode(ctx context.Context, sizes []size) error {
	path := sizes[0].job.Inputs["video"]
	log := &transcript{errors: proc.NewTail(logSize)}
	c := command(ctx, "ffmpeg", arguments(path, sizes)...)
	c.Stderr = log
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return started("ffmpeg", err)
	}
	for _, s := range sizes {
		s.job.Report(step.Progress{Command: proc.Line(c.Args...)})
	}
	follow(out, sizes)
	if err := c.Wait(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return ended("ffmpeg", err, log.errors, path)
	}
	return log.verify(sizes)
}

// arguments are ffmpeg's for one decode and an encode for each size. One thread each, and flags that keep versions, times
// and what only some processors can out of the bytes; both cores are kept busy by other videos.
func arguments(path string, sizes []size) []string {
	decoded := ffmpeg.Input(url(path), ffmpeg.KwArgs{"threads": 1, "protocol_whitelist": protocols, "format_whitelist": formats}).Video()
	var split *ffmpeg.Node
	if len(sizes) > 1 {
		split = decoded.Split()
	}
	var outputs []*ffmpeg.Stream
	for i, s := range sizes {
		from, p := decoded, s.params
		if split != nil {
			from = split.Get(strconv.Itoa(i))
		}
		scaled := from.Filter("scale", ffmpeg.Args{fmt.Sprintf("%d:%d:flags=%s+accurate_rnd+bitexact", p.Width, p.Height, p.Filter)})
		outputs = append(outputs, scaled.Output(url(s.path()), ffmpeg.KwArgs{
			"format": "mp4", "c:v": p.Codec, "crf": p.CRF, "preset": p.Preset, "threads": 1, "fps_mode": "passthrough",
			"map_metadata": -1, "map_chapters": -1, "fflags": "+bitexact", "flags:v": "+bitexact",
		}))
	}
	quiet := []string{"-hide_banner", "-nostdin", "-nostats", "-v", "level+verbose", "-xerror", "-filter_complex_threads", "1", "-progress", "pipe:1"}
	return append(quiet, ffmpeg.MergeOutputs(outputs...).GetArgs()...)
}

// follow turns ffmpeg's -progress lines into reports until their end.
func follow(r io.Reader, sizes []size) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		value, ok := strings.CutPrefix(lines.Text(), "frame=")
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if !ok || err != nil {
			continue
		}
		for _, s := range sizes {
			s.job.Report(step.Progress{Done: float64(n), Total: float64(s.frames), Unit: "frames"})
		}
	}
	io.Copy(io.Discard, r) // after a line too long to be one: ffmpeg must not wait for a reader
}

// A transcript is ffmpeg's log as it is written: its errors, and how many frames each output got.
type transcript struct {
	errors *proc.Tail
	counts []int
	rest   string // of a line not yet whole
}

// maxLine bounds a line of the log, in bytes.
const maxLine = 4096

var (
	grave      = lazy(`\[(error|fatal|panic)\] ?`)
	frameCount = lazy(`Output stream #\d+:0 \(video\): \d+ frames encoded; (\d+) packets muxed`)
)

func (t *transcript) Write(p []byte) (int, error) {
	t.rest += string(p)
	for {
		line, rest, whole := strings.Cut(t.rest, "\n")
		if !whole {
			t.rest = line[max(len(line)-maxLine, 0):]
			return len(p), nil
		}
		t.line(line)
		t.rest = rest
	}
}

func (t *transcript) line(line string) {
	if grave().MatchString(line) {
		fmt.Fprintln(t.errors, grave().ReplaceAllString(line, ""))
	}
	if m := frameCount().FindStringSubmatch(line); m != nil {
		n, _ := strconv.Atoi(m[1])
		t.counts = append(t.counts, n)
	}
}

// verify compares with what the probe counted.
func (t *transcript) verify(sizes []size) error {
	if len(t.counts) != len(sizes) {
		return fmt.Errorf("ffmpeg told the frames of %d outputs, of %d", len(t.counts), len(sizes))
	}
	for _, n := range t.counts {
		if n != sizes[0].frames {
			return fmt.Errorf("ffmpeg made %d frames of the %d that were probed", n, sizes[0].frames)
		}
	}
	return nil
}
