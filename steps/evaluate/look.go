//go:build native

package evaluate

import (
	"context"
	"fmt"

	"snellen/steps/vision"
)

// JudgeFrame judges the areas of one picture, which is of the size that params give: it cuts them out, asks the model about all of
// them at once, and gives a detection for each, in their order, and the crops as JPEG. Frame and Seconds are the caller's to set.
func JudgeFrame(ctx context.Context, f *vision.Frame, model Classifier, params Params) (detections []Detection, crops [][]byte, err error) {
	for _, a := range params.Areas {
		data, err := f.Crop(params.At.Scaled(a.Rect, params.Width, params.Height), params.Quality)
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
		return nil, nil, fmt.Errorf("the model answers for %d areas of %d", len(probabilities), len(crops))
	}
	for i, a := range params.Areas {
		d, err := judge(a, model.Classes(), probabilities[i])
		if err != nil {
			return nil, nil, fmt.Errorf("area %s: %w", a.Name, err)
		}
		detections = append(detections, d)
	}
	return detections, crops, nil
}

// NewMark is how a detection is drawn: cyan is right and sure, yellow right, red wrong.
func NewMark(a Area, d Detection, confident float64) vision.Mark {
	m := vision.Mark{Rect: a.Rect, Name: a.Name, Text: fmt.Sprintf("%s %.2f", d.Found, d.Probability)}
	switch d.Judge(confident) {
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
