//go:build native

package vision

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"gocv.io/x/gocv"
)

// OpenCV gives ffmpeg these options: no playlists, no other hosts (steps/video has the same list and says why). How many
// threads decode is OpenCV's to choose, and changes no picture.
const captureOptions = "protocol_whitelist;file,pipe|format_whitelist;" +
	"mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,ivf,mxf,nut,dv,h264,hevc,mpegvideo,m4v,yuv4mpegpipe"

var restrict = sync.OnceValue(func() error { return os.Setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", captureOptions) })

// A Video is a video that is read frame by frame; its methods as a Frame are about the present one. It may be used by one
// goroutine at a time.
type Video struct {
	Frame
	capture *gocv.VideoCapture
	pipe    int // descriptor of the pipe that it is read from; 0: none
}

// OpenVideo opens a video file. Pictures are turned upright where the file says how.
func OpenVideo(path string) (*Video, error) {
	settle()
	if err := restrict(); err != nil {
		return nil, err
	}
	if fi, err := os.Stat(path); err != nil {
		return nil, err
	} else if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	c, err := gocv.VideoCaptureFileWithAPI(path, gocv.VideoCaptureFFmpeg)
	if err != nil {
		c.Close() // gocv gives one in any case
		return nil, fmt.Errorf("%s cannot be read as a video", path)
	}
	return &Video{Frame: Frame{gocv.NewMat()}, capture: c}, nil
}

// Close frees the video.
func (v *Video) Close() error {
	err := errors.Join(v.Frame.Close(), v.capture.Close())
	if v.pipe > 0 {
		err = errors.Join(err, syscall.Close(v.pipe))
	}
	return err
}

// Skip goes to the next frame without making its picture. It is false at the end, which gocv's Grab does not tell: then
// OpenCV counts no further.
func (v *Video) Skip() bool {
	before := v.capture.Get(gocv.VideoCapturePosFrames)
	return v.capture.Grab(1) == nil && v.capture.Get(gocv.VideoCapturePosFrames) > before
}

// Next goes to the next frame and makes its picture. It is false at the end.
func (v *Video) Next() bool { return v.capture.Read(&v.mat) && !v.mat.Empty() }

// Seconds is when the present frame is shown, from the video's beginning.
func (v *Video) Seconds() float64 { return v.capture.Get(gocv.VideoCapturePosMsec) / 1000 }

// Rate is how many frames a second the video says to have; 0 where it says nothing that can be.
func (v *Video) Rate() float64 {
	rate := v.capture.Get(gocv.VideoCaptureFPS)
	if !(rate > 0 && rate <= maxRate) {
		return 0
	}
	return rate
}

const maxRate = 1000 // frames a second

// Take gives the present frame away: the next one will be another picture.
func (v *Video) Take() *Frame {
	taken := v.Frame
	v.Frame = Frame{gocv.NewMat()}
	return &taken
}
