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

const (
	tick  = 10 * time.Millisecond // between two looks for a new picture
	fresh = 3 * time.Second       // for how long news stand in the window
)

// inWindow shows what is judged in a window, on the main thread, until somebody has seen enough.
func (w *watching) inWindow(ctx context.Context) (err error) {
	width, height := w.shower.layout.Size()
	window, err := vision.OpenWindow(w.params.Title, width, height)
	if err != nil {
		return step.WithHint(err, "pass -headless, with -record FILE to see it later")
	}
	defer func() { err = errors.Join(err, window.Close()) }()
	for ctx.Err() == nil {
		select {
		case v, ok := <-w.judged:
			if !ok {
				return nil
			}
			if err := w.take(v); err != nil {
				return err
			}
		default:
			if !w.outdated() {
				break
			}
			if err := w.shower.draw(w.notes()); err != nil {
				return err
			}
		}
		if w.shower.canvas != nil {
			if err := window.Show(w.shower.canvas); err != nil {
				return err
			}
		}
		if done, err := w.react(window.Wait(tick)); done || err != nil {
			return err
		}
	}
	return nil
}

// outdated tells whether what stands below the picture is no longer true.
func (w *watching) outdated() bool {
	return w.shower.canvas != nil && !slices.Equal(w.shower.notes, w.notes())
}

// react does what a person asks for, and tells whether they have seen enough.
func (w *watching) react(in vision.Input) (enough bool, err error) {
	if in.Closed || in.Key == 'q' || in.Key == vision.Escape {
		return true, nil
	}
	if in.Clicked && w.shower.canvas != nil {
		path, err := w.shower.save(time.Now())
		if err != nil {
			return false, fmt.Errorf("save a picture: %w", err)
		}
		w.announce("saved " + filepath.Base(path))
	}
	switch n := len(w.params.Models); {
	case in.Key >= '1' && in.Key <= '9' && int(in.Key-'1') < n:
		w.choose(in.Key - '1')
	case in.Key == vision.Right && n > 0:
		w.choose((w.choice() + 1) % n)
	case in.Key == vision.Left && n > 0:
		w.choose((w.choice() + n - 1) % n)
	}
	return false, nil
}
