package evaluate

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// A Detection is what a model found in one area of one frame: a line of detections.jsonl.
type Detection struct {
	Frame         int       `json:"frame"`   // index in the video
	Seconds       float64   `json:"seconds"` // when the frame is shown
	Area          string    `json:"area"`
	Expected      string    `json:"expected"`
	Found         string    `json:"found"`         // the likeliest class
	Probability   float64   `json:"probability"`   // of Found
	Probabilities []float64 `json:"probabilities"` // in class order
}

// An Outcome says how well a detection agrees with the expected label.
type Outcome int

// The outcomes, from the best.
const (
	Sure   Outcome = iota // the expected class was found, with a probability over the threshold
	Unsure                // the expected class was found, with a lower probability
	Wrong                 // another class was found
)

// newDetection returns the detection of an area with these probabilities, without Frame and
// Seconds. Of several likeliest classes it finds the first. An error means that the model is
// broken.
func newDetection(area Area, classes []string, probabilities []float64) (Detection, error) {
	if len(probabilities) != len(classes) {
		return Detection{}, fmt.Errorf("the model returned %d probabilities for %d classes",
			len(probabilities), len(classes))
	}
	best := 0
	for i, p := range probabilities {
		if math.IsNaN(p) || p < 0 || p > 1.000001 { // softmax in 32 bits may exceed 1
			return Detection{}, fmt.Errorf("the model returned the probability %g for class %s",
				p, classes[i])
		}
		if p > probabilities[best] {
			best = i
		}
	}
	return Detection{
		Area: area.Name, Expected: area.Expect,
		Found: classes[best], Probability: probabilities[best], Probabilities: probabilities,
	}, nil
}

// Outcome returns the outcome under a threshold, which a probability must exceed.
func (d Detection) Outcome(threshold float64) Outcome {
	switch {
	case d.Found != d.Expected:
		return Wrong
	case d.Probability > threshold:
		return Sure
	}
	return Unsure
}

// maxLine bounds a line of detections.jsonl, in bytes. It leaves room for thousands of classes.
const maxLine = 1 << 20

// ReadDetections parses detections.jsonl. The error names the line.
func ReadDetections(r io.Reader) ([]Detection, error) {
	var list []Detection
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var d Detection
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(list)+1, err)
		}
		if d.Area == "" || d.Found == "" || len(d.Probabilities) == 0 {
			err := errors.New("area, found or probabilities are missing")
			return nil, fmt.Errorf("line %d: %w", len(list)+1, err)
		}
		list = append(list, d)
	}
	return list, lines.Err()
}
