package compare

import (
	"math"
	"math/cmplx"
	"slices"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
)

// A sample is outcomes of areas, by value.
type sample []group

// A group is outcomes of one value. Their count is whole, unless the sample stands for another one
// of more areas.
type group struct{ value, count float64 }

// newSample returns the sample of the outcomes.
func newSample(outcomes []float64) sample {
	var s sample
	for _, x := range slices.Sorted(slices.Values(outcomes)) {
		if n := len(s); n > 0 && x-s[n-1].value < equal {
			s[n-1].count++
			continue
		}
		s = append(s, group{x, 1})
	}
	return s
}

// count returns the number of outcomes.
func (s sample) count() float64 {
	n := 0.0
	for _, g := range s {
		n += g.count
	}
	return n
}

// mean returns the mean outcome and the variance of the outcomes.
func (s sample) mean() (mean, variance float64) {
	n := s.count()
	for _, g := range s {
		mean += g.value * g.count / n
	}
	for _, g := range s {
		variance += (g.value - mean) * (g.value - mean) * g.count / n
	}
	return mean, variance
}

// as returns the sample of n outcomes with the same shares.
func (s sample) as(n float64) sample {
	out, factor := slices.Clone(s), n/s.count()
	for i := range out {
		out[i].count *= factor
	}
	return out
}

// below returns a limit that the mean of all areas, those that were not judged included, is above
// with a probability of at least 1-level. No area's value is below worst. Nothing else is assumed
// of the areas' distribution, and few areas are no exception.
//
// To the outcomes it adds one of the value worst, gives all random weights, each set as likely as
// another, and takes the quantile of the weighted mean (Gaffke, Mathematical Methods of
// Statistics 14, 2005, 434-458; Learned-Miller and Thomas, arXiv 1905.06208). For outcomes of 0
// and 1 this is the exact limit of Clopper and Pearson. Where n areas have one value, it is about
// 3/n of the way to the worst at a level of 0.05.
func (s sample) below(worst, level float64) float64 {
	s = append(slices.Clone(s), group{worst, 1})
	low, high := worst, worst
	for _, g := range s {
		high = max(high, g.value)
	}
	if high-low < equal {
		return worst
	}
	// On the scale of a normal distribution's quantiles the probability is nearly a line, whose
	// slope follows from the moments of the weighted mean.
	z, normal := distuv.UnitNormal.Quantile(level), distuv.UnitNormal
	mean, variance := s.mean()
	deviation := math.Sqrt(variance / (s.count() + 1))
	t, slope := mean+z*deviation, 1/deviation
	before, beforeAt := math.NaN(), 0.0
	for high-low > 1e-9 {
		if !(t > low && t < high) {
			t, before = (low+high)/2, math.NaN()
		}
		at := normal.Quantile(min(max(s.weightedBelow(t), 1e-12), 1-1e-12)) - z
		switch {
		case math.Abs(at) < 1e-8:
			return t
		case at < 0:
			low = t
		default:
			high = t
		}
		if line := (at - beforeAt) / (t - before); line > 0 {
			slope = line
		}
		before, beforeAt = t, at
		t -= at / slope
	}
	return low
}

// above returns a limit that the mean of all areas is below, likewise. No area's value is over best.
func (s sample) above(best, level float64) float64 {
	mirrored := slices.Clone(s)
	for i := range mirrored {
		mirrored[i].value = -mirrored[i].value
	}
	return -mirrored.below(-best, level)
}

// weightedBelow returns the probability that the sample's mean under random weights is at most t.
// The weights are exponential variables over their sum, so it is the probability that the sum of
// such variables times (value - t) is not above 0, which an integral over the sum's characteristic
// function gives (Imhof, Biometrika 48, 1961, 419-426).
func (s sample) weightedBelow(t float64) float64 {
	squares, furthest := 0.0, 0.0
	for _, g := range s {
		d := (g.value - t) * (g.value - t)
		squares, furthest = squares+g.count*d, max(furthest, d)
	}
	if squares == 0 {
		return 1
	}
	rule := halfLine()
	if furthest > squares/2 { // one outcome is far from all others, and the integrand swings
		rule = halfLineFine()
	}
	scale, sum := 1/math.Sqrt(squares), 0.0
	for i, u := range rule.at {
		u *= scale
		product := complex(1, 0)
		for _, g := range s {
			product *= power(complex(1, u*(g.value-t)), g.count)
		}
		size := real(product)*real(product) + imag(product)*imag(product)
		if size < 1e60 { // else it no longer counts, or has overflown
			sum += rule.weight[i] * scale * imag(product) / (u * size)
		}
	}
	return min(max(0.5-sum/math.Pi, 0), 1)
}

// power returns z to the power of n, which need not be whole.
func power(z complex128, n float64) complex128 {
	switch whole := int(n); {
	case whole == 1 && n == 1:
		return z
	case float64(whole) != n || whole > 64:
		return cmplx.Pow(z, complex(n, 0))
	default:
		out := complex(1, 0)
		for ; whole > 0; whole >>= 1 {
			if whole&1 == 1 {
				out *= z
			}
			z *= z
		}
		return out
	}
}

// A quadrature integrates over the numbers above 0.
type quadrature struct{ at, weight []float64 }

// halfLine and halfLineFine return Gauss and Legendre's rule of u = x/(1-x), for x from 0 to 1.
var (
	halfLine     = sync.OnceValue(func() quadrature { return newQuadrature(96) })
	halfLineFine = sync.OnceValue(func() quadrature { return newQuadrature(400) })
)

// newQuadrature returns the rule with so many nodes.
func newQuadrature(nodes int) quadrature {
	q := quadrature{make([]float64, nodes), make([]float64, nodes)}
	quad.Legendre{}.FixedLocations(q.at, q.weight, 0, 1)
	for i, x := range q.at {
		q.at[i] = x / (1 - x)
		q.weight[i] /= (1 - x) * (1 - x)
	}
	return q
}
