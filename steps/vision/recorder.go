//go:build native

package vision

import (
	"fmt"

	"gocv.io/x/gocv"
)

// A Recorder writes pictures of one size into a video file. It may be used by one goroutine at a
// time.
type Recorder struct{ writer *gocv.VideoWriter }

// NewRecorder creates a video file. The codec is a four-character code such as "avc1" (H.264) or
// "MJPG" (JPEG pictures, for .avi), the rate is in frames a second, width and height are in pixels.
// Of an odd width or height the last column or row is left out, because H.264 needs even ones.
// Close must be called.
func NewRecorder(path, codec string, rate float64, width, height int) (*Recorder, error) {
	api := gocv.VideoCaptureFFmpeg
	w, err := gocv.VideoWriterFileWithAPI(path, api, codec, rate, width, height, true)
	if err != nil || !w.IsOpened() {
		w.Close() // gocv returns a writer even with an error
		return nil, fmt.Errorf("%s cannot be written as a video", path)
	}
	return &Recorder{w}, nil
}

// Write appends a picture, which must have the recorder's size.
func (r *Recorder) Write(f *Frame) error { return r.writer.Write(f.mat) }

// Close completes the file. It cannot be played before.
func (r *Recorder) Close() error { return r.writer.Close() }
