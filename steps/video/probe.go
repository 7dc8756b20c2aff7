package video

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/proc"
)

// MaxJSON bounds a file that a step of this package made, in bytes: frames take some twenty each.
const MaxJSON = 256 << 20

const (
	maxFrames = 2_000_000 // of one video: a day at 23 a second
	maxSide   = 16384     // pixels

	// maxArea is in pixels of a frame, as stored: 8192x4320 has 35 million. Decoders may keep
	// twenty frames, and a file of a few bytes may ask for any size.
	maxArea = 40_000_000
)

// decoding are the options with which ffmpeg and ffprobe open any file: one thread, since other
// steps keep the cores busy; no other file or host than the one named; and frames of a bounded
// size, which is checked before there is memory for them.
func decoding() []string {
	return []string{"-threads", "1", "-max_pixels", strconv.Itoa(maxArea), "-protocol_whitelist",
		protocols, "-format_whitelist", formats}
}

// NewProbe returns the runner of probe steps. It decodes every frame, so that a damaged video is
// found before anything is made of it.
func NewProbe() step.Runner { return prober{} }

type prober struct{}

func (prober) Run(ctx context.Context, job *step.Job) error {
	var params ProbeParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	path := job.Inputs["video"]
	probed, notes, err := probe(ctx, path, params.Stream, job.Report)
	if err != nil {
		return withRepairHint(err, path)
	}
	if err := probed.CheckFrame(params); err != nil {
		return err
	}
	if err := WriteNotes(job, notes, path+": "); err != nil {
		return err
	}
	return writeJSON(filepath.Join(job.Out, "probe.json"), probed)
}

// WriteNotes reports the notes as warnings, each after the prefix before, and writes them to
// NotesFile. Without notes there is no file.
func WriteNotes(job *step.Job, notes []string, before string) error {
	if len(notes) == 0 {
		return nil
	}
	for _, note := range notes {
		job.Report(step.Progress{Warning: before + note})
	}
	return writeJSON(filepath.Join(job.Out, NotesFile), notes)
}

// probe reads a file's frames. index names the video stream; nil chooses one. If ffprobe complains,
// a second decode decides whether the video is damaged (see checkIntact). probe returns the result
// and the notes about it.
func probe(
	ctx context.Context, path string, index *int, report func(step.Progress),
) (*ProbeResult, []string, error) {
	file, err := probeContainer(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	s, choice, err := file.selectStream(index)
	if err != nil {
		return nil, nil, err
	}
	frames, words, err := readFrames(ctx, path, s, report)
	if err != nil {
		return nil, nil, err
	}
	var notes []string
	if choice != "" {
		notes = append(notes, choice)
	}
	if words != "" {
		if err := checkIntact(ctx, path, s, file, frames, report); err != nil {
			return nil, nil, damageError(err, words, len(frames.seconds))
		}
		notes = append(notes, "ffprobe says of it: "+words+"; all its frames can be read")
	}
	probed, more, err := frames.result(ctx, s)
	return probed, append(notes, more...), err
}

// damageError explains why a video is refused although n of its frames could be read.
func damageError(err error, words string, n int) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errDamaged) && isOwnText(words):
		return fmt.Errorf("%s (%d frames could be read)", words, n)
	case errors.Is(err, errDamaged):
		return fmt.Errorf("%w: %s (%d frames could be read)", err, words, n)
	}
	return fmt.Errorf("%w (%d frames could be read)", err, n)
}

// withRepairHint adds to an error, unless it has a hint, how to inspect and repair the video.
func withRepairHint(err error, path string) error {
	if err == nil || step.Hint(err) != "" || errors.Is(err, context.Canceled) {
		return err
	}
	switch text := err.Error(); {
	case text == aPicture:
		return step.WithHint(err, "name it in pictures, which a label may have as well")
	case strings.HasPrefix(text, aGiant):
		return step.WithHint(err, "make it smaller: "+proc.Line("ffmpeg", "-i", path, "-vf",
			"scale=3840:-2", "-crf", "18", "smaller.mp4"))
	}
	return step.WithHint(err,
		fmt.Sprintf("inspect it with %s, copy it again, or re-encode what can be read: %s",
			proc.Line("ffprobe", path), proc.Line("ffmpeg", "-i", path, "-crf", "18",
				"repaired.mp4")))
}

// checkFile returns errors that ffprobe would describe less clearly.
func checkFile(path string) error {
	switch fi, err := os.Stat(path); {
	case err != nil:
		return err
	case fi.IsDir():
		return errors.New("this is a folder, not a video")
	case !fi.Mode().IsRegular():
		return errors.New("this is not a regular file")
	case fi.Size() == 0:
		return step.WithHint(errors.New("the file is empty"), "copy or film it again")
	}
	return nil
}

