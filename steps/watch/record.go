//go:build native

package watch

import (
	"path/filepath"
	"strings"

	"snellen/steps/vision"
)

// A recording is the video that is written. Of a video that nobody looks at it has each picture once; of what is live,
// as many as the time calls for, so that it plays as fast as it happened.
type recording struct {
	*vision.Recorder
	rate    float64 // frames a second
	timed   bool    // by the clock
	written int
	left    int // frames of times without pictures, which are left out
}

// usualRate is for a source that does not tell its own; most is what a live record has.
const (
	usualRate = 15 // frames a second
	mostRate  = 30
)

// codecOf is what a file of that name is written in: H.264 in .mp4, .mkv and .mov, JPEG pictures in .avi, else "".
func codecOf(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".mp4", ".mkv", ".mov":
		return "avc1"
	case ".avi":
		return "MJPG"
	}
	return ""
}

func record(path string, rate float64, timed bool, l vision.Layout) (*recording, error) {
	if rate == 0 {
		rate = usualRate
	}
	if timed {
		rate = min(rate, mostRate)
	}
	w, h := l.Size()
	r, err := vision.NewRecorder(path, codecOf(path), rate, w, h)
	if err != nil {
		return nil, err
	}
	return &recording{Recorder: r, rate: rate, timed: timed}, nil
}

// add writes a view as often as its time calls for.
func (r *recording) add(canvas *vision.Frame, v view) error {
	want := r.written + 1
	if r.timed {
		want = int(v.seconds*r.rate) + 1 - r.left
		if gap := want - r.written - 1; gap > int(r.rate) { // over a second: the camera was lost
			r.left, want = r.left+gap, want-gap
		}
	}
	for ; r.written < want; r.written++ {
		if err := r.Write(canvas); err != nil {
			return err
		}
	}
	return nil
}
