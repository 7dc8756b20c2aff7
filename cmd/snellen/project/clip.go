package project

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sort"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/evaluate"
	"snellen/steps/picture"
	"snellen/steps/video"
)

// A Clip is a video or stills whose frames can be shown. A still's time is its number, as evaluate
// has it.
type Clip struct {
	Name   string            // in messages
	Video  string            // path; "": it has stills
	Stills []string          // paths
	Quick  *video.QuickProbe // of the video, with its length and rate; nil: it has stills
	Frame  evaluate.Size     // of its frames as shown; that of the first still
}

// Glance looks at a video or a picture that no spec need name, within maxLook. stream names the
// stream of a video; nil: as ffmpeg chooses. The error names the file.
func Glance(ctx context.Context, path string, stream *int) (Clip, error) {
	if header, err := picture.ReadHeader(path); err == nil {
		c := Clip{Name: path, Stills: []string{path}}
		c.Frame.Width, c.Frame.Height = header.Shown()
		return c, nil
	}
	quick, err := lookAt(ctx, source{path: path, stream: stream})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = fmt.Errorf("looking at it took more than %s", maxLook)
	}
	if err != nil {
		return Clip{}, fmt.Errorf("%s: %w", path, err)
	}
	c := Clip{Name: path, Video: path, Quick: quick}
	c.Frame.Width, c.Frame.Height = quick.Reading.DisplaySize()
	return c, nil
}

// GlanceAt looks at what the camera of an evaluation saw, as Glance does.
func GlanceAt(ctx context.Context, e specs.Evaluation) (Clip, error) {
	if len(e.Stills) == 0 {
		return Glance(ctx, e.Video, e.Stream)
	}
	header, err := picture.ReadHeader(e.Stills[0])
	if err != nil {
		return Clip{}, fmt.Errorf("%s: %w", picture.ShownPath(e.Stills[0]), err)
	}
	c := Clip{Name: e.Name, Stills: e.Stills}
	c.Frame.Width, c.Frame.Height = header.Shown()
	return c, nil
}

// frameAt returns the index of the frame that is shown at a time in seconds.
func (c Clip) frameAt(seconds float64) (int, error) {
	switch q := c.Quick; {
	case q == nil && seconds >= float64(len(c.Stills)):
		return 0, step.WithHint(fmt.Errorf("%s has %s, and none at %g", c.Name,
			count(len(c.Stills), "still"), seconds), "pass a smaller -at: stills count from 0")
	case q == nil:
		return int(seconds), nil
	case q.Length > 0 && seconds > q.Length:
		return 0, step.WithHint(fmt.Errorf("%s has %.1f s, and no frame at %g s", c.Video,
			q.Length, seconds), "pass a smaller -at")
	case len(q.Seconds) == 0:
		return int(min(seconds*q.Rate, math.MaxInt32)), nil
	default:
		after := sort.Search(len(q.Seconds), func(i int) bool { return q.Seconds[i] > seconds })
		return max(after-1, 0), nil
	}
}

// shown says to a step which frame is meant.
func (c Clip) shown(frame int) evaluate.Shown {
	if c.Quick == nil {
		return evaluate.Shown{}
	}
	return evaluate.Shown{Reading: c.Quick.Reading, Frame: frame}
}

// A Chart says what is cut out of a clip's frame.
type Chart struct {
	Seconds float64         // when the frame is shown
	Frame   evaluate.Size   // that it is scaled to; zero: its own
	Side    int             // of frame.jpg, at most as wide; 0: as wide as Frame
	Sizes   []evaluate.Size // of resolutions
	Quality int             // of the crops as JPEG, 0 to 100
	Rects   [][4]int        // areas: x, y, width, height in pixels of Frame
}

// Chart writes a frame of a clip as frame.jpg into an existing folder, and below it areas of the
// frame at several sizes, as judging cuts them out of a frame of that size: chart/3-0.jpg is area 3
// at size 0. An area that leaves the frame is left out.
func (d *AreaDrawer) Chart(ctx context.Context, c Clip, chart Chart, dir string) error {
	if !(chart.Seconds >= 0) {
		return errors.New("the time of a frame must be 0 or more")
	}
	frame, err := c.frameAt(chart.Seconds)
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	return d.run(ctx, evaluate.Chart, c, frame, evaluate.ChartParams{Shown: c.shown(frame),
		Width: chart.Frame.Width, Height: chart.Frame.Height, Side: chart.Side,
		Sizes: chart.Sizes, Quality: chart.Quality, Rects: chart.Rects}, dir)
}
