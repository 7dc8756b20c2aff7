//go:build native

package watch

import (
	"context"
	"errors"
	"fmt"
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
	say    func(Said) error
	note   func(string) // what the person shall know of it; "": nothing
	put    func(context.Context, picture)

	video   *vision.Video
	read    int
	dropped int       // by the source itself, since a video went on
	began   time.Time // of the first picture
}

// run reads until ctx ends, or until a video ends that nobody looks at.
func (s *source) run(ctx context.Context) error {
	defer s.close()
	if err := s.open(ctx); err != nil {
		return err
	}
	if s.params.Camera == "" {
		return s.play(ctx)
	}
	for ctx.Err() == nil {
		if !s.video.Next() {
			if err := s.recover(ctx); err != nil {
				return err
			}
			continue
		}
		if err := s.deliver(ctx, time.Since(s.began).Seconds()); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *source) open(ctx context.Context) (err error) {
	p := s.params
	if p.Camera != "" {
		s.video, err = vision.OpenCamera(ctx, p.Camera, p.Width, p.Height)
	} else {
		s.video, err = vision.OpenVideo(s.path)
	}
	return err
}

func (s *source) close() {
	if s.video != nil {
		s.video.Close()
		s.video = nil
	}
}

// recover waits until a lost camera is there again.
func (s *source) recover(ctx context.Context) error {
	s.close()
	if s.read == 0 {
		return step.WithHint(fmt.Errorf("camera %s gives no picture", s.params.Camera), "name another by -camera, or a video by -video FILE")
	}
	lost := "camera " + s.params.Camera + " is lost, and waited for"
	s.note(lost)
	if err := s.say(Said{Lost: &Lost{lost}}); err != nil {
		return err
	}
	for {
		if err := sleep(ctx, again); err != nil {
			return err
		}
		if err := s.open(ctx); err == nil && s.video.Next() {
			break
		}
		s.close()
	}
	s.note("")
	if err := s.opened(true); err != nil {
		return err
	}
	return s.deliver(ctx, time.Since(s.began).Seconds())
}

// opened says that there is a picture.
func (s *source) opened(again bool) error {
	w, h := s.video.Size()
	return s.say(Said{Opened: &Opened{w, h, s.video.Rate(), again}})
}

// deliver hands on the present picture, in the size that the areas are placed in.
func (s *source) deliver(ctx context.Context, seconds float64) error {
	if s.read == 0 {
		s.began = time.Now()
		if s.params.Camera != "" {
			seconds = 0
		}
		if err := s.opened(false); err != nil {
			return err
		}
	}
	if err := s.fit(); err != nil {
		return err
	}
	s.put(ctx, picture{frame: s.video.Take(), number: s.read, seconds: seconds, rate: s.video.Rate()})
	s.read++
	return nil
}

// fit scales a picture of another size, where it has the same shape.
func (s *source) fit() error {
	w, h := s.video.Size()
	p := s.params
	if w == p.Width && h == p.Height {
		return nil
	}
	if math.Abs(float64(w)*float64(p.Height)/(float64(h)*float64(p.Width))-1) > 0.02 {
		return step.WithHint(fmt.Errorf("the picture is %dx%d, of another shape than the frame of the evaluation, %dx%d", w, h, p.Width, p.Height),
			fmt.Sprintf("write frame { width = %d  height = %d }, and place the areas in it", w, h))
	}
	return s.video.Scale(p.Width, p.Height)
}

// play reads a video: in its own time where somebody looks, else as fast as its pictures are judged.
func (s *source) play(ctx context.Context) error {
	start, period := time.Now(), s.period()
	at := -period
	var last *vision.Frame
	for s.video.Next() && ctx.Err() == nil {
		at = s.after(at)
		if s.params.Window {
			late := time.Since(start).Seconds() - at
			if late > period && s.read > 0 {
				s.read, s.dropped = s.read+1, s.dropped+1
				continue
			}
			if err := sleep(ctx, time.Duration(-late*float64(time.Second))); err != nil {
				return err
			}
			if err := s.fit(); err != nil {
				return err
			}
			if last != nil {
				last.Close()
			}
			last = s.video.Copy() // deliver gives the picture away
		}
		if err := s.deliver(ctx, at); err != nil {
			return err
		}
	}
	if s.read == 0 && ctx.Err() == nil {
		return errors.New("the video has no picture")
	}
	if last == nil {
		return ctx.Err()
	}
	defer last.Close()
	return s.hold(ctx, last)
}

// after is the time of the present picture, which follows one at that time. Of pictures that a decoder held back to the
// video's end OpenCV tells none.
func (s *source) after(before float64) float64 {
	if at := s.video.Seconds(); at > before {
		return at
	}
	return before + s.period()
}

// period is from one picture to the next, in seconds.
func (s *source) period() float64 {
	rate := s.video.Rate()
	if rate == 0 {
		rate = usualRate
	}
	return 1 / rate
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
