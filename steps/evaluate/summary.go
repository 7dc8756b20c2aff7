package evaluate

import "math"

// Summary is summary.json.
type Summary struct {
	Frames        int           `json:"frames"`         // judged
	DetectionRate float64       `json:"detection_rate"` // share of detections that are right
	Areas         []AreaSummary `json:"areas"`          // in the order of Params
}

// AreaSummary is one area's part of a Summary. Its numbers are shares of the judged frames.
type AreaSummary struct {
	Name      string  `json:"name"`
	Expect    string  `json:"expect"`
	Rate      float64 `json:"detection_rate"`   // the expected class was found
	Confident float64 `json:"confident_rate"`   // it was found, over the threshold
	Mean      float64 `json:"mean_probability"` // of the expected class

	// Group is the place of the first of the near-duplicates that a whole picture belongs to,
	// counted from 1: together they are one sample. 0: it is a sample of its own.
	Group int `json:"group,omitempty"`
}

// Summarise summarises the detections of each area of params. The probabilities of the detections
// are in the order of classes.
func Summarise(detections []Detection, classes []string, params Params) Summary {
	index := indices(classes)
	frames := map[int]bool{}
	areas := map[string]*AreaSummary{} // sums, until they are divided
	judged := map[string]int{}         // frames of each area
	right := 0
	for _, a := range params.Areas {
		areas[a.Name] = &AreaSummary{Name: a.Name, Expect: a.Expect}
	}
	for _, d := range detections {
		s := areas[d.Area]
		frames[d.Frame] = true
		judged[d.Area]++
		s.Mean += d.Probabilities[index[d.Expected]]
		switch d.Outcome(params.Confident) {
		case Sure:
			s.Confident++
			fallthrough
		case Unsure:
			s.Rate++
			right++
		}
	}
	summary := Summary{
		Frames: len(frames), Areas: []AreaSummary{},
		DetectionRate: share(float64(right), len(detections)),
	}
	for _, a := range params.Areas {
		s, n := areas[a.Name], judged[a.Name]
		s.Rate, s.Confident, s.Mean = share(s.Rate, n), share(s.Confident, n), share(s.Mean, n)
		summary.Areas = append(summary.Areas, *s)
	}
	return summary
}

// indices returns the index of each name.
func indices(names []string) map[string]int {
	index := make(map[string]int, len(names))
	for i, name := range names {
		index[name] = i
	}
	return index
}

// share returns part/n to six decimals, so that a report shows no rounding errors of sums; 0 of
// none.
func share(part float64, n int) float64 {
	if n == 0 {
		return 0
	}
	return math.Round(part/float64(n)*1e6) / 1e6
}
