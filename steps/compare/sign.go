package compare

import "gonum.org/v1/gonum/stat/distuv"

// A Sign is the result of the exact sign test over pairs.
type Sign struct {
	Higher, Lower int     // pairs in which the first is higher, or lower
	Equal         int     // ties, which the test leaves out
	P             float64 // two-sided; 1 where all are ties
}

// equal is the largest difference that is put down to rounding.
const equal = 1e-9

// SignTest compares a with b, pair by pair. a and b have one length.
func SignTest(a, b []float64) Sign {
	var s Sign
	for i := range a {
		switch d := a[i] - b[i]; {
		case d > equal:
			s.Higher++
		case d < -equal:
			s.Lower++
		default:
			s.Equal++
		}
	}
	s.P = signP(s.Higher, s.Lower)
	return s
}

// signP returns the probability of a split at least as uneven as this one when both ways are
// equally likely.
func signP(higher, lower int) float64 {
	n := higher + lower
	if n == 0 {
		return 1
	}
	return min(2*distuv.Binomial{N: float64(n), P: 0.5}.CDF(float64(min(higher, lower))), 1)
}
