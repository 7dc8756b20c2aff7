package compare

import (
	"math"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

// The values come from statsmodels 0.15's proportion_confint(method="wilson"). 81 of 263, 15 of
// 148, 0 of 20 and 1 of 29 are examples of Newcombe (Statistics in Medicine 17, 1998, 857-872), who
// prints .2553 to .3662, .0624 to .1605, 0 to .1611 and .0061 to .1718.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		right, n                     int
		low95, high95, low90, high90 float64
	}{
		{9, 10, 0.59585, 0.982124, 0.652281, 0.977365},
		{10, 10, 0.722467, 1, 0.787058, 1},
		{0, 10, 0, 0.277533, 0, 0.212942},
		{1, 1, 0.206549, 1, 0.269866, 1},
		{0, 1, 0, 0.793451, 0, 0.730134},
		{5, 10, 0.236593, 0.763407, 0.269272, 0.730728},
		{81, 263, 0.255289, 0.36621, 0.263314, 0.356566},
		{15, 148, 0.062386, 0.160487, 0.067443, 0.149573},
		{0, 20, 0, 0.161125, 0, 0.119158},
		{1, 29, 0.006113, 0.171755, 0.007731, 0.140683},
	} {
		rate := float64(c.right) / float64(c.n)
		got := Wilson(rate, c.n, 0.95)
		if !near(got.Low, c.low95) || !near(got.High, c.high95) {
			t.Errorf("%d of %d at 0.95: %v", c.right, c.n, got)
		}
		got = Wilson(rate, c.n, 0.9)
		if !near(got.Low, c.low90) || !near(got.High, c.high90) {
			t.Errorf("%d of %d at 0.9: %v", c.right, c.n, got)
		}
	}
	if got := Wilson(0, 0, 0.95); got != (Interval{0, 1}) {
		t.Errorf("no samples: %v", got)
	}
}

// outcomes returns the samples of a paired table, which counts: both right, only the first, only
// the second, neither.
func outcomes(both, first, second, neither int) (a, b []float64) {
	for i, n := range []int{both, first, second, neither} {
		for range n {
			a = append(a, []float64{1, 1, 0, 0}[i])
			b = append(b, []float64{1, 0, 1, 0}[i])
		}
	}
	return a, b
}

// The values come from scipy 1.17's binomtest(k, n, 0.5).
func TestSign(t *testing.T) {
	for _, c := range []struct {
		higher, lower, equal int
		p                    float64
	}{
		{6, 0, 4, 0.03125}, // six the same way are the fewest that are significant
		{5, 0, 5, 0.0625},
		{8, 2, 0, 0.109375},
		{1, 9, 0, 0.021484375},
		{1, 0, 0, 1},  // one area
		{0, 0, 10, 1}, // ties alone
		{3, 3, 1, 1},
		{12, 4, 0, 0.076812744140625},
		{30, 15, 0, 0.035697803555194696},
	} {
		a, b := outcomes(c.equal, c.higher, c.lower, 0)
		want := Sign{c.higher, c.lower, c.equal, c.p}
		got := SignTest(a, b)
		p := got.P
		if got.P = c.p; !near(p, c.p) || got != want {
			t.Errorf("got %+v with p %g, want %+v", got, p, want)
		}
	}
}
