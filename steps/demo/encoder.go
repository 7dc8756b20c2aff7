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

	"snellen/engine/step"
	"snellen/steps/proc"
)

// logSize bounds what is kept of ffmpeg's log, in bytes.
const logSize = 4 << 10

// shoot draws a film into a file, which appears when it is whole.
func renderVideo(ctx context.Context, path string, one video, f format, told *progressCounter) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	temporary := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d.tmp", one.name, os.Getpid()))
	defer func() {
		if err != nil {
			os.Remove(temporary)
		}
	}()
	if err := encode(ctx, temporary, one, f, told); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// encode pipes the frames through ffmpeg.
func encode(ctx context.Context, path string, one video, f format, told *progressCounter) error {
	c := proc.Command(ctx, "ffmpeg", arguments(path, f)...)
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "FFREPORT=") || strings.HasPrefix(v, "AV_LOG_") })
	log := proc.NewTail(logSize)
	c.Stderr = log
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); errors.Is(err, exec.ErrNotFound) {
		return step.WithHint(errors.New("ffmpeg is not installed"), "apt install ffmpeg, or put it in PATH")
	} else if err != nil {
		return fmt.Errorf("start ffmpeg: %w", err)
	}
	scene := one.newScene()
	for n := 0; n < one.frames && ctx.Err() == nil; n++ {
		if _, err = in.Write(scene.frame(n)); err != nil {
			break // ffmpeg's end says why
		}
		told.frameDone(one.name)
	}
	if err == nil {
		err = ctx.Err() // ffmpeg would take the end for the film's
	}
	err = errors.Join(err, in.Close())
	if ended := c.Wait(); ended != nil {
		if said := log.Last(3); ctx.Err() == nil && said != "" {
			return errors.New(said)
		}
		return ended
	}
	return err
}

// arguments are ffmpeg's for frames from its standard input. One thread, and flags that keep versions and times out of the
// bytes. Of x264's presets the first takes a quarter of the time of those that come after, for files half as large again.
func arguments(path string, f format) []string {
	return []string{"-hide_banner", "-nostdin", "-nostats", "-v", "error", "-y",
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", fmt.Sprintf("%dx%d", f.width, f.height), "-framerate", strconv.Itoa(f.rate),
		"-i", "pipe:0", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "21", "-threads", "1",
		"-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mp4", "file:" + path}
}
