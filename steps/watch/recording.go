//go:build native

package watch

import (
	"path/filepath"
	"strings"

	"snellen/steps/vision"
)

// A recording is the video that the job writes. A headless video is recorded picture by picture. A
// live source, or a video in a window, is recorded by the clock: pictures repeat or are left out,
// so that the recording plays as fast as it happened.
type recording struct {
	*vision.Recorder
	rate    float64 // frames a second
	clocked bool
	written int // frames
	skipped int // frames of the time without pictures, which the recording leaves out
}

const (
	defaultRate = 15 // frames a second, if the source reports none
	maxRate     = 30 // frames a second, by the clock
)

// codecOf returns the codec for a file name: H.264 for .mp4, .mkv and .mov, JPEG pictures for .avi,
// otherwise "".
func codecOf(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".mp4", ".mkv", ".mov":
		return "avc1"
	case ".avi":
		return "MJPG"
	}
	return ""
}

// newRecording creates a video file for pictures of that layout. A rate of 0 means unknown.
func newRecording(path string, rate float64, clocked bool, l vision.Layout) (*recording, error) {
	if rate == 0 {
		rate = defaultRate
	}
	if clocked {
		rate = min(rate, maxRate)
	}
	w, h := l.Size()
	r, err := vision.NewRecorder(path, codecOf(path), rate, w, h)
	if err != nil {
		return nil, err
	}
	return &recording{Recorder: r, rate: rate, clocked: clocked}, nil
}

// add writes a picture that was read at that time, in seconds from the first, as often as the clock
// requires. After more than a second without pictures the camera was lost: that time is left out.
func (r *recording) add(canvas *vision.Frame, seconds float64) error {
	want := r.written + 1
	if r.clocked {
		want = int(seconds*r.rate) + 1 - r.skipped
		if gap := want - r.written - 1; gap > int(r.rate) {
			r.skipped, want = r.skipped+gap, want-gap
		}
	}
	for ; r.written < want; r.written++ {
		if err := r.Write(canvas); err != nil {
			return err
		}
	}
	return nil
}
