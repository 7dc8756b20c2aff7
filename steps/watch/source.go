//go:build native

package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"snellen/engine/step"
	"snellen/steps/vision"
)

// A picture is one that was read.
type picture struct {
	frame   *vision.Frame
	number  int     // from 0, of those that were read
	seconds float64 // in the video, or since the camera's first picture
	rate    float64 // frames a second that the source says to have; 0: it does not
	still   bool    // the last one of a video that has ended, shown once more: it does not count
}

// again is how long a lost camera is left alone before it is looked for once more, and how often the last picture of a video
// is shown, so that another model can judge it.
const again = 250 * time.Millisecond

// A source gives pictures of the size that the areas are placed in.
type source struct {
	params Params
	path   string // of the video
	say    func(Event) error
	note   func(string) // what the person shall know of it; "": nothing
	put    func(context.Context, picture)

	camera  *vision.Camera // nil: a video, or one that is lost
	rate    float64        // frames a second that the source says to have; 0: it does not
	read    int
	dropped int       // by the source itself, since a video went on
	began   time.Time // of the first picture
}

// run reads until ctx ends, or until a video ends that nobody looks at.
func (s *source) run(ctx context.Context) error {
	if s.params.Camera == "" {
		return s.play(ctx)
	}
	defer s.close()
	if err := s.open(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		frame := s.camera.Next()
		if frame == nil {
			var err error
			if frame, err = s.recover(ctx); err != nil {
				return err
			}
		}
		if err := s.deliver(ctx, frame, time.Since(s.began).Seconds()); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *source) open(ctx context.Context) (err error) {
	p := s.params
	if s.camera, err = vision.OpenCamera(ctx, p.Camera, p.Width, p.Height); err == nil {
		s.rate = s.camera.Rate()
	}
	return err
}

func (s *source) close() {
	if s.camera != nil {
		s.camera.Close()
		s.camera = nil
	}
}

// recover waits until a lost camera is there again, and returns its first picture.
func (s *source) recover(ctx context.Context) (*vision.Frame, error) {
	s.close()
	if s.read == 0 {
		return nil, step.WithHint(fmt.Errorf("camera %s gives no picture", s.params.Camera), "name another by -camera, or a video by -video FILE")
	}
	lost := "camera " + s.params.Camera + " is lost, and waited for"
	s.note(lost)
	if err := s.say(Event{Lost: &Lost{lost}}); err != nil {
		return nil, err
	}
	for {
		if err := sleep(ctx, again); err != nil {
			return nil, err
		}
		if err := s.open(ctx); err == nil {
			if frame := s.camera.Next(); frame != nil {
				s.note("")
				return frame, s.opened(frame, true)
			}
		}
		s.close()
	}
}

// opened says that there is a picture.
func (s *source) opened(frame *vision.Frame, again bool) error {
	w, h := frame.Size()
	return s.say(Event{Opened: &Opened{w, h, s.rate, again}})
}

// deliver hands on a picture, in the size that the areas are placed in. It is no longer the caller's.
func (s *source) deliver(ctx context.Context, frame *vision.Frame, seconds float64) error {
	if s.read == 0 {
		s.began = time.Now()
		if s.params.Camera != "" {
			seconds = 0
		}
		if err := s.opened(frame, false); err != nil {
			return errors.Join(err, frame.Close())
		}
	}
	if err := s.fit(frame); err != nil {
		return errors.Join(err, frame.Close())
	}
	s.put(ctx, picture{frame: frame, number: s.read, seconds: seconds, rate: s.rate})
	s.read++
	return nil
}

// fit scales a picture of another size, where it has the same shape.
func (s *source) fit(frame *vision.Frame) error {
	w, h := frame.Size()
	p := s.params
	if w == p.Width && h == p.Height {
		return nil
	}
	if math.Abs(float64(w)*float64(p.Height)/(float64(h)*float64(p.Width))-1) > 0.02 {
		return step.WithHint(fmt.Errorf("the picture is %dx%d, of another shape than the frame of the evaluation, %dx%d", w, h, p.Width, p.Height),
			fmt.Sprintf("write frame { width = %d  height = %d }, and place the areas in it", w, h))
	}
	return frame.Scale(p.Width, p.Height)
}

// play reads a video: in its own time where somebody looks, else as fast as its pictures are judged.
func (s *source) play(ctx context.Context) error {
	film, err := openFilm(ctx, s.path, s.params.Stream)
	if err != nil {
		return err
	}
	defer film.close()
	s.rate = film.rate
	var last *vision.Frame // that was shown; of a video that nobody looks at none is kept
	defer func() { last.Close() }()
	start := time.Now()
	for ctx.Err() == nil {
		frame, at, err := film.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if s.params.Window {
			late := time.Since(start).Seconds() - at
			if late > film.period() && s.read > 0 {
				s.read, s.dropped = s.read+1, s.dropped+1
				frame.Close()
				continue
			}
			if err := sleep(ctx, time.Duration(-late*float64(time.Second))); err != nil {
				return errors.Join(err, frame.Close())
			}
			if err := s.fit(frame); err != nil {
				return errors.Join(err, frame.Close())
			}
			last.Close()
			last = frame.Copy() // deliver gives the picture away
		}
		if err := s.deliver(ctx, frame, at); err != nil {
			return err
		}
	}
	if s.read == 0 && ctx.Err() == nil {
		return errors.New("the video has no picture")
	}
	if last == nil {
		return ctx.Err()
	}
	return s.hold(ctx, last)
}

// hold goes on showing the last picture of a video, until somebody has seen enough.
func (s *source) hold(ctx context.Context, last *vision.Frame) error {
	s.note("the video has ended")
	for {
		if err := sleep(ctx, again); err != nil {
			return err
		}
		s.put(ctx, picture{frame: last.Copy(), number: s.read - 1, still: true})
	}
}

// sleep returns after d, or with ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
