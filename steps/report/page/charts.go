package page

import (
	"math"
	"slices"

	"snellen/steps/report/document"
)

// most is how many moments a line over a video has; of longer ones each nth is drawn.
const most = 400

// chartData is what the script draws. A value that is missing is null. Resolutions are meant by their place in the list.
type chartData struct {
	Resolutions []line      `json:"resolutions"`
	Classes     []string    `json:"classes"`
	Flattered   bool        `json:"flattered"` // by a random split
	Areas       []areaLines `json:"areas"`
	Points      []point     `json:"points"`
	Rule        *rule       `json:"rule"`
}

// A line is one resolution.
type line struct {
	Name       string   `json:"name"`
	Runs       int      `json:"runs"` // that have a curve
	Train      []value  `json:"train"`
	Validation []value  `json:"validation"`
	Marks      []mark   `json:"marks"`
	Seconds    *float64 `json:"seconds"`
	Bytes      *int64   `json:"bytes"`
	Rate       *float64 `json:"rate"`
	Low        float64  `json:"low"`
	High       float64  `json:"high"`
	Quick      bool     `json:"quick"` // no other detects as much in less training time
	Small      bool     `json:"small"` // no other detects as much from fewer bytes
}

// A value is a mean over runs, with the lowest and the highest.
type value [3]float64

// A mark is a moment of one run's curve.
type mark struct {
	Epoch int     `json:"epoch"`
	Value float64 `json:"value"`
	Kind  string  `json:"kind"` // "best" or "stop"
	Run   int     `json:"run"`
}

// areaLines is one area over the video.
type areaLines struct {
	ID        string     `json:"id"`
	Expect    string     `json:"expect"`
	Confident float64    `json:"confident"`
	Seconds   []float64  `json:"seconds"`
	Lines     []areaLine `json:"lines"`
}

type areaLine struct {
	Resolution int     `json:"resolution"`
	Expected   []value `json:"expected"` // probability of the label that stands there
	Found      []int   `json:"found"`    // by the first run, a place in Classes; -1: none
}

// A point is an area at one resolution and size.
type point struct {
	Resolution int     `json:"resolution"`
	Height     float64 `json:"height"`
	Rate       float64 `json:"rate"`
	Area       string  `json:"area"`
	Size       string  `json:"size"`
}

type rule struct {
	Target float64  `json:"target"`
	Height *float64 `json:"height"`
}

func charts(d *document.Document) chartData {
	out := chartData{Resolutions: []line{}, Classes: d.Classes, Flattered: d.Split == "random", Areas: []areaLines{}, Points: []point{}}
	place := map[string]int{}
	for i, r := range d.Resolutions {
		place[r.Resolution] = i
		out.Resolutions = append(out.Resolutions, resolution(r))
	}
	frontiers(out.Resolutions)
	for k := range d.Cameras {
		rows := judgedRows(d, k)
		for n := range min(len(d.Cameras[k].Areas), cards) {
			out.Areas = append(out.Areas, overTime(d, k, n, rows))
		}
	}
	for _, p := range d.Pixels.Points {
		out.Points = append(out.Points, point{place[p.Resolution], p.Height, short(p.Rate), p.Area, p.Size})
	}
	if r := d.Pixels.Rule; r != nil {
		out.Rule = &rule{r.Target, r.Height}
	}
	return out
}

func resolution(r document.Resolution) line {
	out := line{Name: r.Resolution, Train: []value{}, Validation: []value{}, Marks: []mark{}, Seconds: r.TrainSeconds, Bytes: r.DatasetBytes}
	if d := r.Detection; d != nil {
		out.Rate, out.Low, out.High = &d.Rate, d.Interval.Low, d.Interval.High
	}
	longest := 0
	for _, run := range r.Runs {
		longest = max(longest, len(run.Curve))
		if len(run.Curve) > 0 {
			out.Runs++
		}
	}
	for epoch := range longest {
		var train, validation []float64
		for _, run := range r.Runs {
			if epoch < len(run.Curve) {
				train = append(train, run.Curve[epoch].TrainAccuracy)
				validation = append(validation, run.Curve[epoch].ValidationAccuracy)
			}
		}
		out.Train, out.Validation = append(out.Train, over(train)), append(out.Validation, over(validation))
	}
	for _, run := range r.Runs {
		out.Marks = append(out.Marks, marks(run)...)
	}
	return out
}

