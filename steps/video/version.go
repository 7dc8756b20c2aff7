package video

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// Version identifies the ffmpeg in PATH, with the x264 that it encodes with: "5.1.9-0+deb12u1 x264 164". One that cannot bring
// high dynamic range to BT.709 reads such footage otherwise, and is another.
func Version(ctx context.Context) (string, error) {
	out, err := command(ctx, "ffmpeg", "-hide_banner", "-version").Output()
	if err != nil {
		return "", startError("ffmpeg", err)
	}
	fields := strings.Fields(string(out[:max(bytes.IndexByte(out, '\n'), 0)]))
	if len(fields) < 3 || fields[0] != "ffmpeg" || fields[1] != "version" {
		return "", fmt.Errorf("ffmpeg does not tell its version")
	}
	can, err := canToneMap(ctx)
	if err != nil {
		return "", err
	}
	return fields[2] + x264(ctx) + map[bool]string{false: " without zscale"}[can], nil
}

// x264Core is the text that x264 puts into what it encodes.
var x264Core = lazyRegexp(`x264 - core (\d+( r\d+ [0-9a-f]+)?)`)

// x264 is a library of its own, with a version of its own, which it tells only in its work. An ffmpeg without it is one, too.
func x264(ctx context.Context) string {
	out, err := command(ctx, "ffmpeg", "-v", "quiet", "-f", "lavfi", "-i", "color=size=16x16:rate=1:duration=1", "-c:v", "libx264", "-f", "h264", "-").Output()
	m := x264Core().FindSubmatch(out)
	if err != nil || m == nil {
		return ""
	}
	return " x264 " + string(m[1])
}
