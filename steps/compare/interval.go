package compare

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// An Interval bounds a figure at some confidence.
type Interval struct{ Low, High float64 }

// normal returns the two-sided quantile of the normal distribution: 1.96 for 0.95.
func normal(confidence float64) float64 { return distuv.UnitNormal.Quantile(1 - (1-confidence)/2) }

// Wilson returns the score interval (Wilson 1927) of a rate over n samples. The rate need not be a
// multiple of 1/n: an area that is right in half of its frames counts as half a success. Without
// samples the interval is from 0 to 1.
func Wilson(rate float64, n int, confidence float64) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	z, m := normal(confidence), float64(n)
	centre := (rate + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(rate*(1-rate)/m+z*z/(4*m*m))
	out := Interval{centre - half, centre + half}
	// At the ends the formula is exact, and its result differs by rounding alone.
	if rate <= 0 {
		out.Low = 0
	}
	if rate >= 1 {
		out.High = 1
	}
	return out
}

// Paired returns the interval of the mean difference of paired samples, a's less b's. It adds two
// made-up samples, a full win for a and one for b, which keep the interval honest where few samples
// were seen and none differs. For outcomes of 0 and 1 it is the adjusted Wald interval of Bonett
// and Price (Statistics in Medicine 31, 2012, 479-488). a and b have one length.
func Paired(a, b []float64, confidence float64) Interval {
	return differences(a, b).interval(len(a), confidence)
}

// moments sums up the differences of paired samples.
type moments struct {
	mean   float64 // of the differences
	square float64 // mean of their squares
}

// differences returns the moments of a's values less b's.
func differences(a, b []float64) moments {
	var x moments
	for i := range a {
		d := a[i] - b[i]
		x.mean, x.square = x.mean+d/float64(len(a)), x.square+d*d/float64(len(a))
	}
	return x
}

// interval returns what Paired would return for n samples with these moments.
func (x moments) interval(n int, confidence float64) Interval {
	m := float64(n)
	centre := x.mean * m / (m + 2)
	half := normal(confidence) * math.Sqrt(((x.square*m+2)/(m+2)-centre*centre)/(m+2))
	return Interval{max(centre-half, -1), min(centre+half, 1)}
}