// marks are a run's best epoch and its early stop.
func marks(run document.Run) []mark {
	var list []mark
	at := func(epoch int, kind string) {
		if epoch >= 0 && epoch < len(run.Curve) {
			list = append(list, mark{epoch, short(run.Curve[epoch].ValidationAccuracy), kind, run.Replicate})
		}
	}
	if run.BestEpoch != nil {
		at(*run.BestEpoch, "best")
	}
	if pointer(run.EarlyStopped) {
		at(len(run.Curve)-1, "stop")
	}
	return list
}

// over is the mean of values, with the lowest and the highest.
func over(values []float64) value {
	sum, low, high := 0.0, math.Inf(1), math.Inf(-1)
	for _, v := range values {
		sum, low, high = sum+v, min(low, v), max(high, v)
	}
	return value{short(sum / float64(len(values))), short(low), short(high)}
}

func short(v float64) float64 { return math.Round(v*1e4) / 1e4 }

// overTime is one area over the video, for all resolutions in rows that were judged at the same moments.
func overTime(d *document.Document, k, n int, rows []int) areaLines {
	c := d.Cameras[k]
	place := c.Areas[n]
	out := areaLines{ID: chartID(k, n), Expect: place.Expect, Confident: c.Confident, Seconds: []float64{}, Lines: []areaLine{}}
	var moments []float64
	for _, i := range rows {
		s, a := first(d.Resolutions[i], k, place.Name)
		if s == nil || len(out.Lines) > 0 && !slices.Equal(s.Seconds, moments) {
			continue
		}
		moments = s.Seconds
		l := areaLine{Resolution: i, Expected: []value{}, Found: []int{}}
		for at := 0; at < len(moments); at += step(len(moments)) {
			l.Expected = append(l.Expected, over(expected(d.Resolutions[i], k, place.Name, at)))
			l.Found = append(l.Found, a.Found[at])
		}
		out.Lines = append(out.Lines, l)
	}
	for at := 0; at < len(moments); at += step(len(moments)) {
		out.Seconds = append(out.Seconds, short(moments[at]))
	}
	return out
}

// step is from one moment that is drawn to the next.
func step(moments int) int { return 1 + (moments-1)/most }

// expected are all runs' probabilities of the label that stands in an area.
func expected(r document.Resolution, k int, area string, at int) []float64 {
	var list []float64
	for _, run := range r.Runs {
		if _, a := seriesOf(run, k, area); a != nil && at < len(a.Expected) {
			list = append(list, a.Expected[at])
		}
	}
	return list
}

// frontiers marks what is on the frontier of detection against training time, and against bytes.
func frontiers(list []line) {
	for i := range list {
		list[i].Quick = onFrontier(list, i, func(l line) *float64 { return l.Seconds })
		list[i].Small = onFrontier(list, i, func(l line) *float64 {
			if l.Bytes == nil {
				return nil
			}
			f := float64(*l.Bytes)
			return &f
		})
	}
}

// onFrontier tells whether no other costs at most as much and detects at least as much, and is better in one of the two.
func onFrontier(list []line, i int, cost func(line) *float64) bool {
	rate, price := list[i].Rate, cost(list[i])
	if rate == nil || price == nil {
		return false
	}
	for _, other := range list {
		r, p := other.Rate, cost(other)
		if r != nil && p != nil && *r >= *rate && *p <= *price && (*r > *rate || *p < *price) {
			return false
		}
	}
	return true
}
