//go:build native

package watch

import (
	"context"
	"fmt"

	"snellen/engine/step"
	"snellen/steps/libav"
	"snellen/steps/video"
	"snellen/steps/vision"
)

// A videoFile reads the pictures of a video file, decoded as evaluations decode theirs. It may be
// used by one goroutine at a time.
type videoFile struct {
	decoder       *video.Decoder
	width, height int       // of a picture, pixels
	seconds       []float64 // when each picture is shown, as far as known
	rate          float64   // frames a second
	at            float64   // when the last picture that was read is shown, seconds
	count         int       // of pictures read
}

// openVideo opens a video file. It does not count the frames first, because a person is waiting for
// the first picture.
func openVideo(ctx context.Context, path string, stream *int) (*videoFile, error) {
	probe, err := video.ProbeQuickly(ctx, path, stream)
	if err != nil {
		return nil, step.WithHint(fmt.Errorf("%s: %w", path, err), step.Hint(err))
	}
	f := &videoFile{seconds: probe.Seconds, rate: probe.Rate}
	f.width, f.height = probe.Reading.DisplaySize()
	f.decoder, err = libav.Decode(path, probe.Reading, video.AllFrames())
	return f, err
}

func (f *videoFile) close() { f.decoder.Close() }

// next returns the next picture, which the caller must close, and when it is shown, in seconds from
// the beginning. Pictures after the known times are one period apart. At the end it returns io.EOF.
func (f *videoFile) next() (frame *vision.Frame, seconds float64, err error) {
	frame = vision.NewFrame(f.width, f.height)
	if _, err := f.decoder.Next(frame.Pixels()); err != nil {
		frame.Close()
		return nil, 0, err
	}
	switch {
	case f.count < len(f.seconds):
		f.at = f.seconds[f.count]
	case f.count > 0:
		f.at += f.period()
	}
	f.count++
	return frame, f.at, nil
}

// period returns the time from one picture to the next, in seconds.
func (f *videoFile) period() float64 { return 1 / f.rate }
