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

// errDamaged refuses a video if ffmpeg's own words are all that is known of the damage.
var errDamaged = errors.New("the video is damaged")

// tolerance is the share of a file's length that may be missing before it counts as cut off.
// Containers round, and the last frame's time is where that frame begins.
const tolerance = 0.02

// checkIntact returns an error if a file that ffprobe complained about is damaged or cut off. The
// complaint itself decides nothing, because its words differ between versions: ffmpeg must decode
// every frame without an error, as many as ffprobe did, and the file must be as long as it says.
func checkIntact(
	ctx context.Context, path string, s stream, c container, f *frameList,
	report func(step.Progress),
) error {
	n, failed := decodeStrictly(ctx, path, s, report)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if counted, err := strconv.Atoi(s.Counted); err == nil && failed != nil &&
		float64(len(f.seconds)) < float64(counted)*(1-tolerance) {
		return fmt.Errorf("the video is cut off: it should have %d frames", counted)
	}
	seconds, err := strconv.ParseFloat(c.Format.Seconds, 64)
	if err == nil && seconds > 0 {
		last, err := containerDuration(ctx, path)
		if err != nil {
			return err
		}
		if missing := seconds - last; missing > max(tolerance*seconds, 1) {
			return fmt.Errorf("the video is cut off: it has %.1f of its %.1f seconds", last,
				seconds)
		}
	}
	switch {
	case failed != nil:
		return failed
	case n != len(f.seconds):
		return fmt.Errorf("ffprobe and ffmpeg disagree about the video: ffmpeg decodes %d frames",
			n)
	}
	return nil
}

// decodeStrictly decodes a stream to its end or to the first damaged frame, and returns the number
// of frames. The error is errDamaged if ffmpeg failed.
func decodeStrictly(
	ctx context.Context, path string, s stream, report func(step.Progress),
) (n int, err error) {
	c := command(ctx, "ffmpeg", slices.Concat(ffmpegOptions("error"),
		[]string{"-progress", "pipe:1"}, decoding(),
		[]string{"-i", fileURL(path), "-map", "0:" + strconv.Itoa(s.Index), "-fps_mode",
			"passthrough", "-f", "null", "-"})...)
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

// ffmpegOptions are common to every ffmpeg run: it stops at the first error, logs from that level
// on, and filters in one thread.
func ffmpegOptions(level string) []string {
	return []string{"-hide_banner", "-nostdin", "-nostats", "-v", level, "-xerror",
		"-filter_complex_threads", "1"}
}

// followProgress reads ffmpeg's -progress lines to their end, calls each with every count of
// frames, and returns the last count.
func followProgress(r io.Reader, each func(n int)) (n int) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		value, ok := strings.CutPrefix(lines.Text(), "frame=")
		if k, err := strconv.Atoi(strings.TrimSpace(value)); ok && err == nil {
			n = k
			each(n)
		}
	}
	io.Copy(io.Discard, r) // after an overlong line: ffmpeg must not block
	return n
}

// containerDuration returns the time between the first and the last packet of all streams, in
// seconds.
func containerDuration(ctx context.Context, path string) (float64, error) {
	stamps, _, err := packetTimes(ctx, path)
	if err != nil || len(stamps) == 0 {
		return 0, err
	}
	return slices.Max(stamps) - slices.Min(stamps), nil
}
