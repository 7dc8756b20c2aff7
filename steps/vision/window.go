//go:build native

package vision

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"gocv.io/x/gocv"
)

// A Window shows pictures. OpenWindow and all its methods must be called on the process's main
// thread, as window systems require.
type Window struct {
	window  *gocv.Window
	clicked bool // since the last Wait
}

// OpenWindow opens a window for pictures of width and height pixels. A window that would be larger
// than most screens is opened smaller, and shows them smaller. Without a display it returns an
// error.
func OpenWindow(title string, width, height int) (*Window, error) {
	if err := checkDisplay(); err != nil {
		return nil, err
	}
	w := &Window{window: gocv.NewWindow(title)}
	shrink := min(1, maxWindowWidth/float64(width), maxWindowHeight/float64(height))
	size := func(n int) int { return int(math.Round(float64(n) * shrink)) }
	if err := w.window.ResizeWindow(size(width), size(height)+toolbars); err != nil {
		return nil, errors.Join(err, w.window.Close())
	}
	onMouse := func(event, _, _, _ int, _ any) { w.clicked = w.clicked || event == leftButtonDown }
	w.window.SetMouseHandler(onMouse, nil)
	return w, nil
}

const (
	maxWindowWidth  = 1280 // pixels
	maxWindowHeight = 940

	// toolbars is the height of Qt's toolbar and its line of pixel values. Other window systems
	// have neither.
	toolbars = 52

	leftButtonDown = 1 // OpenCV's EVENT_LBUTTONDOWN
)

// Show sets the picture that the window shows from the next Wait on.
func (w *Window) Show(f *Frame) error { return w.window.IMShow(f.mat) }

// Keys that have no character.
const (
	NoKey  = -1
	Escape = 27
	Left   = 0x51 // the last byte of X11's key symbol, as OpenCV returns it
	Right  = 0x53
)

// An Input is what a person did at a window between two calls of Wait.
type Input struct {
	Key     int // a character, or one of the keys above
	Clicked bool
	Closed  bool
}

// Wait processes the window's events for at least d, or until a key is pressed. The window is only
// drawn during Wait.
func (w *Window) Wait(d time.Duration) Input {
	in := Input{Key: w.window.WaitKey(max(int(d.Milliseconds()), 1))}
	in.Clicked, w.clicked = w.clicked, false
	in.Closed = w.window.GetWindowProperty(gocv.WindowPropertyVisible) < 1
	return in
}

// Close closes the window.
func (w *Window) Close() error { return w.window.Close() }

// checkDisplay returns an error unless a display answers. The window system's library has no such
// error: without a display it ends the process.
func checkDisplay() error {
	name := os.Getenv("DISPLAY")
	switch {
	case os.Getenv("WAYLAND_DISPLAY") != "":
		return nil
	case name == "":
		return errors.New("there is no display for a window: " +
			"neither DISPLAY nor WAYLAND_DISPLAY is set")
	}
	host, number, ok := strings.Cut(name, ":")
	number, _, _ = strings.Cut(number, ".")
	n, err := strconv.ParseUint(number, 10, 16)
	if !ok || err != nil {
		return fmt.Errorf("there is no display %s", name)
	}
	// A display is a socket by convention: X0 in /tmp/.X11-unix, or port 6000 of a host. Linux also
	// has the first as an abstract socket.
	network, address := "unix", fmt.Sprintf("/tmp/.X11-unix/X%d", n)
	if host != "" && host != "unix" && !strings.HasPrefix(host, "/") {
		network, address = "tcp", net.JoinHostPort(host, strconv.FormatUint(6000+n, 10))
	}
	c, err := net.DialTimeout(network, address, dialTimeout)
	if err != nil && network == "unix" {
		c, err = net.DialTimeout(network, "@"+address, dialTimeout)
	}
	if err != nil {
		return fmt.Errorf("there is no display %s: %w", name, err)
	}
	return c.Close()
}

// dialTimeout bounds the wait for a display on another host.
const dialTimeout = 5 * time.Second
