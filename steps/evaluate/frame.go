//go:build native

package evaluate

import (
	"context"
	"fmt"

	"snellen/steps/vision"
)

// JudgeFrame judges the areas of one frame, which must have the size that params say. It cuts the
// areas out, asks the model about all at once, and returns for each area a detection and its crop
// as a JPEG. The caller sets Frame and Seconds of the detections.
func JudgeFrame(
	ctx context.Context, f *vision.Frame, model Classifier, params Params,
) (detections []Detection, crops [][]byte, err error) {
	for _, a := range params.Areas {
		rect := params.At.Scaled(a.Rect, params.Width, params.Height)
		data, err := f.Crop(rect, params.Quality)
		if err != nil {
			return nil, nil, fmt.Errorf("area %s: %w", a.Name, err)
		}
		crops = append(crops, data)
	}
	probabilities, err := model.Classify(ctx, crops)
	if err != nil {
		return nil, nil, err
	}
	if len(probabilities) != len(crops) {
		return nil, nil, fmt.Errorf("the model answered for %d of %d areas",
			len(probabilities), len(crops))
	}
	for i, a := range params.Areas {
		d, err := newDetection(a, model.Classes(), probabilities[i])
		if err != nil {
			return nil, nil, fmt.Errorf("area %s: %w", a.Name, err)
		}
		detections = append(detections, d)
	}
	return detections, crops, nil
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
