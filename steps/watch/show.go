//go:build native

package watch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"snellen/steps/evaluate"
	"snellen/steps/vision"
)

// A shower draws views, and hands what it drew to the window and into the record.
type shower struct {
	params Params
	out    string // folder of saved pictures
	say    func(Event) error
	layout vision.Layout
	video  *recording // nil: nothing is recorded

	view   view
	notes  []string
	canvas *vision.Frame // the view as it was drawn; nil before the first
}

func newShower(p Params, out string, say func(Event) error) *shower {
	lines := 2 // of notes
	if p.Window {
		lines = 3
	}
	return &shower{params: p, out: out, say: say, layout: vision.NewLayout(p.Width, p.Height, widest(p), lines)}
}

// widest are the areas' marks with the longest texts that they can have.
func widest(p Params) []vision.Mark {
	longest := ""
	for _, c := range p.Classes {
		if len(c) > len(longest) {
			longest = c
		}
	}
	var marks []vision.Mark
	for _, a := range p.Areas {
		marks = append(marks, evaluate.NewMark(a, evaluate.Detection{Found: longest, Expected: a.Expect + " "}, p.Confident))
	}
	return marks
}

// take draws a view, which takes the place of the one before, and records it.
func (s *shower) take(v view, notes []string) error {
	if s.view.frame != nil {
		s.view.frame.Close()
	}
	s.view = v
	if err := s.draw(notes); err != nil {
		return err
	}
	if s.video == nil || v.still {
		return nil
	}
	return s.video.add(s.canvas, v)
}

// draw draws the view with these notes below.
func (s *shower) draw(notes []string) error {
	var marks []vision.Mark
	for i, d := range s.view.detections {
		marks = append(marks, evaluate.NewMark(s.params.Areas[i], d, s.params.Confident))
	}
	canvas, err := s.view.frame.Draw(marks, notes, s.layout)
	if err != nil {
		return err
	}
	if s.canvas != nil {
		s.canvas.Close()
	}
	s.canvas, s.notes = canvas, notes
	return nil
}

// savedQuality is that of saved pictures, as JPEG.
const savedQuality = 90

// save writes the picture as it is shown, and gives its path.
func (s *shower) save(now time.Time) (string, error) {
	data, err := s.canvas.JPEG(savedQuality)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(s.out, 0o777); err != nil {
		return "", err
	}
	name := now.Format("20060102-150405.000") + "-" + plain(s.view.model)
	path := filepath.Join(s.out, name+".jpg")
	for n := 2; ; n++ { // two clicks within a millisecond
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, os.ErrExist) {
			path = filepath.Join(s.out, fmt.Sprintf("%s-%d.jpg", name, n))
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(data)
		return path, errors.Join(err, f.Close(), s.say(Event{Saved: &Saved{path}}))
	}
}

// plain makes of a name a part of a file name.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name)
}

func (s *shower) close() error {
	var errs []error
	if s.view.frame != nil {
		errs = append(errs, s.view.frame.Close())
	}
	if s.canvas != nil {
		errs = append(errs, s.canvas.Close())
	}
	if s.video != nil {
		errs = append(errs, s.video.Close())
	}
	return errors.Join(errs...)
}
