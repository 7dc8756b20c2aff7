// Package demo draws the demo's footage: products turned by hand in front of a camera, one video
// for each label, and shelves on which the same products stand smaller and in other light. Nothing
// is filmed and nothing is downloaded. Meshes, prints, hands and rooms are made here, and all that
// is random comes from a seed, so the same seed draws the same frames.
//
// The flow: a design prints a product's faces once and folds them to a body (designs.go, prints.go,
// body.go). A scene (product.go, shelf.go) poses bodies for each moment of the exposure, the stage
// (stage.go) draws them with a depth buffer and adds up the moments, the sensor (sensor.go) turns
// that light into a frame with blur, noise and colour as a camera has them, and ffmpeg encodes the
// frames (encoder.go).
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

// Spec returns the demo's spec. It expects the videos in the folder footage beside it, where Render
// writes them.
func Spec() string { return spec }

// Render draws the demo's videos into dir/footage. The folder dir must exist; footage is created if
// needed. It calls report from any goroutine, with the video of the frame just drawn, and the
// frames drawn and to draw in all videos. Each video appears whole or not at all. When ctx is done,
// Render stops and returns its cause.
func Render(
	ctx context.Context, dir string, seed int64, report func(video string, done, total int),
) error {
	return render(ctx, filepath.Join(dir, "footage"), seed, defaultFormat, report)
}

// A format says how much is drawn.
type format struct {
	width, height int // pixels
	rate          int // frames a second
	frames        int // in a label's video
	places        int // in which the products are filmed

	camera [2]int // width and height of a shelf's video, in pixels
	shelf  int    // frames in a shelf's video
}

// defaultFormat is the format of the demo's spec: its largest resolution and its evaluations' frames
// have these sizes.
var defaultFormat = format{
	width: 640, height: 480, rate: 20, frames: 160, places: 6,
	camera: [2]int{1280, 720}, shelf: 32,
}

// A video is one file before it is drawn.
type video struct {
	name     string
	size     [2]int // width and height in pixels
	frames   int
	newScene func() scene
}

// A scene draws the frames of one video, in order.
type scene interface {
	// frame draws the frame of that number, in yuv420p; the bytes live until the next call.
	frame(n int) []byte
}

// videos returns all videos, the shelves first.
func videos(seed int64, f format) []video {
	var list []video
	for i := range shelves {
		sh := &shelves[i]
		list = append(list, video{"shelf_" + sh.name, f.camera, f.shelf,
			func() scene { return newShelfScene(seed, sh, f) }})
	}
	places := newPlaces(seed, f.places)
	for i := range designs {
		d := &designs[i]
		list = append(list, video{d.label, [2]int{f.width, f.height}, f.frames,
			func() scene { return newProductScene(seed, d, places, f) }})
	}
	return list
}

// render draws all videos, with as many workers as there are cores. The first error stops the
// others.
func render(
	ctx context.Context, dir string, seed int64, f format,
	report func(video string, done, total int),
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := videos(seed, f)
	pending := make(chan video, len(queue))
	for _, one := range queue {
		pending <- one
	}
	close(pending)
	counter := newProgressCounter(queue, report)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for one := range pending {
				if ctx.Err() != nil {
					return
				}
				if err := renderVideo(ctx, filepath.Join(dir, one.name+".mp4"), one, f,
					counter); err != nil {
					cancel(fmt.Errorf("draw %s: %w", one.name, err))
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// A progressCounter counts the frames of all videos.
type progressCounter struct {
	mu          sync.Mutex
	done, total int
	report      func(video string, done, total int)
}

// newProgressCounter returns a counter for all frames of the queue.
func newProgressCounter(
	queue []video, report func(video string, done, total int),
) *progressCounter {
	c := &progressCounter{report: report}
	for _, one := range queue {
		c.total += one.frames
	}
	return c
}

// frameDone counts a frame and reports it. It may be called from any goroutine.
func (c *progressCounter) frameDone(video string) {
	c.mu.Lock()
	c.done++
	done := c.done
	c.mu.Unlock()
	c.report(video, done, c.total)
}
