package compare

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// An Interval is where a figure lies, at some confidence.
type Interval struct{ Low, High float64 }

// normal is the two-sided quantile of the normal distribution: 1.96 for 0.95.
func normal(confidence float64) float64 { return distuv.UnitNormal.Quantile(1 - (1-confidence)/2) }

// Wilson is the score interval (Wilson 1927) of a rate over n samples. The rate need not be a whole part of n: an area that
// is right in half of its frames is half a success. Without samples it is all from 0 to 1.
func Wilson(rate float64, n int, confidence float64) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	z, m := normal(confidence), float64(n)
	centre := (rate + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(rate*(1-rate)/m+z*z/(4*m*m))
	out := Interval{centre - half, centre + half}
	if rate <= 0 {
		out.Low = 0 // but for rounding
	}
	if rate >= 1 {
		out.High = 1
	}
	return out
}

// Paired is the interval of the mean difference of paired samples, a's less b's, with two samples made up: one that only a
// wins whole, and one that only b does. For outcomes of 0 and 1 it is the adjusted Wald interval of Bonett and Price
// (Statistics in Medicine 31, 2012, 479-488). The two keep it honest where few samples were seen and none of them differs.
func Paired(a, b []float64, confidence float64) Interval {
	return differing(a, b).interval(len(a), confidence)
}

// A pair sums up the differences of paired samples: their mean, and the mean of their squares.
type pair struct{ mean, square float64 }

func differing(a, b []float64) pair {
	var x pair
	for i := range a {
		d := a[i] - b[i]
		x.mean, x.square = x.mean+d/float64(len(a)), x.square+d*d/float64(len(a))
	}
	return x
}

// interval is what so many samples of the same kind would give.
func (x pair) interval(n int, confidence float64) Interval {
	m := float64(n)
	centre := x.mean * m / (m + 2)
	half := normal(confidence) * math.Sqrt(((x.square*m+2)/(m+2)-centre*centre)/(m+2))
	return Interval{max(centre-half, -1), min(centre+half, 1)}
}
