package page

import (
	"math"
	"slices"

	"snellen/steps/report/document"
)

// maxPoints is the largest number of moments in a line over a video. Of a longer series every nth
// moment is drawn.
const maxPoints = 400

// chartData is the JSON that the script draws. A missing value is null. Elsewhere in it, a
// resolution is given by its place in Resolutions.
type chartData struct {
	Study       string      `json:"study"`
	Resolutions []line      `json:"resolutions"`
	Classes     []string    `json:"classes"`
	RandomSplit bool        `json:"random_split"`
	Areas       []areaLines `json:"areas"`
	Points      []point     `json:"points"`
	Rule        *rule       `json:"rule"`
}

// A line holds the figures of one resolution.
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
	// No other resolution detects as much with less training time.
	FastFrontier  bool `json:"fast_frontier"`
	SmallFrontier bool `json:"small_frontier"` // no other detects as much from fewer bytes
}

// A value is a mean over runs, the lowest and the highest.
type value [3]float64

// A mark is a point on the curve of one run.
type mark struct {
	Epoch int     `json:"epoch"`
	Value float64 `json:"value"`
	Kind  string  `json:"kind"` // "best" or "stop"
	Run   int     `json:"run"`
}

// areaLines is the chart of one area over the video, or over the stills.
type areaLines struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"` // with the label: "area 2-3, BISCUITS"
	Expect    string     `json:"expect"`
	Confident float64    `json:"confident"`
	Seconds   []float64  `json:"seconds"`
	Lines     []areaLine `json:"lines"`
	Stills    []string   `json:"stills,omitempty"` // names; Seconds then has their numbers
}

type areaLine struct {
	Resolution int     `json:"resolution"`
	Expected   []value `json:"expected"` // probability of the expected label
	Found      []int   `json:"found"`    // by the first run: a place in Classes, or -1 for none
}

// A point is an area at one resolution and size.
type point struct {
	Resolution int     `json:"resolution"`
	Height     float64 `json:"height"`
	Rate       float64 `json:"rate"`
	Area       string  `json:"area"` // with the label
	Expect     string  `json:"expect"`
	Size       string  `json:"size"`
}

type rule struct {
	Target float64  `json:"target"`
	Height *float64 `json:"height"`
}

// charts returns what the charts of a document show.
func charts(d *document.Document) chartData {
	out := chartData{
		Study: d.Study, Resolutions: []line{}, Classes: d.Classes, RandomSplit: d.Split == "random",
		Areas: []areaLines{}, Points: []point{},
	}
	place := map[string]int{}
	for i, r := range d.Resolutions {
		place[r.Resolution] = i
		out.Resolutions = append(out.Resolutions, resolution(r))
	}
	frontiers(out.Resolutions)
	for k := range d.Cameras {
		rows := judgedRows(d, k)
		for n := range min(len(d.Cameras[k].Areas), maxCards) {
			out.Areas = append(out.Areas, chartArea(d, k, n, rows))
		}
	}
	for _, p := range d.Pixels.Points {
		expect := expectOf(d, p)
		out.Points = append(out.Points, point{
			place[p.Resolution], p.Height, sixDecimals(p.Rate),
			document.AreaName(p.Area, expect), expect, p.Size,
		})
	}
	if r := d.Pixels.Rule; r != nil {
		out.Rule = &rule{r.Target, r.Height}
	}
	return out
}

// resolution returns the figures of a resolution. Each point of its curves is over the runs that
// trained that long.
func resolution(r document.Resolution) line {
	out := line{
		Name: r.Resolution, Train: []value{}, Validation: []value{}, Marks: []mark{},
		Seconds: r.TrainSeconds, Bytes: r.DatasetBytes,
	}
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
	// A training that stopped early is left out of later epochs.
	for epoch := range longest {
		var train, validation []float64
		for _, run := range r.Runs {
			if epoch < len(run.Curve) {
				train = append(train, run.Curve[epoch].TrainAccuracy)
				validation = append(validation, run.Curve[epoch].ValidationAccuracy)
			}
		}
		out.Train = append(out.Train, rangeOf(train, sixDecimals))
		out.Validation = append(out.Validation, rangeOf(validation, sixDecimals))
	}
	for _, run := range r.Runs {
		out.Marks = append(out.Marks, marks(run)...)
	}
	return out
}

