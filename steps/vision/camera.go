//go:build native

package vision

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"gocv.io/x/gocv"
)

// OpenCamera opens a camera: by its number, by its device such as /dev/video2, or a named pipe into which another program
// writes a video. Of a device it asks for pictures of width and height pixels; what it gives may be of another size. It
// waits for the other program until ctx ends. A camera that is lost gives no next frame.
func OpenCamera(ctx context.Context, name string, width, height int) (*Video, error) {
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
	return &Video{Frame: Frame{gocv.NewMat()}, capture: c}, nil
}

// openPipe opens a named pipe once somebody writes to it. OpenCV reads from a pipe of our own behind it, whose end comes with
// ctx's, too: a writer who falls silent must not hold us.
func openPipe(ctx context.Context, path string) (*Video, error) {
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
	v := &Video{Frame: Frame{gocv.NewMat()}, capture: c, pipe: ends[0]}
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
