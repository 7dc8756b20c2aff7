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

// A Window shows pictures. All its functions are to be called on the process's main thread.
type Window struct {
	window  *gocv.Window
	clicked bool
}

// OpenWindow opens a window for pictures of width and height pixels. One that would be larger than most screens is smaller,
// and shows them smaller.
func OpenWindow(title string, width, height int) (*Window, error) {
	if err := display(); err != nil {
		return nil, err
	}
	w := &Window{window: gocv.NewWindow(title)}
	shrink := min(1, 1280/float64(width), 940/float64(height))
	size := func(n int) int { return int(math.Round(float64(n) * shrink)) }
	if err := w.window.ResizeWindow(size(width), size(height)+bars); err != nil {
		return nil, errors.Join(err, w.window.Close())
	}
	w.window.SetMouseHandler(func(event, _, _, _ int, _ any) { w.clicked = w.clicked || event == leftDown }, nil)
	return w, nil
}

// bars is how high Qt's tools and its line of pixel values are together; other window systems have none.
const bars = 52

const leftDown = 1 // OpenCV's EVENT_LBUTTONDOWN

// Show shows a picture, from the next Wait on.
func (w *Window) Show(f *Frame) error { return w.window.IMShow(f.mat) }

// Keys that are no characters.
const (
	NoKey  = -1
	Escape = 27
	Left   = 0x51 // the last byte of X11's names, as OpenCV gives it
	Right  = 0x53
)

// An Input is what a person did at a window.
type Input struct {
	Key     int // a character, in lower case, or one of the keys above
	Clicked bool
	Closed  bool
}

// Wait lets the window work for at least d, or until a key is pressed.
func (w *Window) Wait(d time.Duration) Input {
	in := Input{Key: w.window.WaitKey(max(int(d.Milliseconds()), 1))}
	in.Clicked, w.clicked = w.clicked, false
	in.Closed = w.window.GetWindowProperty(gocv.WindowPropertyVisible) < 1
	return in
}

// Close closes the window.
func (w *Window) Close() error { return w.window.Close() }

// display wants a display that answers: the window system's library knows no error, and ends the process.
func display() error {
	name := os.Getenv("DISPLAY")
	switch {
	case os.Getenv("WAYLAND_DISPLAY") != "":
		return nil
	case name == "":
		return errors.New("there is no display for a window: neither DISPLAY nor WAYLAND_DISPLAY is set")
	}
	host, number, ok := strings.Cut(name, ":")
	number, _, _ = strings.Cut(number, ".")
	n, err := strconv.ParseUint(number, 10, 16)
	if !ok || err != nil {
		return fmt.Errorf("there is no display %s", name)
	}
	network, address := "unix", fmt.Sprintf("/tmp/.X11-unix/X%d", n)
	if host != "" && host != "unix" && !strings.HasPrefix(host, "/") {
		network, address = "tcp", net.JoinHostPort(host, strconv.FormatUint(6000+n, 10))
	}
	c, err := net.DialTimeout(network, address, patience)
	if err != nil && network == "unix" {
		c, err = net.DialTimeout(network, "@"+address, patience)
	}
	if err != nil {
		return fmt.Errorf("there is no display %s: %w", name, err)
	}
	return c.Close()
}

const patience = 5 * time.Second // with a display in the network
