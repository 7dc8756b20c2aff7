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

// Glanced is what is known of a video at a glance: how it is read, and about when its frames are
// shown.
type Glanced struct {
	Reading Reading
	Seconds []float64 // of the file's packets, from the first, ascending; empty where they have no times
	Rate    float64   // frames a second, over the whole video
}

// glanced is how many frames are looked at: enough to see fields in what begins with a still.
const glanced = 16

// Glance reads as much of a file as is needed to show it: what it has in it, its first frames, and
// the times of its packets. It takes moments where a probe, which decodes every frame, takes
// minutes; so it finds no damage, and counts no frames.
func Glance(ctx context.Context, path string, asked *int) (*Glanced, error) {
	found, err := open(ctx, path)
	if err != nil {
		return nil, unusable(err, path)
	}
	s, _, err := found.video(asked)
	if err != nil {
		return nil, err
	}
	frames, _, err := readFrames(ctx, path, s, func(step.Progress) {}, "-read_intervals", fmt.Sprintf("%%+#%d", glanced))
	if err != nil {
		return nil, unusable(err, path)
	}
	g := &Glanced{}
	if g.Reading, _, err = frames.reading(ctx, s); err != nil {
		return nil, err
	}
	g.Rate, _ = s.rate()
	told, _, err := packets(ctx, path, "-select_streams", strconv.Itoa(s.Index))
	if err != nil {
		return nil, err
	}
	if len(told) < 2 {
		return g, nil
	}
	slices.Sort(told)
	if seconds, t := times(told, s); t.rate == 0 {
		g.Seconds, g.Rate = seconds, float64(len(seconds)-1)/seconds[len(seconds)-1]
	}
	return g, nil
}

// packets are the times of a file's packets, in seconds and in the file's order, of those that have
// one; and how many there are. Nothing is decoded.
func packets(ctx context.Context, path string, more ...string) (told []float64, n int, err error) {
	question := append([]string{"-of", "csv=p=0", "-show_entries", "packet=pts_time"}, more...)
	c := command(ctx, "ffprobe", asking(path, question...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	if err := c.Start(); err != nil {
		return nil, 0, started("ffprobe", err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && n < maxPackets {
		text, _, _ := strings.Cut(lines.Text(), ",")
		if text != "" {
			n++
		}
		if at, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(at) && !math.IsInf(at, 0) {
			told = append(told, at)
		}
	}
	c.Kill() // it has told all, or more than anybody can use
	c.Wait() // its end says nothing that was not found before
	return told, n, ctx.Err()
}

const maxPackets = 4 * maxFrames // of all of a file's streams
