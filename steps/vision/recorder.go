//go:build native

package vision

import (
	"fmt"

	"gocv.io/x/gocv"
)

// A Recorder writes pictures of one size into a video file.
type Recorder struct{ writer *gocv.VideoWriter }

// NewRecorder begins a video file of H.264, or in an .avi of JPEG pictures, at so many frames a second. Width and height are in
// pixels; of an odd number the last one is left out, as the format wants.
func NewRecorder(path, codec string, rate float64, width, height int) (*Recorder, error) {
	w, err := gocv.VideoWriterFileWithAPI(path, gocv.VideoCaptureFFmpeg, codec, rate, width, height, true)
	if err != nil || !w.IsOpened() {
		w.Close() // gocv gives one in any case
		return nil, fmt.Errorf("%s cannot be written as a video", path)
	}
	return &Recorder{w}, nil
}

// Write adds a picture.
func (r *Recorder) Write(f *Frame) error { return r.writer.Write(f.mat) }

// Close ends the file, which cannot be played before.
func (r *Recorder) Close() error { return r.writer.Close() }
