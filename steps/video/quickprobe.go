package video

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"snellen/engine/step"
)

// A QuickProbe is what can be known of a video without decoding all of it.
type QuickProbe struct {
	Codec   string
	Reading Reading
	Seconds []float64 // times of the packets, ascending from 0; empty if they have none
	Rate    float64   // frames a second, over the whole video
	Length  float64   // seconds, by the times or as the file states; 0 if it says neither
	Notes   []string  // what a person should know about it, as in NotesFile
}

// Result returns what a probe would find, as far as that is known: a packet counts as a frame. A
// video whose packets have no times has no frames.
func (q *QuickProbe) Result() *ProbeResult {
	p := &ProbeResult{Codec: q.Codec, Frames: len(q.Seconds), Seconds: q.Seconds,
		Reading: q.Reading}
	p.Width, p.Height = q.Reading.DisplaySize()
	return p
}

// Pace returns the video's rate and length in words: "20 frames a second, 6.0 s". It says so where
// the rate varies.
func (q *QuickProbe) Pace() string {
	text := fmt.Sprintf("%.4g frames a second", q.Rate)
	if n := len(q.Seconds); n > 1 {
		steps := intervals(q.Seconds)
		slices.Sort(steps)
		// A few frames that were dropped, or a pause, do not make a rate vary.
		if short, long := steps[n/20], steps[n-1-n/20]; long > unevenSteps*short {
			text += fmt.Sprintf(" on average, from %.3g to %.3g", 1/long, 1/short)
		}
	}
	if q.Length > 0 {
		text += fmt.Sprintf(", %.1f s", q.Length)
	}
	return text
}

// unevenSteps is how many times as long as others the times between frames are, at least, in a
// video of variable rate.
const unevenSteps = 1.2

// quickFrames is how many frames are decoded: enough to detect interlacing in a video that begins
// with a still.
const quickFrames = 16

// ProbeStart reads a video's streams and its first frames. It reads none of the rest, so that a
// long video takes no longer than a short one: Seconds is empty, and Rate and Length are what the
// file states. index names the video stream; nil chooses one. Its error is exec.ErrNotFound when
// ffprobe is not installed.
func ProbeStart(ctx context.Context, path string, index *int) (*QuickProbe, error) {
	p, _, err := probeStart(ctx, path, index)
	return p, err
}

// probeStart is ProbeStart. It returns the chosen stream as well.
func probeStart(ctx context.Context, path string, index *int) (p *QuickProbe, s stream, err error) {
	file, err := probeContainer(ctx, path)
	if err != nil {
		return nil, s, withRepairHint(err, path)
	}
	s, choice, err := file.selectStream(index)
	if err != nil {
		return nil, s, err
	}
	frames, _, err := readFrames(ctx, path, s, func(step.Progress) {}, "-read_intervals",
		fmt.Sprintf("%%+#%d", quickFrames))
	if err != nil {
		return nil, s, withRepairHint(err, path)
	}
	p = &QuickProbe{Codec: s.Codec}
	if choice != "" {
		p.Notes = append(p.Notes, choice)
	}
	var notes []string
	if p.Reading, notes, err = frames.reading(ctx, s); err != nil {
		return nil, s, err
	}
	p.Notes = append(p.Notes, notes...)
	p.Rate, _ = s.rate()
	p.Length, _ = strconv.ParseFloat(file.Format.Seconds, 64)
	if !(p.Length > 0 && p.Length <= math.MaxInt32) { // not a number is neither
		p.Length = 0
	}
	return p, s, nil
}

// ProbeQuickly reads as much of a file as showing it needs: its streams, its first frames, and the
// times of its packets. index names the video stream; nil chooses one. It takes moments, while a
// probe decodes every frame and takes minutes; so it finds no damage and counts no frames.
func ProbeQuickly(ctx context.Context, path string, index *int) (*QuickProbe, error) {
	p, s, err := probeStart(ctx, path, index)
	if err != nil {
		return nil, err
	}
	stamps, _, err := packetTimes(ctx, path, "-select_streams", strconv.Itoa(s.Index))
	if err != nil {
		return nil, err
	}
	if len(stamps) < 2 {
		return p, nil
	}
	slices.Sort(stamps)
	if seconds, t := times(stamps, s); t.rate == 0 {
		last := seconds[len(seconds)-1]
		p.Seconds, p.Rate = seconds, float64(len(seconds)-1)/last
		p.Length = last + 1/p.Rate
	}
	return p, nil
}

// packetTimes returns the times of a file's packets in seconds, in the file's order, and the number
// of packets. Packets without a time only count. Nothing is decoded.
func packetTimes(
	ctx context.Context, path string, more ...string,
) (stamps []float64, n int, err error) {
	question := append([]string{"-of", "csv=p=0", "-show_entries", "packet=pts_time"}, more...)
	c := command(ctx, "ffprobe", probeArgs(path, question...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	if err := c.Start(); err != nil {
		return nil, 0, startError("ffprobe", err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && n < maxPackets {
		text, _, _ := strings.Cut(lines.Text(), ",")
		if text != "" {
			n++
		}
		if at, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(at) &&
			!math.IsInf(at, 0) {
			stamps = append(stamps, at)
		}
	}
	c.Kill() // it has printed all, or more than maxPackets
	c.Wait() // killed, so its exit status means nothing
	return stamps, n, ctx.Err()
}

const maxPackets = 4 * maxFrames // of all of a file's streams
