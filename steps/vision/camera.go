//go:build native

package vision

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"gocv.io/x/gocv"
)

// OpenCV gives ffmpeg these options for what comes through a pipe: no playlists, no other hosts (steps/video has the same
// list and says why).
const captureOptions = "protocol_whitelist;file,pipe|format_whitelist;" +
	"mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,ivf,mxf,nut,dv,h264,hevc,mpegvideo,m4v,yuv4mpegpipe"

var restrict = sync.OnceValue(func() error { return os.Setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", captureOptions) })

// A Camera gives pictures of what is before it now. Videos in files are read by steps/video. It may be used by one
// goroutine at a time.
type Camera struct {
	capture *gocv.VideoCapture
	pipe    int // descriptor of the pipe that it is read from; 0: none
}

// Close frees the camera.
func (c *Camera) Close() error {
	err := c.capture.Close()
	if c.pipe > 0 {
		err = errors.Join(err, syscall.Close(c.pipe))
	}
	return err
}

// Next returns the next picture, which is the caller's to close; nil where the camera gives none.
func (c *Camera) Next() *Frame {
	f := &Frame{gocv.NewMat()}
	if !c.capture.Read(&f.mat) || f.mat.Empty() {
		f.Close()
		return nil
	}
	return f
}

// Rate is how many frames a second the camera says to have; 0 where it says nothing that can be.
func (c *Camera) Rate() float64 {
	rate := c.capture.Get(gocv.VideoCaptureFPS)
	if !(rate > 0 && rate <= maxRate) {
		return 0
	}
	return rate
}

const maxRate = 1000 // frames a second

// OpenCamera opens a camera: by its number, by its device such as /dev/video2, or a named pipe into which another program
// writes a video. Of a device it asks for pictures of width and height pixels; what it gives may be of another size. It
// waits for the other program until ctx ends. A camera that is lost gives no next frame.
func OpenCamera(ctx context.Context, name string, width, height int) (*Camera, error) {
	settle()
	if err := restrict(); err != nil {
		return nil, err
	}
	path := name
	if _, err := strconv.ParseUint(name, 10, 16); err == nil {
		path = "/dev/video" + name
	}
	fi, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case fi.Mode().Type() == os.ModeNamedPipe:
		return openPipe(ctx, path)
	case fi.Mode()&os.ModeCharDevice == 0:
		return nil, fmt.Errorf("%s is neither a camera nor a named pipe", path)
	}
	c, err := gocv.VideoCaptureFileWithAPI(path, gocv.VideoCaptureV4L2)
	if err != nil {
		c.Close() // gocv gives one in any case
		return nil, fmt.Errorf("%s cannot be opened as a camera: another program may use it", path)
	}
	c.Set(gocv.VideoCaptureFrameWidth, float64(width))
	c.Set(gocv.VideoCaptureFrameHeight, float64(height))
	return &Camera{capture: c}, nil
}

// openPipe opens a named pipe once somebody writes to it. OpenCV reads from a pipe of our own behind it, whose end comes with
// ctx's, too: a writer who falls silent must not hold us.
func openPipe(ctx context.Context, path string) (*Camera, error) {
	from, err := written(ctx, path)
	if err != nil {
		return nil, err
	}
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return nil, errors.Join(err, from.Close())
	}
	to, err := closable(ends[1], "pipe")
	if err != nil {
		return nil, errors.Join(err, from.Close(), syscall.Close(ends[0]))
	}
	go func() {
		defer context.AfterFunc(ctx, func() { from.Close(); to.Close() })()
		io.Copy(to, from) // until either is closed, which is the end of the video
		from.Close()
		to.Close()
	}()
	c, err := gocv.VideoCaptureFileWithAPI("pipe:"+strconv.Itoa(ends[0]), gocv.VideoCaptureFFmpeg)
	v := &Camera{capture: c, pipe: ends[0]}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("what is written to %s is no video", path), v.Close())
	}
	return v, nil
}

// written opens a named pipe to read from it, and waits until somebody writes to it.
func written(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	raw, err := f.SyscallConn()
	if err == nil {
		stop := context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) })
		waited := false
		err = raw.Read(func(uintptr) bool { // asked at once, and again when there is something to read
			was := waited
			waited = true
			return was
		})
		stop()
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// closable makes of a descriptor a file whose reads and writes end when it is closed.
func closable(fd int, name string) (*os.File, error) {
	if err := syscall.SetNonblock(fd, true); err != nil { // before NewFile looks
		return nil, errors.Join(err, syscall.Close(fd))
	}
	return os.NewFile(uintptr(fd), name), nil
}
