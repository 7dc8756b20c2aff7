//go:build native

package watch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"snellen/engine/step"
	"snellen/steps/vision"
)

// tick is how long the window waits for a key before it checks for a new picture.
const tick = 10 * time.Millisecond

// showInWindow shows judged pictures until the person quits, the pictures end or ctx does. It must
// be called on the main thread.
func (s *session) showInWindow(ctx context.Context) (err error) {
	width, height := s.renderer.layout.Size()
	window, err := vision.OpenWindow(s.params.Title, width, height)
	if err != nil {
		return step.WithHint(err, "pass -headless, with -record FILE to see it later")
	}
	defer func() { err = errors.Join(err, window.Close()) }()
	for ctx.Err() == nil {
		ended, err := s.redraw()
		if ended || err != nil {
			return err
		}
		if s.renderer.canvas != nil {
			if err := window.Show(s.renderer.canvas); err != nil {
				return err
			}
		}
		if quit, err := s.handle(window.Wait(tick)); quit || err != nil {
			return err
		}
	}
	return nil
}

// redraw draws the next judged picture if there is one, or else the status if it changed. It
// reports whether the pictures have ended.
func (s *session) redraw() (ended bool, err error) {
	select {
	case p, ok := <-s.judged:
		if !ok {
			return true, nil
		}
		return false, s.render(p)
	default:
	}
	if s.renderer.canvas == nil {
		return false, nil
	}
	if status := s.status(); !slices.Equal(s.renderer.status, status) {
		return false, s.renderer.draw(status)
	}
	return false, nil
}

// handle does what a person asked for, and reports whether they quit.
func (s *session) handle(in vision.Input) (quit bool, err error) {
	if in.Closed || in.Key == 'q' || in.Key == vision.Escape {
		return true, nil
	}
	if in.Clicked && s.renderer.canvas != nil {
		path, err := s.renderer.save(time.Now())
		if err != nil {
			return false, fmt.Errorf("save a picture: %w", err)
		}
		s.notify("saved " + filepath.Base(path))
	}
	switch n := len(s.params.Models); {
	case in.Key >= '1' && in.Key <= '9' && int(in.Key-'1') < n:
		s.selectModel(in.Key - '1')
	case in.Key == vision.Right && n > 0:
		s.selectModel((s.selectedModel() + 1) % n)
	case in.Key == vision.Left && n > 0:
		s.selectModel((s.selectedModel() + n - 1) % n)
	}
	return false, nil
}
