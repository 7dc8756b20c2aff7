//go:build native

package evaluate

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"snellen/steps/vision"
)

// JudgeFrames judges the areas of frames, which must have the size that params say. It cuts the
// areas out, asks the model about all at once, and returns a detection for each area of each frame.
// The caller sets Frame and Seconds of the detections.
func JudgeFrames(
	ctx context.Context, frames []*vision.Frame, model Classifier, params Params,
) ([][]Detection, error) {
	of := make([][][]byte, len(frames))
	var all errgroup.Group
	all.SetLimit(max(1, params.Threads))
	for i, f := range frames {
		all.Go(func() (err error) {
			of[i], err = params.cut(f)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	probabilities, err := ask(ctx, model, slices.Concat(of...))
	if err != nil {
		return nil, err
	}
	var judged [][]Detection
	for _, crops := range of {
		list, err := params.detections(model.Classes(), probabilities)
		if err != nil {
			return nil, err
		}
		judged, probabilities = append(judged, list), probabilities[len(crops):]
	}
	return judged, nil
}

// scale scales a frame to the size in which its areas are cut. A nil size leaves it as it is.
func (s *Size) scale(f *vision.Frame) error {
	if s == nil {
		return nil
	}
	return f.Scale(s.Width, s.Height)
}

// cut returns each area of a frame as a JPEG.
func (p Params) cut(f *vision.Frame) (crops [][]byte, err error) {
	for _, a := range p.Areas {
		data, err := f.Crop(p.At.Scaled(a.Rect, p.Width, p.Height), p.Quality)
		if err != nil {
			return nil, fmt.Errorf("area %s: %w", a.Name, err)
		}
		crops = append(crops, data)
	}
	return crops, nil
}

// ask returns a model's answer about each picture.
func ask(ctx context.Context, model Classifier, jpegs [][]byte) ([][]float64, error) {
	probabilities, err := model.Classify(ctx, jpegs)
	if err != nil {
		return nil, err
	}
	if len(probabilities) != len(jpegs) {
		return nil, fmt.Errorf("the model answered for %d of %d areas", len(probabilities),
			len(jpegs))
	}
	return probabilities, nil
}

// detections returns what was found in each area of a frame.
func (p Params) detections(classes []string, probabilities [][]float64) ([]Detection, error) {
	var list []Detection
	for i, a := range p.Areas {
		d, err := newDetection(a, classes, probabilities[i])
		if err != nil {
			return nil, fmt.Errorf("area %s: %w", a.Name, err)
		}
		list = append(list, d)
	}
	return list, nil
}

// NewMark returns how a detection is drawn under a threshold: cyan if it is right and over the
// threshold, yellow if it is right, red if it is wrong.
func NewMark(a Area, d Detection, threshold float64) vision.Mark {
	text := fmt.Sprintf("%s %.2f", d.Found, d.Probability)
	m := vision.Mark{Rect: a.Rect, Name: a.Name, Text: text}
	switch d.Outcome(threshold) {
	case Sure:
		m.Colour = vision.Cyan
	case Unsure:
		m.Colour = vision.Yellow
	default:
		m.Colour = vision.Red
		m.Text += ", not " + d.Expected
	}
	return m
}
