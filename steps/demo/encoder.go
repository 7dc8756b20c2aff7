package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"snellen/engine/draft"
	"snellen/engine/step"
	"snellen/steps/proc"
)

// logSize bounds how much of ffmpeg's log is kept, in bytes.
const logSize = 4 << 10

// renderVideo draws a video into a file. The file appears when it is complete.
func renderVideo(
	ctx context.Context, path string, one video, f format, counter *progressCounter,
) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	video, err := draft.NewFile(path)
	if err != nil {
		return err
	}
	defer video.Discard()
	if err := encode(ctx, video.Path, one, f, counter); err != nil {
		return err
	}
	return video.Publish()
}

// encode draws a video's frames and pipes them through ffmpeg. If ffmpeg fails, the error is the
// end of its log.
func encode(ctx context.Context, path string, one video, f format, counter *progressCounter) error {
	c := proc.Command(ctx, "ffmpeg", arguments(path, one.size, f.rate)...)
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { // they would change the log
		return strings.HasPrefix(v, "FFREPORT=") || strings.HasPrefix(v, "AV_LOG_")
	})
	log := proc.NewTail(logSize)
	c.Stderr = log
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); errors.Is(err, exec.ErrNotFound) {
		return step.WithHint(errors.New("ffmpeg is not installed"),
			"apt install ffmpeg, or put it in PATH")
	} else if err != nil {
		return fmt.Errorf("start ffmpeg: %w", err)
	}
	scene := one.newScene()
	for n := 0; n < one.frames && ctx.Err() == nil; n++ {
		if _, err = in.Write(scene.frame(n)); err != nil {
			break // ffmpeg's exit says why
		}
		counter.frameDone(one.name)
	}
	if err == nil {
		err = ctx.Err() // ffmpeg cannot tell this from the end of the video
	}
	err = errors.Join(err, in.Close())
	if exit := c.Wait(); exit != nil {
		if message := log.Last(3); ctx.Err() == nil && message != "" {
			return errors.New(message)
		}
		return exit
	}
	return err
}

// arguments returns ffmpeg's arguments for frames on its standard input. One thread, and flags that
// keep versions and times out of the file, make the bytes reproducible. The preset ultrafast takes
// a quarter of the time of the next one, for files half as large again.
func arguments(path string, size [2]int, rate int) []string {
	return []string{"-hide_banner", "-nostdin", "-nostats", "-v", "error", "-y",
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size",
		fmt.Sprintf("%dx%d", size[0], size[1]), "-framerate", strconv.Itoa(rate),
		"-i", "pipe:0", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "21", "-threads", "1",
		"-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mp4",
		"file:" + path}
}
