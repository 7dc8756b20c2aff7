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

// What ffmpeg may open. A file's content, not its name, decides what ffmpeg takes it for: a playlist named .mp4 would be
// followed to other files and hosts, and a text would be drawn as a film of a terminal.
const (
	protocols = "file,pipe"
	formats   = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,ivf,mxf,nut,dv,h264,hevc,mpegvideo,m4v,yuv4mpegpipe"
)

// logSize bounds what is kept of a program's log, in bytes.
const logSize = 16 << 10

// command prepares ffmpeg or ffprobe. Variables that would make it write files or colours are kept from it.
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

// fileURL keeps a path from being taken for an option or a protocol.
func fileURL(path string) string { return "file:" + path }

// startError adds what to do to an error of starting a program.
func startError(program string, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return step.WithHint(fmt.Errorf("%s is not installed", program), "apt install ffmpeg, or put it in PATH")
	}
	return fmt.Errorf("start %s: %w", program, err)
}

// exitError makes an error of a program's bad end out of the end of its log.
func exitError(program string, err error, log *proc.Tail, path string) error {
	if reason := logReason(log, path); reason != "" {
		return errors.New(reason)
	}
	return fmt.Errorf("%s: %w", program, err)
}

// isOwnText reports whether a reason is in our own words.
func isOwnText(reason string) bool {
	return strings.HasPrefix(reason, "the video ") || strings.HasPrefix(reason, "this is ")
}

// logReason is what ffmpeg's log says, in the words of a person where it is a common mistake. The path is the caller's to name.
func logReason(log *proc.Tail, path string) string {
	all := log.Last(logSize)
	switch {
	case strings.Contains(all, "Format not on whitelist"):
		return "this is no video: ffmpeg takes it for " + detectedFormat(all)
	case strings.Contains(all, "moov atom not found"):
		return "this is no whole video (moov atom not found)"
	case strings.Contains(all, "partial file"), strings.Contains(all, "File ended prematurely"):
		return "the video is cut off"
	}
	text := strings.ReplaceAll(log.First(2), fileURL(path)+": ", "") // what comes behind is what follows from it
	text = logOrigin().ReplaceAllString(text, "")
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + " ..."
	}
	return text
}

// maxReason bounds what is repeated of a log in an error, in bytes: some filters print their whole arguments.
const maxReason = 500

// logOrigin matches the part of ffmpeg that a line of its log comes from, with its address in memory: "[h264 @ 0x55d2]".
var logOrigin = lazyRegexp(`\[([^\]@]*) @ 0x[0-9a-f]+\] ?`)

func detectedFormat(log string) string {
	if m := logOrigin().FindStringSubmatch(log); m != nil {
		return m[1]
	}
	return "something else"
}

// lazyRegexp compiles a pattern when it is first matched: a command that needs none of them starts a millisecond sooner.
func lazyRegexp(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