// probeArgs returns ffprobe's arguments for a query about a file.
func probeArgs(path string, question ...string) []string {
	return slices.Concat([]string{"-v", "error"}, decoding(), question, []string{fileURL(path)})
}

// frameFields are the fields that ffprobe prints for each frame.
const frameFields = "frame=best_effort_timestamp_time,width,height,pix_fmt,sample_aspect_ratio," +
	"interlaced_frame,top_field_first," +
	"color_range,color_space,color_primaries,color_transfer:frame_side_data=displaymatrix"

// readFrames makes ffprobe decode a stream; more are further options. words are ffprobe's
// complaints, or "" if it had none. If ffprobe failed after some frames, its words are returned
// without an error, so that the caller can judge the damage.
func readFrames(
	ctx context.Context, path string, s stream, report func(step.Progress), more ...string,
) (f *frameList, words string, err error) {
	log := proc.NewTail(logSize)
	question := append([]string{"-select_streams", strconv.Itoa(s.Index), "-of", "compact",
		"-show_entries", frameFields}, more...)
	c := command(ctx, "ffprobe", probeArgs(path, question...)...)
	c.Stderr = log
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := c.Start(); err != nil {
		return nil, "", startError("ffprobe", err)
	}
	report(step.Progress{Command: proc.Line(c.Args...)})
	f, bad := parseFrames(out, report)
	if bad != nil {
		c.Kill()
	}
	switch err := c.Wait(); {
	case ctx.Err() != nil:
		return nil, "", ctx.Err()
	case bad != nil:
		return nil, "", bad
	case len(f.seconds) == 0:
		return nil, "", errors.New(cmp.Or(logReason(log, path), "the video has no frames"))
	case err != nil:
		return f, cmp.Or(logReason(log, path), "ffprobe failed"), nil
	}
	return f, logReason(log, path), nil
}

// A frameList is what ffprobe reports of a stream's frames.
type frameList struct {
	report     func(step.Progress)
	seconds    []float64 // presentation times, NaN for none
	first      fields
	interlaced fields // the first interlaced frame, or nil
	changed    map[string]bool
}

// parseFrames parses ffprobe's compact format, which has one line for each frame.
func parseFrames(r io.Reader, report func(step.Progress)) (*frameList, error) {
	f := &frameList{report: report, changed: map[string]bool{}}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "frame|"); ok {
			if err := f.add(parseFields(rest)); err != nil {
				return nil, err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read ffprobe's answer: %w", err)
	}
	return f, nil
}

// parseFields returns the names and values of a compact line. Side data adds a bare name before its
// own pairs.
func parseFields(rest string) fields {
	all := fields{}
	for part := range strings.SplitSeq(rest, "|") {
		if name, value, ok := strings.Cut(part, "="); ok {
			all[name[strings.LastIndex(name, ":")+1:]] = value
		}
	}
	return all
}

// constantFields are the fields that should not change within a video: it is read as its first
// frame is.
var constantFields = []string{"color_range", "color_space", "color_transfer", "sample_aspect_ratio",
	"displaymatrix"}

// equalField reports whether two frames have the same value of a field. Pixels of an unknown shape
// count as square.
func equalField(name string, a, b fields) bool {
	if name == "sample_aspect_ratio" {
		return aspect(a[name]) == aspect(b[name])
	}
	return a[name] == b[name]
}

// add appends a frame. It fails if the frame's size differs from the first frame's, since then no
// reading fits the whole video.
func (f *frameList) add(frame fields) error {
	n := len(f.seconds)
	if n == maxFrames {
		return fmt.Errorf("the video has more than %d frames", maxFrames)
	}
	seconds, err := strconv.ParseFloat(frame["best_effort_timestamp_time"], 64)
	if err != nil || math.IsInf(seconds, 0) {
		seconds = math.NaN()
	}
	f.seconds = append(f.seconds, seconds)
	if err := checkSize(frame); err != nil {
		return fmt.Errorf("frame %d: %w", n, err)
	}
	if n == 0 {
		f.first = frame
	}
	if w, h := f.first["width"], f.first["height"]; frame["width"] != w || frame["height"] != h {
		return fmt.Errorf("frame %d is %sx%s, but the frames before it are %sx%s", n,
			frame["width"],
			frame["height"], w, h)
	}
	if f.interlaced == nil && frame["interlaced_frame"] == "1" {
		f.interlaced = frame
	}
	for _, name := range constantFields {
		if !equalField(name, frame, f.first) {
			f.changed[name] = true
		}
	}
	if (n+1)%50 == 0 {
		f.report(step.Progress{Done: float64(n + 1), Unit: "frames"})
	}
	return nil
}

