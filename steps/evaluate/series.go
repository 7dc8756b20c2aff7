package evaluate

import "math"

// Series is series.json: every detection, over time. Its lists have one entry for each judged
// frame.
type Series struct {
	Classes []string     `json:"classes"`
	Frames  []int        `json:"frames"`  // index in the video
	Seconds []float64    `json:"seconds"` // when the frame is shown
	Areas   []AreaSeries `json:"areas"`   // in the order of Params
}

// AreaSeries is one area's part of a Series. Probabilities have four decimals.
type AreaSeries struct {
	Name        string    `json:"name"`
	Expect      string    `json:"expect"`
	Found       []int     `json:"found"`       // index in Classes of the likeliest class
	Probability []float64 `json:"probability"` // of Found
	Expected    []float64 `json:"expected"`    // probability of the expected class
}

// NewSeries returns the detections as a Series. They must be in the order of frames, and for each
// frame in the order of the areas in params.
func NewSeries(detections []Detection, classes []string, params Params) Series {
	s := Series{Classes: classes, Frames: []int{}, Seconds: []float64{}, Areas: []AreaSeries{}}
	class := indices(classes)
	area := map[string]int{}
	for i, a := range params.Areas {
		area[a.Name] = i
		s.Areas = append(s.Areas, AreaSeries{
			Name: a.Name, Expect: a.Expect,
			Found: []int{}, Probability: []float64{}, Expected: []float64{}, // no null in JSON
		})
	}
	for _, d := range detections {
		if n := len(s.Frames); n == 0 || s.Frames[n-1] != d.Frame {
			s.Frames, s.Seconds = append(s.Frames, d.Frame), append(s.Seconds, d.Seconds)
		}
		a := &s.Areas[area[d.Area]]
		a.Found = append(a.Found, class[d.Found])
		a.Probability = append(a.Probability, round4(d.Probability))
		a.Expected = append(a.Expected, round4(d.Probabilities[class[d.Expected]]))
	}
	return s
}

// round4 rounds a probability to four decimals, which is more than a person sees in a line.
func round4(p float64) float64 { return math.Round(p*1e4) / 1e4 }
