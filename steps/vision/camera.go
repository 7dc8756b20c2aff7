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
	"golang.org/x/sys/unix"
)

// captureOptions are what OpenCV passes to ffmpeg for a stream from a pipe. They allow no playlists
// and no other hosts; steps/video has the same list and says why.
const captureOptions = "protocol_whitelist;file,pipe|format_whitelist;" +
	"mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,ivf,mxf,nut,dv," +
	"h264,hevc,mpegvideo,m4v,yuv4mpegpipe"

// restrictFFmpeg sets captureOptions. OpenCV reads them from the environment alone.
var restrictFFmpeg = sync.OnceValue(func() error {
	return os.Setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", captureOptions)
})

// A Camera reads live pictures; videos in files are read by steps/libav. It may be used by one
// goroutine at a time.
type Camera struct {
	capture *gocv.VideoCapture
	pipe    int // descriptor of the pipe that OpenCV reads from; 0: none
}

// Close closes the camera and the pipe behind it.
func (c *Camera) Close() error {
	err := c.capture.Close()
	if c.pipe > 0 {
		err = errors.Join(err, syscall.Close(c.pipe))
	}
	return err
}

// Next waits for the next picture, which the caller must close. It returns nil if the camera has no
// more, because it was unplugged or its pipe ended.
func (c *Camera) Next() *Frame {
	f := &Frame{gocv.NewMat()}
	if !c.capture.Read(&f.mat) || f.mat.Empty() {
		f.Close()
		return nil
	}
	return f
}

// Rate returns the frames a second that the camera reports; 0 if it reports none, or an impossible
// number.
func (c *Camera) Rate() float64 {
	rate := c.capture.Get(gocv.VideoCaptureFPS)
	if !(rate > 0 && rate <= maxRate) {
		return 0
	}
	return rate
}

const maxRate = 1000 // frames a second

// OpenCamera opens a camera by its number, by its device such as /dev/video2, or by a named pipe
// that another program writes a video into. It asks a device for pictures of width and height
// pixels, but the device may choose another size. It waits for the writer of a pipe until ctx ends,
// and ctx also ends the stream from the pipe later.
func OpenCamera(ctx context.Context, name string, width, height int) (*Camera, error) {
	configure()
	if err := restrictFFmpeg(); err != nil {
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
		c.Close() // gocv returns a capture even with an error
		return nil, fmt.Errorf("%s cannot be opened as a camera: another program may use it", path)
	}
	c.Set(gocv.VideoCaptureFrameWidth, float64(width))
	c.Set(gocv.VideoCaptureFrameHeight, float64(height))
	return &Camera{capture: c}, nil
}

// openPipe opens a named pipe once a program writes to it. OpenCV reads from a second pipe, into
// which a goroutine copies the first: OpenCV's reads cannot be cancelled, but closing the second
// pipe ends them when ctx ends, even if the writer has stopped writing.
func openPipe(ctx context.Context, path string) (*Camera, error) {
	from, err := awaitWriter(ctx, path)
	if err != nil {
		return nil, err
	}
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return nil, errors.Join(err, from.Close())
	}
	to, err := pollable(ends[1], "pipe")
	if err != nil {
		return nil, errors.Join(err, from.Close(), syscall.Close(ends[0]))
	}
	go func() {
		defer context.AfterFunc(ctx, func() { from.Close(); to.Close() })()
		io.Copy(to, from) // returns when either is closed, which ends the video
		from.Close()
		to.Close()
	}()
	c, err := gocv.VideoCaptureFileWithAPI("pipe:"+strconv.Itoa(ends[0]), gocv.VideoCaptureFFmpeg)
	v := &Camera{capture: c, pipe: ends[0]}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("what is written to %s is not a video", path), v.Close())
	}
	return v, nil
}

// awaitWriter opens a named pipe for reading and returns once there is something to read. The pipe
// is opened without blocking, because an open that blocks cannot be cancelled.
func awaitWriter(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := awaitReadable(ctx, f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// awaitReadable waits until a pipe has something to read, or its writer has come and gone, or ctx
// ends.
func awaitReadable(ctx context.Context, f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var failed error
	// Read calls the function at once and after each event. An event that came before the first
	// call is not reported again, so the state is asked for, every time.
	err = raw.Read(func(fd uintptr) bool {
		events := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		for {
			if _, failed = unix.Poll(events, 0); failed != unix.EINTR {
				return failed != nil || events[0].Revents != 0
			}
		}
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(err, failed)
}

// pollable returns a file for a descriptor. Its pending reads and writes fail when it is closed.
func pollable(fd int, name string) (*os.File, error) {
	if err := syscall.SetNonblock(fd, true); err != nil { // NewFile checks this
		return nil, errors.Join(err, syscall.Close(fd))
	}
	return os.NewFile(uintptr(fd), name), nil
}
