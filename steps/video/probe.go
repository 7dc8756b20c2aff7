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
	"strconv"
	"strings"

	"snellen/engine/step"
	"snellen/steps/proc"
)

const (
	maxFrames = 2_000_000 // of one video: a day at 23 a second
	maxSide   = 16384     // pixels
)

// NewProbe gives what runs probe steps. Every frame is decoded, so that a damaged video is found before anything is made of it.
func NewProbe() step.Runner { return prober{} }

type prober struct{}

func (prober) Run(ctx context.Context, job *step.Job) error {
	probed, err := probe(ctx, job.Inputs["video"], job.Report)
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(job.Out, "probe.json"), probed)
}

func probe(ctx context.Context, path string, report func(step.Progress)) (*Probed, error) {
	if err := readable(path); err != nil {
		return nil, err
	}
	log := proc.NewTail(logSize)
	c := command(ctx, "ffprobe", "-v", "error", "-threads", "1", "-protocol_whitelist", protocols, "-format_whitelist", formats,
		"-select_streams", "v:0", "-of", "compact", "-show_entries",
		"stream=codec_name,width,height,pix_fmt,nb_frames:stream_disposition=attached_pic:stream_side_data=rotation:frame=best_effort_timestamp_time,width,height",
		url(path))
	c.Stderr = log
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, started("ffprobe", err)
	}
	report(step.Progress{Command: proc.Line(c.Args...)})
	told, bad := readProbe(out, report)
	if bad != nil {
		c.Kill()
	}
	ending := c.Wait()
	switch said := reason(log, path); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case bad != nil:
		return nil, unusable(bad, path)
	case ending != nil && len(told.frames) == 0:
		return nil, unusable(ended("ffprobe", ending, log, path), path)
	case said != "" || ending != nil:
		return nil, unusable(fmt.Errorf("%s (%d frames could be read)", cmp.Or(said, "ffprobe failed"), len(told.frames)), path)
	}
	probed, err := told.result()
	return probed, unusable(err, path)
}

// unusable says what can be done about a video with which something is wrong.
func unusable(err error, path string) error {
	return step.WithHint(err, "look at it with ffprobe "+path+", copy it again, or encode it anew: ffmpeg -i VIDEO -crf 18 NEW.mp4")
}

// readable finds what ffprobe would say less well.
func readable(path string) error {
	switch fi, err := os.Stat(path); {
	case err != nil:
		return err
	case fi.IsDir():
		return errors.New("this is a folder, not a video")
	case fi.Size() == 0:
		return step.WithHint(errors.New("the file is empty"), "copy or film it again")
	}
	return nil
}

// readProbe reads ffprobe's compact form: a line for each frame, then one for the stream.
func readProbe(r io.Reader, report func(step.Progress)) (*probing, error) {
	p := &probing{report: report}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if err := p.line(lines.Text()); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read ffprobe's answer: %w", err)
	}
	return p, nil
}

// probing is what ffprobe has told so far.
type probing struct {
	report func(step.Progress)
	frames []float64 // presentation times, seconds
	size   [2]int    // of every frame
	stream map[string]string
}

func (p *probing) line(text string) error {
	kind, rest, _ := strings.Cut(text, "|")
	switch kind {
	case "frame":
		return p.frame(entries(rest))
	case "stream":
		p.stream = entries(rest)
	}
	return nil
}

// entries are a compact line's names and values. Side data begins with a bare name and goes on alike.
func entries(rest string) map[string]string {
	all := map[string]string{}
	for part := range strings.SplitSeq(rest, "|") {
		if name, value, ok := strings.Cut(part, "="); ok {
			all[name[strings.LastIndex(name, ":")+1:]] = value
		}
	}
	return all
}

func (p *probing) frame(f map[string]string) error {
	n := len(p.frames)
	if n == maxFrames {
		return fmt.Errorf("the video has more than %d frames", maxFrames)
	}
	seconds, err := strconv.ParseFloat(f["best_effort_timestamp_time"], 64)
	if err != nil || math.IsNaN(seconds) || math.IsInf(seconds, 0) {
		return fmt.Errorf("frame %d has no time", n)
	}
	if n > 0 && seconds <= p.frames[n-1] {
		return fmt.Errorf("frame %d, at %g s, is not after the one before it, at %g s", n, seconds, p.frames[n-1])
	}
	size, err := pixels(f)
	if err != nil {
		return fmt.Errorf("frame %d: %w", n, err)
	}
	if n > 0 && size != p.size {
		return fmt.Errorf("frame %d is %dx%d and those before it are %dx%d", n, size[0], size[1], p.size[0], p.size[1])
	}
	p.size = size
	p.frames = append(p.frames, seconds)
	if (n+1)%50 == 0 {
		p.report(step.Progress{Done: float64(n + 1), Unit: "frames"})
	}
	return nil
}

func pixels(f map[string]string) (size [2]int, err error) {
	for i, name := range []string{"width", "height"} {
		if size[i], err = strconv.Atoi(f[name]); err != nil || size[i] < 1 || size[i] > maxSide {
			return size, fmt.Errorf("the %s %q is not one from 1 to %d pixels", name, f[name], maxSide)
		}
	}
	return size, nil
}

func (p *probing) result() (*Probed, error) {
	switch {
	case p.stream == nil:
		return nil, errors.New("the file has no video in it")
	case p.stream["attached_pic"] == "1":
		return nil, errors.New("the file has a cover picture and no video in it")
	case len(p.frames) == 0:
		return nil, errors.New("the video has no frames")
	}
	first := p.frames[0]
	for i := range p.frames {
		p.frames[i] = math.Round((p.frames[i]-first)*1e6) / 1e6 // ffprobe gives microseconds
	}
	probed := &Probed{
		Width: p.size[0], Height: p.size[1], PixelFormat: p.stream["pix_fmt"], Codec: p.stream["codec_name"],
		Frames: len(p.frames), Seconds: p.frames,
	}
	if turn, err := strconv.ParseFloat(p.stream["rotation"], 64); err == nil && int(math.Round(turn/90))%2 != 0 {
		probed.Width, probed.Height = probed.Height, probed.Width // a telephone held upright: decoders turn the picture
	}
	p.report(step.Progress{Done: float64(probed.Frames), Total: float64(probed.Frames), Unit: "frames"})
	return probed, nil
}

// readProbed reads a probe.json.
func readProbed(path string) (*Probed, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var p Probed
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if p.Frames < 1 || p.Frames != len(p.Seconds) {
		return nil, fmt.Errorf("%s tells of %d frames and has the times of %d", path, p.Frames, len(p.Seconds))
	}
	return &p, nil
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o666)
}
