// Package demo draws the demo's footage: products turned by hand before a camera, one video a label, and a shelf on which
// those same products stand smaller and lit otherwise. Nothing is filmed and nothing is downloaded: meshes, labels, hands
// and rooms are made here, and all that is random comes from a seed, so the same seed gives the same bytes.
//
// The flow: a design paints a product's faces once (designs.go). A film (film.go, shelf.go) poses bodies for each moment
// of the exposure, the stage (stage.go) draws them with a depth buffer and adds the moments up, the sensor (sensor.go)
// makes of that light a frame with blur, noise and colour as a camera has them, and ffmpeg packs the frames (encode.go).
package demo

import (
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
)

//go:embed demo.hcl
var spec string

// Spec gives the demo's spec, to be written beside the folder footage that Render fills.
func Spec() string { return spec }

// Render draws the demo's videos into the folder footage of dir, which must be there; footage may be there. Progress is told
// in frames of all videos, with the name of the one just drawn, from any goroutine. Each video appears whole or not at all.
func Render(ctx context.Context, dir string, seed int64, tell func(video string, done, total int)) error {
	return render(ctx, filepath.Join(dir, "footage"), seed, defaultFormat, tell)
}

// A format is how much is drawn.
type format struct {
	width, height int // pixels
	rate          int // frames a second
	frames        int // of a label's video
	shelf         int // frames of the shelf's
	places        int // that the labels are filmed in
}

var defaultFormat = format{width: 640, height: 480, rate: 20, frames: 160, shelf: 96, places: 6}

// A film is one video before it is drawn.
type video struct {
	name     string
	frames   int
	newScene func() scene
}

// A scene draws one frame after the other.
type scene interface {
	// frame draws the frame of that number, in yuv420p; the bytes live until the next call.
	frame(n int) []byte
}

func videos(seed int64, f format) []video {
	list := []video{{"shelf", f.shelf, func() scene { return newShelfScene(seed, f) }}}
	places := newPlaces(seed, f.places)
	for i := range designs {
		d := &designs[i]
		list = append(list, video{d.label, f.frames, func() scene { return newProductScene(seed, d, places, f) }})
	}
	return list
}

func render(ctx context.Context, dir string, seed int64, f format, tell func(video string, done, total int)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := videos(seed, f)
	todo := make(chan video, len(queue))
	for _, one := range queue {
		todo <- one
	}
	close(todo)
	told := newProgressCounter(queue, tell)
	var crew sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		crew.Go(func() {
			for one := range todo {
				if ctx.Err() != nil {
					return
				}
				if err := renderVideo(ctx, filepath.Join(dir, one.name+".mp4"), one, f, told); err != nil {
					cancel(fmt.Errorf("draw %s: %w", one.name, err))
				}
			}
		})
	}
	crew.Wait()
	return context.Cause(ctx)
}

// A count adds up the frames of all videos.
type progressCounter struct {
	mu          sync.Mutex
	done, total int
	report      func(video string, done, total int)
}

func newProgressCounter(queue []video, tell func(video string, done, total int)) *progressCounter {
	c := &progressCounter{report: tell}
	for _, one := range queue {
		c.total += one.frames
	}
	return c
}

func (c *progressCounter) frameDone(video string) {
	c.mu.Lock()
	c.done++
	done := c.done
	c.mu.Unlock()
	c.report(video, done, c.total)
}
