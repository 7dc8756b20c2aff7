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

// A renderer draws judged pictures, one at a time, and records and saves what it drew. The
// goroutine that shows pictures uses it.
type renderer struct {
	params Params
	out    string // folder of saved pictures
	send   func(Event) error
	layout vision.Layout
	video  *recording // nil: nothing is recorded

	current judgedPicture
	status  []string
	canvas  *vision.Frame // current as drawn; nil before the first picture
}

func newRenderer(p Params, out string, send func(Event) error) *renderer {
	lines := 2 // of status
	if p.Window {
		lines = 3
	}
	layout := vision.NewLayout(p.Width, p.Height, widestMarks(p), lines)
	return &renderer{params: p, out: out, send: send, layout: layout}
}

// widestMarks returns the areas' marks with the longest texts that they can have.
func widestMarks(p Params) []vision.Mark {
	longest := ""
	for _, c := range p.Classes {
		if len(c) > len(longest) {
			longest = c
		}
	}
	var marks []vision.Mark
	for _, a := range p.Areas {
		// A wrong detection has the longest text. The space makes the labels differ.
		wrong := evaluate.Detection{Found: longest, Expected: a.Expect + " "}
		marks = append(marks, evaluate.NewMark(a, wrong, p.Confident))
	}
	return marks
}

// show draws a picture in place of the current one, and records it. The renderer closes the
// picture.
func (r *renderer) show(p judgedPicture, status []string) error {
	if r.current.frame != nil {
		r.current.frame.Close()
	}
	r.current = p
	if err := r.draw(status); err != nil {
		return err
	}
	if r.video == nil || p.still {
		return nil
	}
	return r.video.add(r.canvas, p.seconds)
}

// draw draws the current picture with that status below it.
func (r *renderer) draw(status []string) error {
	var marks []vision.Mark
	for i, d := range r.current.detections {
		marks = append(marks, evaluate.NewMark(r.params.Areas[i], d, r.params.Confident))
	}
	canvas, err := r.current.frame.Draw(marks, status, r.layout)
	if err != nil {
		return err
	}
	if r.canvas != nil {
		r.canvas.Close()
	}
	r.canvas, r.status = canvas, status
	return nil
}

// savedQuality is the JPEG quality of saved pictures.
const savedQuality = 90

// save writes the picture as it is drawn into a new file, reports it, and returns its path. The
// name is made of the time and the model.
func (r *renderer) save(now time.Time) (string, error) {
	data, err := r.canvas.JPEG(savedQuality)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(r.out, 0o777); err != nil {
		return "", err
	}
	name := now.Format("20060102-150405.000") + "-" + fileName(r.current.model)
	path := filepath.Join(r.out, name+".jpg")
	for n := 2; ; n++ { // two clicks in a millisecond get two names
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, os.ErrExist) {
			path = filepath.Join(r.out, fmt.Sprintf("%s-%d.jpg", name, n))
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(data)
		return path, errors.Join(err, f.Close(), r.send(Event{Saved: &Saved{path}}))
	}
}

// fileName returns a name with the characters replaced that a file name cannot have everywhere.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name)
}

// close frees the pictures and completes the recording.
func (r *renderer) close() error {
	var errs []error
	if r.current.frame != nil {
		errs = append(errs, r.current.frame.Close())
	}
	if r.canvas != nil {
		errs = append(errs, r.canvas.Close())
	}
	if r.video != nil {
		errs = append(errs, r.video.Close())
	}
	return errors.Join(errs...)
}
