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
	pictures "snellen/steps/picture"
	"snellen/steps/vision"
)

// A picture is a picture that was read.
type picture struct {
	frame   *vision.Frame
	number  int     // the sender's, or from 0, of the pictures read
	seconds float64 // in the video, or since the first picture of a camera or a sender
	rate    float64 // frames a second of the source; 0: unknown
	still   bool    // the last picture of a video, shown again: it does not count
}

// interval is the time between two attempts to open a lost camera, and between two deliveries of
// the last picture of a video, which lets another model judge it.
const interval = 250 * time.Millisecond

// A source reads pictures of a camera or a video, or takes those that are sent. It delivers them in
// the size that the areas refer to. One goroutine uses it.
type source struct {
	params  Params
	path    string       // of the video
	sent    chan Picture // holds the latest one that was sent until it is taken
	send    func(Event) error
	warn    func(string)                   // shows a warning to the person; "" removes it
	deliver func(context.Context, picture) // takes the frame over
	drop    func(number int, why error)    // reports a sent picture that cannot be judged

	camera *vision.Camera // nil: a video, or a lost camera
	rate   float64        // frames a second of the source; 0: unknown
	read   int            // pictures of the camera or the video
	began  time.Time      // when the first picture was read
}

// run reads until ctx ends, or until the end of a headless video.
func (s *source) run(ctx context.Context) error {
	switch {
	case s.params.Sent:
		return s.take(ctx)
	case s.params.Camera == "":
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
			if frame, err = s.reopen(ctx); err != nil {
				return err
			}
		}
		if err := s.add(ctx, frame, time.Since(s.began).Seconds()); err != nil {
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

// reopen waits until a lost camera returns pictures again, and returns the first. A camera that
// never returned one is an error.
func (s *source) reopen(ctx context.Context) (*vision.Frame, error) {
	s.close()
	if s.read == 0 {
		return nil, step.WithHint(fmt.Errorf("camera %s returns no picture", s.params.Camera),
			"name another by -camera, or a video by -video FILE")
	}
	lost := "camera " + s.params.Camera + " was lost; waiting for it"
	s.warn(lost)
	if err := s.send(Event{Lost: &Lost{lost}}); err != nil {
		return nil, err
	}
	for {
		if err := sleep(ctx, interval); err != nil {
			return nil, err
		}
		if err := s.open(ctx); err == nil {
			if frame := s.camera.Next(); frame != nil {
				s.warn("")
				return frame, s.sendOpened(frame, true)
			}
		}
		s.close()
	}
}

// sendOpened reports the first picture, or the first after the camera was lost.
func (s *source) sendOpened(frame *vision.Frame, again bool) error {
	w, h := frame.Size()
	return s.send(Event{Opened: &Opened{w, h, s.rate, again}})
}

// add scales a picture to the size that the areas refer to and delivers it. The frame is no longer
// the caller's.
func (s *source) add(ctx context.Context, frame *vision.Frame, seconds float64) error {
	if s.read == 0 {
		s.began = time.Now()
		if s.params.Camera != "" {
			seconds = 0
		}
		if err := s.sendOpened(frame, false); err != nil {
			return errors.Join(err, frame.Close())
		}
	}
	if err := s.fit(frame); err != nil {
		return errors.Join(err, frame.Close())
	}
	s.deliver(ctx, picture{frame: frame, number: s.read, seconds: seconds, rate: s.rate})
	s.read++
	return nil
}

// maxDistortion is by how much the aspect ratios of a picture and the evaluation's frame may
// differ.
const maxDistortion = 0.02

// fit scales a picture to the size of the evaluation's frame. Another aspect ratio is an error,
// because the areas would not be where the person placed them.
func (s *source) fit(frame *vision.Frame) error {
	w, h := frame.Size()
	p := s.params
	if w == p.Width && h == p.Height {
		return nil
	}
	ratio := float64(w) * float64(p.Height) / (float64(h) * float64(p.Width))
	if math.Abs(ratio-1) > maxDistortion {
		err := fmt.Errorf(
			"the picture is %dx%d, and the evaluation's frame, %dx%d, has another aspect ratio",
			w, h, p.Width, p.Height)
		return step.WithHint(err, fmt.Sprintf(
			"write frame { width = %d  height = %d }, and place the areas in it", w, h))
	}
	return frame.Scale(p.Width, p.Height)
}

// take delivers pictures that are sent until ctx ends.
func (s *source) take(ctx context.Context) error {
	for {
		select {
		case p := <-s.sent:
			frame, err := s.decode(p.JPEG)
			if err != nil {
				s.drop(p.Number, err)
				continue
			}
			if s.began.IsZero() {
				s.began = time.Now()
			}
			s.deliver(ctx, picture{frame: frame, number: p.Number,
				seconds: time.Since(s.began).Seconds()})
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// decode decodes a JPEG and scales it to the size that the areas refer to.
func (s *source) decode(jpeg []byte) (*vision.Frame, error) {
	whole, err := pictures.Whole(jpeg)
	if err != nil {
		return nil, err
	}
	frame, err := vision.Decode(whole)
	if err != nil {
		return nil, err
	}
	if err := s.fit(frame); err != nil {
		return nil, errors.Join(err, frame.Close())
	}
	return frame, nil
}

// play reads a video: in real time for a window, otherwise as fast as its pictures are judged. In a
// window the last picture stays until the person quits.
func (s *source) play(ctx context.Context) error {
	video, err := openVideo(ctx, s.path, s.params.Stream)
	if err != nil {
		return err
	}
	defer video.close()
	s.rate = video.rate
	var last *vision.Frame // a copy of the last delivered picture; nil without a window
	defer func() { last.Close() }()
	start := time.Now()
	for ctx.Err() == nil {
		frame, at, err := video.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if s.params.Window {
			due, err := s.awaitTurn(ctx, frame, at-time.Since(start).Seconds(), video.period())
			if err != nil {
				return errors.Join(err, frame.Close())
			}
			if !due {
				frame.Close()
				continue
			}
			last.Close()
			last = frame.Copy() // add takes the frame over
		}
		if err := s.add(ctx, frame, at); err != nil {
			return err
		}
	}
	if s.read == 0 && ctx.Err() == nil {
		return errors.New("the video has no pictures")
	}
	if last == nil {
		return ctx.Err()
	}
	return s.hold(ctx, last)
}

// awaitTurn waits until a picture of a video is to be shown, in so many seconds, and scales it. It
// reports false for a picture that is more than a period late, which is dropped. The first picture
// is always shown.
func (s *source) awaitTurn(
	ctx context.Context, frame *vision.Frame, seconds, period float64,
) (due bool, err error) {
	if -seconds > period && s.read > 0 {
		s.read++
		return false, nil
	}
	if err := sleep(ctx, time.Duration(seconds*float64(time.Second))); err != nil {
		return false, err
	}
	return true, s.fit(frame)
}

// hold delivers the last picture of a video again and again until ctx ends.
func (s *source) hold(ctx context.Context, last *vision.Frame) error {
	s.warn("the video has ended")
	for {
		if err := sleep(ctx, interval); err != nil {
			return err
		}
		s.deliver(ctx, picture{frame: last.Copy(), number: s.read - 1, still: true})
	}
}

// sleep returns after d, or earlier with ctx's error.
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
