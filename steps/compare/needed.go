package compare

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Needed estimates how much more evidence would settle a comparison, if all rates stay as they are.
// Each number is for the case that it alone grows; 0 means that no number would be enough.
type Needed struct {
	Areas      int // in all
	Replicates int // trainings of each arm, in all
}

// maxNeeded ends the search: nobody films a million areas.
const maxNeeded = 1_000_000

// needed estimates what would give an inconclusive comparison the verdict want. The bootstrap's
// interval shrinks with the root of the number of areas. The second test of the verdict, the
// adjusted interval for NonInferior and the sign test for the others, is computed again for more
// areas of the same kind.
func (t *Trial) needed(c Comparison, margin float64, want Verdict) Needed {
	distance := math.Abs(c.Difference + margin) // from what was seen to where it would count
	if distance < equal {
		return Needed{}
	}
	reach := c.Bootstrap.High - c.Difference // of the interval, on the side of the margin
	if c.Difference+margin > 0 {
		reach = c.Difference - c.Bootstrap.Low
	}
	areas := int(math.Ceil(float64(t.areas) * (reach / distance) * (reach / distance)))
	second := t.areasForSign(c.Sign)
	if want == NonInferior {
		second = t.areasForAdjusted(c, margin)
	}
	if second > maxNeeded || areas > maxNeeded {
		return Needed{}
	}
	out := Needed{Areas: max(areas, second, t.areas+1)}
	if second <= t.areas {
		out.Replicates = t.neededRuns(c, reach, distance)
	}
	return out
}

// areasForAdjusted returns the number of areas at which the adjusted interval would exclude a loss
// of more than margin.
func (t *Trial) areasForAdjusted(c Comparison, margin float64) int {
	x := differences(t.rates[c.A], t.rates[c.B])
	enough := func(n int) bool { return x.interval(n, t.confidence).Low >= -margin }
	return smallest(t.areas, enough)
}

// areasForSign returns the number of areas, split in the same shares, at which the sign test would
// be significant.
func (t *Trial) areasForSign(s Sign) int {
	all := float64(s.Higher + s.Lower + s.Equal)
	return smallest(t.areas, func(n int) bool {
		higher, lower := float64(s.Higher)*float64(n)/all, float64(s.Lower)*float64(n)/all
		return signP(int(math.Round(higher)), int(math.Round(lower))) <= 1-t.confidence
	})
}

// smallest returns the smallest number from n on for which ok holds, or one above maxNeeded where
// there is none. It doubles and then halves, so ok should hold for every number above the smallest.
func smallest(n int, ok func(int) bool) int {
	if ok(n) {
		return n
	}
	low, high := n, 2*n
	for !ok(high) {
		if high > maxNeeded {
			return high
		}
		low, high = high, 2*high
	}
	for high-low > 1 {
		if middle := (low + high) / 2; ok(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// neededRuns returns how many trainings of each arm would settle c with the areas there are. It
// returns 0 where the variance between trainings is not known, or is not what keeps c open.
func (t *Trial) neededRuns(c Comparison, reach, distance float64) int {
	a, b := t.runRates(c.A), t.runRates(c.B)
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	runs := float64(min(len(a), len(b)))
	chance := stat.Variance(a, nil)/float64(len(a)) + stat.Variance(b, nil)/float64(len(b))
	z := normal(t.confidence)
	rest := (reach/z)*(reach/z) - chance // the areas' variance, which more trainings do not lower
	room := (distance/z)*(distance/z) - max(rest, 0)
	if room <= 0 || chance <= 0 {
		return 0
	}
	return max(int(math.Ceil(runs*chance/room)), int(runs)+1)
}
