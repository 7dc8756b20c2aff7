package video

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// What ffmpeg may open. It detects a format by a file's content, not by its name: without these
// limits it would follow a playlist named .mp4 to other files and hosts, and would render a text
// file as a film of a terminal.
const (
	protocols = "file,pipe"
	formats   = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,ivf,mxf,nut," +
		"dv,h264,hevc,mpegvideo,m4v,yuv4mpegpipe"
)

// logSize limits how much of a program's log is held, in bytes.
const logSize = 16 << 10

// command prepares ffmpeg or ffprobe. It removes environment variables that would make the program
// write files or colours.
func command(ctx context.Context, program string, args ...string) *proc.Cmd {
	c := proc.Command(ctx, program, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "FFREPORT=") && !strings.HasPrefix(v, "AV_LOG_") {
			c.Env = append(c.Env, v)
		}
	}
	c.Env = append(c.Env, "AV_LOG_FORCE_NOCOLOR=1")
	return c
}

// fileURL returns a path in a form that ffmpeg takes neither for an option nor for another
// protocol.
func fileURL(path string) string { return "file:" + path }

// startError wraps an error of starting a program. If the program is not installed, the error is
// exec.ErrNotFound, and a hint says how to install it.
func startError(program string, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return step.WithHint(missingError{program}, "apt install ffmpeg, or put it in PATH")
	}
	return fmt.Errorf("start %s: %w", program, err)
}

// A missingError reports a program that is not installed.
type missingError struct{ program string }

func (e missingError) Error() string { return e.program + " is not installed" }
func (e missingError) Unwrap() error { return exec.ErrNotFound }

// exitError returns the error of a program that failed: what its log says or, if that is empty, how
// it exited.
func exitError(program string, err error, log *proc.Tail, path string) error {
	if reason := logReason(log, path); reason != "" {
		return errors.New(reason)
	}
	return fmt.Errorf("%s: %w", program, err)
}

// isOwnText reports whether a reason is one of logReason's own texts rather than ffmpeg's.
func isOwnText(reason string) bool {
	return strings.HasPrefix(reason, "the video ") || strings.HasPrefix(reason, "this is ")
}

// logReason returns what ffmpeg's log says, in plain words for common problems, or "" if the log is
// empty. The path is left out, since the caller names it. Only the first two lines count: the ones
// after them are consequences.
func logReason(log *proc.Tail, path string) string {
	all := log.Last(logSize)
	switch {
	case strings.Contains(all, "Format not on whitelist") && isPicture(detectedFormat(all)):
		return aPicture
	case strings.Contains(all, "Format not on whitelist"):
		return "this is not a video: ffmpeg detects " + detectedFormat(all)
	case strings.Contains(all, "moov atom not found"):
		return "this is not a complete video (moov atom not found)"
	case tooLarge().MatchString(all):
		return fmt.Sprintf("%s%s pixels; the limit is %d million", aGiant,
			tooLarge().FindStringSubmatch(all)[1], maxArea/1_000_000)
	case strings.Contains(all, "partial file"), strings.Contains(all, "File ended prematurely"):
		return "the video is cut off"
	}
	text := strings.ReplaceAll(log.First(2), fileURL(path)+": ", "")
	text = logOrigin().ReplaceAllString(text, "")
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + " ..."
	}
	return text
}

// tooLarge matches what a decoder says of a frame over its bound.
var tooLarge = lazyRegexp(`Picture size (\d+x\d+) exceeds`)

// aGiant begins what is wrong with such a video.
const aGiant = "the video has frames of "

// aPicture is what is wrong with a picture that is named as a video.
const aPicture = "this is a picture, not a video"

// isPicture reports whether one of ffmpeg's formats is of pictures.
func isPicture(format string) bool {
	return strings.HasPrefix(format, "image2") || strings.HasSuffix(format, "_pipe")
}

// maxReason limits the log text in an error, in bytes: some filters print all their arguments.
const maxReason = 500

// logOrigin matches the component that wrote a log line, with its address in memory: "[h264 @
// 0x55d2]".
var logOrigin = lazyRegexp(`\[([^\]@]*) @ 0x[0-9a-f]+\] ?`)

// detectedFormat returns the format that ffmpeg detected, which is the component in its log.
func detectedFormat(log string) string {
	if m := logOrigin().FindStringSubmatch(log); m != nil {
		return m[1]
	}
	return "something else"
}

// lazyRegexp returns a function that compiles a pattern on its first call. A command that needs
// none of the patterns starts a millisecond sooner.
func lazyRegexp(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
