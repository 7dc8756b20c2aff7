package evaluate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// A Classifier tells of pictures what they show.
type Classifier interface {
	// Classes are the labels, in the order of probabilities.
	Classes() []string
	// Classify gives for each JPEG a probability for each class. It may be called by one goroutine at a time.
	Classify(ctx context.Context, jpegs [][]byte) ([][]float64, error)
	Close() error
}

// A Previewer is a Classifier that can show what its network sees of a picture. Default: nothing is shown.
type Previewer interface {
	// Preview gives the network's input for a JPEG, as a JPEG.
	Preview(jpeg []byte) ([]byte, error)
}

// A Outcome is how an area was judged.
type Outcome int

// The verdicts, from the best.
const (
	Sure   Outcome = iota // the likeliest class is the expected one, and strictly over the threshold
	Unsure                // it is, and not over the threshold
	Wrong
)

// judge makes a detection of an area's probabilities. Of equal ones the first class is found.
func judge(area Area, classes []string, probabilities []float64) (Detection, error) {
	if len(probabilities) != len(classes) {
		return Detection{}, fmt.Errorf("%d probabilities for %d classes", len(probabilities), len(classes))
	}
	best := 0
	for i, p := range probabilities {
		if math.IsNaN(p) || p < 0 || p > 1.000001 {
			return Detection{}, fmt.Errorf("the model gives class %s the probability %g", classes[i], p)
		}
		if p > probabilities[best] {
			best = i
		}
	}
	return Detection{Area: area.Name, Expected: area.Expect, Found: classes[best], Probability: probabilities[best], Probabilities: probabilities}, nil
}

// Judge gives a detection's verdict under a threshold.
func (d Detection) Judge(confident float64) Outcome {
	switch {
	case d.Found != d.Expected:
		return Wrong
	case d.Probability > confident:
		return Sure
	}
	return Unsure
}

// Summarise counts the detections of each area, in the order of params. Classes are those that probabilities are of.
func Summarise(detections []Detection, classes []string, params Params) Summary {
	index := map[string]int{}
	for i, c := range classes {
		index[c] = i
	}
	all := map[string]*AreaSummary{}
	judged := map[string]int{}
	frames := map[int]bool{}
	right := 0
	for _, a := range params.Areas {
		all[a.Name] = &AreaSummary{Name: a.Name, Expect: a.Expect}
	}
	for _, d := range detections {
		s := all[d.Area]
		frames[d.Frame] = true
		judged[d.Area]++
		s.Mean += d.Probabilities[index[d.Expected]]
		switch d.Judge(params.Confident) {
		case Sure:
			s.Confident++
			fallthrough
		case Unsure:
			s.Rate++
			right++
		}
	}
	summary := Summary{Frames: len(frames), Areas: []AreaSummary{}, DetectionRate: share(float64(right), len(detections))}
	for _, a := range params.Areas {
		s, n := all[a.Name], judged[a.Name]
		s.Rate, s.Confident, s.Mean = share(s.Rate, n), share(s.Confident, n), share(s.Mean, n)
		summary.Areas = append(summary.Areas, *s)
	}
	return summary
}

// NewSeries orders the detections by area and frame. Those of one frame follow each other, one for each area of params.
func NewSeries(detections []Detection, classes []string, params Params) Series {
	s := Series{Classes: classes, Frames: []int{}, Seconds: []float64{}, Areas: []AreaSeries{}}
	at := map[string]int{} // classes and areas by name
	for i, c := range classes {
		at["class "+c] = i
	}
	for i, a := range params.Areas {
		at["area "+a.Name] = i
		s.Areas = append(s.Areas, AreaSeries{Name: a.Name, Expect: a.Expect, Found: []int{}, Probability: []float64{}, Expected: []float64{}})
	}
	for _, d := range detections {
		if n := len(s.Frames); n == 0 || s.Frames[n-1] != d.Frame {
			s.Frames, s.Seconds = append(s.Frames, d.Frame), append(s.Seconds, d.Seconds)
		}
		a := &s.Areas[at["area "+d.Area]]
		a.Found = append(a.Found, at["class "+d.Found])
		a.Probability = append(a.Probability, short(d.Probability))
		a.Expected = append(a.Expected, short(d.Probabilities[at["class "+d.Expected]]))
	}
	return s
}

// short is a probability to four decimals, which is more than a person sees in a line.
func short(p float64) float64 { return math.Round(p*1e4) / 1e4 }

// share is a part of n, to six decimals: sums of floats must not show in a report.
func share(part float64, n int) float64 {
	if n == 0 {
		return 0
	}
	return math.Round(part/float64(n)*1e6) / 1e6
}

// maxLine bounds a line of detections.jsonl, in bytes: thousands of classes.
const maxLine = 1 << 20

// ReadDetections reads detections.jsonl.
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
			return nil, fmt.Errorf("line %d: %w", len(list)+1, errors.New("no area, label or probabilities"))
		}
		list = append(list, d)
	}
	return list, lines.Err()
}
