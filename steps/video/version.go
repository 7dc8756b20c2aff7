package video

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// Version identifies the ffmpeg in PATH and the x264 that it encodes with: "5.1.9-0+deb12u1 x264
// 164". An ffmpeg that cannot tone-map high dynamic range makes other pictures, so its version says
// so.
func Version(ctx context.Context) (string, error) {
	out, err := command(ctx, "ffmpeg", "-hide_banner", "-version").Output()
	if err != nil {
		return "", startError("ffmpeg", err)
	}
	fields := strings.Fields(string(out[:max(bytes.IndexByte(out, '\n'), 0)]))
	if len(fields) < 3 || fields[0] != "ffmpeg" || fields[1] != "version" {
		return "", fmt.Errorf("ffmpeg does not report its version")
	}
	can, err := canToneMap(ctx)
	if err != nil {
		return "", err
	}
	codec, err := x264(ctx)
	if err != nil {
		return "", err
	}
	return fields[2] + codec + map[bool]string{false: " without zscale"}[can], nil
}

// x264Core matches the text that x264 writes into what it encodes.
var x264Core = lazyRegexp(`x264 - core (\d+( r\d+ [0-9a-f]+)?)`)

// x264 returns the version of x264, a library that only reports it in its output, so one frame is
// encoded. It returns "" if ffmpeg has no x264. An ffmpeg that was killed while it was asked is an
// error: it is not known what it has.
func x264(ctx context.Context) (string, error) {
	list, err := command(ctx, "ffmpeg", "-hide_banner", "-v", "error", "-encoders").Output()
	if err != nil {
		return "", fmt.Errorf("ask ffmpeg for its encoders: %w", err)
	}
	switch {
	case len(list) == 0:
		return "", errors.New("ffmpeg does not list its encoders")
	case !bytes.Contains(list, []byte(" libx264 ")):
		return "", nil
	}
	out, err := command(ctx, "ffmpeg", "-v", "quiet", "-f", "lavfi", "-i",
		"color=size=16x16:rate=1:duration=1", "-c:v", "libx264", "-f", "h264", "-").Output()
	if err != nil {
		return "", fmt.Errorf("ask ffmpeg for the version of x264: %w", err)
	}
	m := x264Core().FindSubmatch(out)
	if m == nil {
		return "", errors.New("x264, in ffmpeg, does not report its version")
	}
	return " x264 " + string(m[1]), nil
}
