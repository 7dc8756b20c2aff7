package video

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// errDamaged is why a video is refused where no more is known than what ffmpeg said of it.
var errDamaged = errors.New("the video is damaged")

// tolerance is how much of a file's length may be missing before it counts as cut off: containers
// round, and the last frame's time is where it begins.
const tolerance = 0.02

// checkIntact finds out whether a file about which ffprobe complained is a whole one. A complaint's
// words differ from version to version, so they decide nothing: ffmpeg must decode every frame
// without an error, as many as ffprobe did, and the file must hold what it says it holds.
func checkIntact(ctx context.Context, path string, s stream, c container, f *frameList, report func(step.Progress)) error {
	n, failed := decodeStrictly(ctx, path, s, report)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if counted, err := strconv.Atoi(s.Counted); err == nil && failed != nil && float64(len(f.seconds)) < float64(counted)*(1-tolerance) {
		return fmt.Errorf("the video is cut off: it should have %d frames", counted)
	}
	seconds, err := strconv.ParseFloat(c.Format.Seconds, 64)
	if err == nil && seconds > 0 {
		last, err := containerDuration(ctx, path)
		if err != nil {
			return err
		}
		if missing := seconds - last; missing > max(tolerance*seconds, 1) {
			return fmt.Errorf("the video is cut off: it has %.1f of its %.1f seconds", last, seconds)
		}
	}
	switch {
	case failed != nil:
		return failed
	case n != len(f.seconds):
		return fmt.Errorf("ffprobe and ffmpeg do not agree on the video: ffmpeg decodes %d frames", n)
	}
	return nil
}

// decodeStrictly decodes a stream to its end, or to the first frame that is damaged.
func decodeStrictly(ctx context.Context, path string, s stream, report func(step.Progress)) (n int, err error) {
	c := command(ctx, "ffmpeg", append(ffmpegOptions("error"), "-progress", "pipe:1", "-threads", "1", "-protocol_whitelist", protocols,
		"-format_whitelist", formats, "-i", fileURL(path), "-map", "0:"+strconv.Itoa(s.Index), "-fps_mode", "passthrough", "-f", "null", "-")...)
	out, err := c.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := c.Start(); err != nil {
		return 0, startError("ffmpeg", err)
	}
	report(step.Progress{Command: proc.Line(c.Args...)})
	n = followProgress(out, func(int) {})
	if c.Wait() != nil {
		return n, errDamaged
	}
	return n, nil
}

// ffmpegOptions are the options of every ffmpeg that is run: it ends at the first error, writes what is
// at least that grave into its log, and does nothing beside in threads.
func ffmpegOptions(level string) []string {
	return []string{"-hide_banner", "-nostdin", "-nostats", "-v", level, "-xerror", "-filter_complex_threads", "1"}
}

// followProgress reads ffmpeg's -progress lines to their end, and returns the last count of frames.
func followProgress(r io.Reader, each func(n int)) (n int) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		value, ok := strings.CutPrefix(lines.Text(), "frame=")
		if k, err := strconv.Atoi(strings.TrimSpace(value)); ok && err == nil {
			n = k
			each(n)
		}
	}
	io.Copy(io.Discard, r) // after a line too long to be one: ffmpeg must not wait for a reader
	return n
}

// containerDuration is from the first to the last packet of a file, of any stream, in seconds.
func containerDuration(ctx context.Context, path string) (float64, error) {
	stamps, _, err := packetTimes(ctx, path)
	if err != nil || len(stamps) == 0 {
		return 0, err
	}
	return slices.Max(stamps) - slices.Min(stamps), nil
}
