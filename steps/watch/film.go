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

// A film is a video in a file, read as evaluations read theirs.
type film struct {
	decoder       *video.Decoder
	width, height int       // of a picture, pixels
	seconds       []float64 // when each picture is shown; those behind the last are a period apart
	rate          float64   // frames a second
	at            float64   // of the picture that was read last
	number        int       // of those that were read
}

// openFilm opens a video. Its frames are not counted first: a person waits for the first picture.
func openFilm(ctx context.Context, path string, stream *int) (*film, error) {
	glanced, err := video.Glance(ctx, path, stream)
	if err != nil {
		return nil, step.WithHint(fmt.Errorf("%s: %w", path, err), step.Hint(err))
	}
	f := &film{seconds: glanced.Seconds, rate: glanced.Rate}
	f.width, f.height = glanced.Reading.Shown()
	f.decoder, err = libav.Decode(path, glanced.Reading, video.All())
	return f, err
}

func (f *film) close() { f.decoder.Close() }

// next reads a picture, which is the caller's to close, and when it is shown, from the video's
// beginning. At the end it returns io.EOF.
func (f *film) next() (frame *vision.Frame, seconds float64, err error) {
	frame = vision.NewFrame(f.width, f.height)
	if _, err := f.decoder.Next(frame.Pixels()); err != nil {
		frame.Close()
		return nil, 0, err
	}
	switch {
	case f.number < len(f.seconds):
		f.at = f.seconds[f.number]
	case f.number > 0:
		f.at += f.period()
	}
	f.number++
	return frame, f.at, nil
}

// period is from one picture to the next, in seconds.
func (f *film) period() float64 { return 1 / f.rate }
