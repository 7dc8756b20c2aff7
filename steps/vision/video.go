//go:build native

package vision

import (
	"errors"
	"fmt"
	"image"
	"os"
	"sync"

	"gocv.io/x/gocv"
)

// OpenCV gives ffmpeg these options: no playlists, no other hosts (steps/video has the same list and says why). How many
// threads decode is OpenCV's to choose, and changes no picture.
const captureOptions = "protocol_whitelist;file,pipe|format_whitelist;" +
	"mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,ivf,mxf,nut,dv,h264,hevc,mpegvideo,m4v,yuv4mpegpipe"

var restrict = sync.OnceValue(func() error { return os.Setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", captureOptions) })

// A Video is a video that is read frame by frame. It may be used by one goroutine at a time.
type Video struct {
	path    string
	capture *gocv.VideoCapture
	frame   gocv.Mat
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
	return &Video{path, c, gocv.NewMat()}, nil
}

// Close frees the video.
func (v *Video) Close() error {
	v.frame.Close()
	return v.capture.Close()
}

// Skip goes to the next frame without making its picture. It is false at the end, which gocv's Grab does not tell: then
// OpenCV counts no further.
func (v *Video) Skip() bool {
	before := v.capture.Get(gocv.VideoCapturePosFrames)
	return v.capture.Grab(1) == nil && v.capture.Get(gocv.VideoCapturePosFrames) > before
}

// Next goes to the next frame and makes its picture. It is false at the end.
func (v *Video) Next() bool { return v.capture.Read(&v.frame) && !v.frame.Empty() }

// Size is that of the present picture, in pixels.
func (v *Video) Size() (width, height int) { return v.frame.Cols(), v.frame.Rows() }

// Scale makes the present picture smaller or larger, as a camera of that size would see it: by area where it shrinks.
func (v *Video) Scale(width, height int) error {
	size := image.Pt(width, height)
	return v.resize(size, interpolation(v.frame, size))
}

// Enlarge makes the present picture larger without smoothing, to be looked at.
func (v *Video) Enlarge(width, height int) error {
	return v.resize(image.Pt(width, height), gocv.InterpolationNearestNeighbor)
}

func (v *Video) resize(size image.Point, by gocv.InterpolationFlags) error {
	to := gocv.NewMat()
	if err := gocv.Resize(v.frame, &to, size, 0, 0, by); err != nil {
		return errors.Join(err, to.Close())
	}
	old := v.frame
	v.frame = to
	return old.Close()
}

// JPEG encodes the present picture.
func (v *Video) JPEG(quality int) ([]byte, error) { return encode(v.frame, quality) }

// Crop encodes a part of the present picture: x, y, width and height in pixels, which must be within it.
func (v *Video) Crop(rect [4]int, quality int) ([]byte, error) {
	part := v.frame.Region(rectangle(rect))
	defer part.Close()
	return encode(part, quality)
}

func rectangle(r [4]int) image.Rectangle { return image.Rect(r[0], r[1], r[0]+r[2], r[1]+r[3]) }
