package evaluate

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

var two = Params{Confident: 0.7, Areas: []Area{
	{Name: "left", Expect: "A"}, {Name: "right", Expect: "B"},
}}

// judged returns the detections of frames with these probabilities of A and B, four frames apart.
func judged(t *testing.T, probabilities [][]float64) (all []Detection) {
	t.Helper()
	for frame, p := range probabilities {
		for _, a := range two.Areas {
			d, err := newDetection(a, []string{"A", "B"}, p)
			if err != nil {
				t.Fatal(err)
			}
			d.Frame, d.Seconds = frame*4, float64(frame)/5
			all = append(all, d)
		}
	}
	return all
}

func TestOutcome(t *testing.T) {
	classes := []string{"A", "B", "C"}
	for _, c := range []struct {
		probabilities []float64
		found         string
		outcome       Outcome
	}{
		{[]float64{0.71, 0.2, 0.09}, "A", Sure},
		{[]float64{0.7, 0.2, 0.1}, "A", Unsure}, // not over the threshold
		{[]float64{0.4, 0.4, 0.2}, "A", Unsure}, // of equals, the first is found
		{[]float64{0.1, 0.8, 0.1}, "B", Wrong},
	} {
		d, err := newDetection(two.Areas[0], classes, c.probabilities)
		got := d.Outcome(two.Confident)
		if err != nil || d.Found != c.found || got != c.outcome {
			t.Errorf("%v: found %s, outcome %d, %v", c.probabilities, d.Found, got, err)
		}
	}
	for _, bad := range [][]float64{{1}, {math.NaN(), 0, 1}, {-1, 1, 1}, {2, 0, 0}} {
		if _, err := newDetection(two.Areas[0], classes, bad); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

func TestSummarise(t *testing.T) {
	all := judged(t, [][]float64{{0.9, 0.1}, {0.6, 0.4}, {0.2, 0.8}})
	s := Summarise(all, []string{"A", "B"}, two)
	if s.Frames != 3 || s.DetectionRate != 0.5 {
		t.Errorf("%d frames, %g", s.Frames, s.DetectionRate)
	}
	want := []AreaSummary{
		{Name: "left", Expect: "A", Rate: 0.666667, Confident: 0.333333, Mean: 0.566667},
		{Name: "right", Expect: "B", Rate: 0.333333, Confident: 0.333333, Mean: 0.433333},
	}
	for i, a := range s.Areas {
		if a != want[i] {
			t.Errorf("got %+v, want %+v", a, want[i])
		}
	}
	if s := Summarise(nil, []string{"A", "B"}, two); s.DetectionRate != 0 || len(s.Areas) != 2 {
		t.Errorf("of nothing: %+v", s)
	}
}

func TestSeries(t *testing.T) {
	all := judged(t, [][]float64{{0.91234, 0.1}, {0.2, 0.8}})
	got := fmt.Sprint(NewSeries(all, []string{"A", "B"}, two))
	want := "{[A B] [0 4] [0 0.2] [{left A [0 1] [0.9123 0.8] [0.9123 0.2]} " +
		"{right B [0 1] [0.9123 0.8] [0.1 0.8]}]}"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	data, err := json.Marshal(NewSeries(nil, []string{"A"}, Params{}))
	if err != nil || strings.Contains(string(data), "null") {
		t.Errorf("of nothing: %s, %v", data, err)
	}
}

func TestScaled(t *testing.T) {
	var none *Size
	if got := none.Scaled([4]int{1, 2, 3, 4}, 800, 600); got != [4]int{1, 2, 3, 4} {
		t.Errorf("its own size: %v", got)
	}
	for _, c := range []struct {
		rect, want [4]int
		size       Size
	}{
		{[4]int{127, 25, 106, 170}, [4]int{51, 10, 42, 68}, Size{320, 240}}, // x 50.8 to 93.2
		{[4]int{127, 25, 106, 170}, [4]int{13, 3, 10, 17}, Size{80, 60}},
		{[4]int{0, 0, 800, 600}, [4]int{0, 0, 8, 8}, Size{8, 8}},
		{[4]int{799, 599, 1, 1}, [4]int{7, 7, 1, 1}, Size{8, 8}}, // one pixel, within the frame
		{[4]int{400, 300, 100, 100}, [4]int{800, 600, 200, 200}, Size{1600, 1200}},
	} {
		if got := c.size.Scaled(c.rect, 800, 600); got != c.want {
			t.Errorf("%v at %v: %v, want %v", c.rect, c.size, got, c.want)
		}
	}
}

func TestHasPreview(t *testing.T) {
	for n, want := range map[int]string{1: "[0]", 3: "[0 1 2]", 4: "[0 1 3]", 30: "[0 14 29]"} {
		var shown []int
		for i := range n {
			if HasPreview(i, n) {
				shown = append(shown, i)
			}
		}
		if fmt.Sprint(shown) != want {
			t.Errorf("of %d: %v, want %s", n, shown, want)
		}
	}
}

func FuzzReadDetections(f *testing.F) {
	f.Add(`{"frame":0,"area":"left","expected":"A","found":"A",` +
		`"probability":1,"probabilities":[1,0]}`)
	f.Add("{}\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadDetections(strings.NewReader(text))
		for _, d := range list {
			if err == nil && (d.Area == "" || len(d.Probabilities) == 0) {
				t.Errorf("%+v of %q", d, text)
			}
		}
	})
}