// marks returns a run's best epoch and its early stop, as far as it has them.
func marks(run document.Run) []mark {
	var list []mark
	at := func(epoch int, kind string) {
		if epoch >= 0 && epoch < len(run.Curve) {
			accuracy := sixDecimals(run.Curve[epoch].ValidationAccuracy)
			list = append(list, mark{epoch, accuracy, kind, run.Replicate})
		}
	}
	if run.BestEpoch != nil {
		at(*run.BestEpoch, "best")
	}
	if deref(run.EarlyStopped) {
		at(len(run.Curve)-1, "stop")
	}
	return list
}

// rangeOf returns the mean of values, the lowest and the highest, rounded.
func rangeOf(values []float64, round func(float64) float64) value {
	sum, low, high := 0.0, math.Inf(1), math.Inf(-1)
	for _, v := range values {
		sum, low, high = sum+v, min(low, v), max(high, v)
	}
	return value{round(sum / float64(len(values))), round(low), round(high)}
}

// sixDecimals rounds a figure as the document does.
func sixDecimals(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// fourDecimals rounds one of many values: the page needs no more, and grows with each digit.
func fourDecimals(v float64) float64 { return math.Round(v*1e4) / 1e4 }

// chartArea returns the chart of area n of evaluation k, with a line for each resolution in rows
// that was judged at the same moments as the first.
func chartArea(d *document.Document, k, n int, rows []int) areaLines {
	c := d.Cameras[k]
	place := c.Areas[n]
	out := areaLines{
		ID: chartID(k, n), Name: document.AreaName(place.Name, place.Expect),
		Expect: place.Expect, Confident: c.Confident,
		Seconds: []float64{}, Lines: []areaLine{},
	}
	var moments []float64
	for _, i := range rows {
		s, a := firstSeries(d.Resolutions[i], k, place.Name)
		// All lines of a chart share one axis, so their moments must be the same.
		if s == nil || len(out.Lines) > 0 && !slices.Equal(s.Seconds, moments) {
			continue
		}
		moments = s.Seconds
		l := areaLine{Resolution: i, Expected: []value{}, Found: []int{}}
		for at := 0; at < len(moments); at += stride(len(moments)) {
			probabilities := expected(d.Resolutions[i], k, place.Name, at)
			l.Expected = append(l.Expected, rangeOf(probabilities, fourDecimals))
			l.Found = append(l.Found, a.Found[at])
		}
		out.Lines = append(out.Lines, l)
	}
	for at := 0; at < len(moments); at += stride(len(moments)) {
		out.Seconds = append(out.Seconds, fourDecimals(moments[at]))
		if still := int(moments[at]); still < len(c.Stills) {
			out.Stills = append(out.Stills, c.Stills[still])
		}
	}
	return out
}

// stride returns the distance between two moments that are drawn.
func stride(moments int) int { return 1 + (moments-1)/maxPoints }

// expected returns each run's probability of the expected label of an area at one moment.
func expected(r document.Resolution, k int, area string, at int) []float64 {
	var list []float64
	for _, run := range r.Runs {
		if _, a := seriesOf(run, k, area); a != nil && at < len(a.Expected) {
			list = append(list, a.Expected[at])
		}
	}
	return list
}

// frontiers marks the resolutions on the frontier of detection against training time, and on that
// of detection against dataset size.
func frontiers(list []line) {
	for i := range list {
		list[i].FastFrontier = onFrontier(list, i, func(l line) *float64 { return l.Seconds })
		list[i].SmallFrontier = onFrontier(list, i, func(l line) *float64 {
			if l.Bytes == nil {
				return nil
			}
			f := float64(*l.Bytes)
			return &f
		})
	}
}

// onFrontier reports whether no other line is at least as good as line i in both detection and
// cost, and better in one of them.
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