func checkSize(frame fields) error {
	for _, name := range []string{"width", "height"} {
		if n, err := strconv.Atoi(frame[name]); err != nil || n < 1 || n > maxSide {
			return fmt.Errorf("the %s %q is not between 1 and %d pixels", name, frame[name],
				maxSide)
		}
	}
	return nil
}

// changeNotes returns notes about the constant fields that changed within the video.
func (f *frameList) changeNotes() []string {
	var notes []string
	for _, c := range []struct{ what, names string }{
		{"colours", "color_range color_space color_transfer"},
		{"pixels' shape", "sample_aspect_ratio"}, {"turn", "displaymatrix"},
	} {
		for _, name := range strings.Fields(c.names) {
			if f.changed[name] {
				notes = append(notes,
					"its "+c.what+" changes on the way: all of it is read as its first frame")
				break
			}
		}
	}
	return notes
}

// reading returns how the frames are read, and the notes about it.
func (f *frameList) reading(ctx context.Context, s stream) (Reading, []string, error) {
	r, notes := newReading(s, f.first)
	if r.wide() {
		can, err := canToneMap(ctx)
		if err != nil {
			return r, nil, err
		}
		if note := r.ToneMap(can); note != "" {
			notes = append(notes, note)
		}
	}
	if f.interlaced != nil {
		if r.Interlaced = "bottom"; f.interlaced["top_field_first"] == "1" {
			r.Interlaced = "top"
		}
	}
	if w, h := r.DisplaySize(); w > maxSide || h > maxSide || w*h > maxArea || w < 1 || h < 1 {
		return r, nil, fmt.Errorf("with pixels of %s it is shown as %dx%d; the limits are %d "+
			"pixels a side and %d million in all", r.PixelAspect, w, h, maxSide, maxArea/1_000_000)
	}
	return r, notes, nil
}

// result returns the result of a probe, and the notes about it.
func (f *frameList) result(ctx context.Context, s stream) (*ProbeResult, []string, error) {
	r, notes, err := f.reading(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	seconds, timing := times(f.seconds, s)
	if timing.rate > 0 {
		r.Assumed = append(r.Assumed, "times")
	}
	p := &ProbeResult{Codec: s.Codec, Frames: len(seconds), Seconds: seconds, Reading: r}
	p.Width, p.Height = r.DisplaySize()
	f.report(step.Progress{Done: float64(p.Frames), Total: float64(p.Frames), Unit: "frames"})
	return p, append(append(timing.notes(), f.changeNotes()...), notes...), nil
}

// CheckFrame refuses a camera's video of another size than the parameters say, or with areas
// outside its frames.
func (p *ProbeResult) CheckFrame(params ProbeParams) error {
	if err := p.CheckFrameSize(params.Width, params.Height); err != nil {
		return err
	}
	var problems []error
	for _, a := range params.Areas {
		if a.Right > p.Width || a.Bottom > p.Height {
			problems = append(problems,
				fmt.Errorf("area %q ends at (%d, %d), outside the frame of %dx%d", a.Name,
					a.Right, a.Bottom, p.Width, p.Height))
		}
	}
	return step.WithHint(errors.Join(problems...), "place the areas within the frame")
}

// CheckFrameSize refuses a camera's video of another size than the frame in which an evaluation
// places its areas. A width of 0 allows any size.
func (p *ProbeResult) CheckFrameSize(width, height int) error {
	if width == 0 || p.Width == width && p.Height == height {
		return nil
	}
	return step.WithHint(
		fmt.Errorf("the camera's frames are %dx%d, and the frame of the evaluation is %dx%d",
			p.Width, p.Height, width, height),
		fmt.Sprintf("write frame { width = %d  height = %d }, or leave frame out, and place the "+
			"areas in it", p.Width, p.Height))
}

// LoadProbeResult reads a probe.json and checks it.
func LoadProbeResult(path string) (*ProbeResult, error) {
	data, err := regular.Read(path, MaxJSON)
	if err != nil {
		return nil, err
	}
	p, err := parseProbeResult(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func parseProbeResult(data []byte) (*ProbeResult, error) {
	var p ProbeResult
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, err
	}
	if p.Frames < 1 || p.Frames != len(p.Seconds) {
		return nil, fmt.Errorf("it has %d frames and the times of %d", p.Frames, len(p.Seconds))
	}
	return &p, p.Reading.Check()
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o666)
}
