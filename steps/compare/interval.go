package compare

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// An Interval bounds a share, or the difference of two.
type Interval struct{ Low, High float64 }

// widened returns the interval of an estimate that may be off by reach for another reason too.
func (i Interval) widened(estimate, reach float64) Interval {
	if reach == 0 {
		return i
	}
	return Interval{
		max(estimate-math.Hypot(estimate-i.Low, reach), -1),
		min(estimate+math.Hypot(i.High-estimate, reach), 1),
	}
}

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
