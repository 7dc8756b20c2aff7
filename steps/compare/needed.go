package compare

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Needed is how much more would show something, if all stays as it is; 0 is: no number of these alone.
type Needed struct {
	Areas      int // in all
	Replicates int // trainings of each arm, in all
}

// mostNeeded ends the search: nobody films a million areas.
const mostNeeded = 1_000_000

// needed estimates what would settle a comparison that shows nothing. The bootstrap's interval shrinks with the root of the
// areas, the adjusted interval and the sign test are worked out for more areas of the same kind. kept tells which is to be
// shown: that no more than the margin is lost, or that there is a difference beyond it.
func (t *Trial) needed(c Comparison, margin float64, kept bool) Needed {
	way := math.Abs(c.Difference + margin) // from what was seen to where it would count
	if way < equal {
		return Needed{}
	}
	reach := c.Bootstrap.High - c.Difference
	if c.Difference+margin > 0 {
		reach = c.Difference - c.Bootstrap.Low
	}
	areas := int(math.Ceil(float64(t.areas) * (reach / way) * (reach / way)))
	guard := t.firstSign(c.Sign)
	if kept {
		guard = t.firstAdjusted(c, margin)
	}
	if guard > mostNeeded || areas > mostNeeded {
		return Needed{}
	}
	out := Needed{Areas: max(areas, guard, t.areas+1)}
	if guard <= t.areas {
		out.Replicates = t.moreRuns(c, reach, way)
	}
	return out
}

// firstAdjusted is with how many areas the adjusted interval would stay above the margin.
func (t *Trial) firstAdjusted(c Comparison, margin float64) int {
	x := differing(t.rates[c.A], t.rates[c.B])
	return first(t.areas, func(n int) bool { return x.interval(n, t.confidence).Low >= -margin })
}

// firstSign is with how many areas, split in the same shares, the sign test would be significant.
func (t *Trial) firstSign(s Sign) int {
	all := float64(s.Higher + s.Lower + s.Equal)
	return first(t.areas, func(n int) bool {
		higher, lower := float64(s.Higher)*float64(n)/all, float64(s.Lower)*float64(n)/all
		return signP(int(math.Round(higher)), int(math.Round(lower))) <= 1-t.confidence
	})
}

// first is the smallest number from n on for which ok holds, by doubling and halving; more than mostNeeded where there is
// none. ok is taken to hold from some number on.
func first(n int, ok func(int) bool) int {
	if ok(n) {
		return n
	}
	low, high := n, 2*n
	for !ok(high) {
		if high > mostNeeded {
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

// moreRuns is how many trainings of each arm would settle it with the areas there are; 0 where chance in training is not
// known, or is not what keeps it open.
func (t *Trial) moreRuns(c Comparison, reach, way float64) int {
	a, b := t.runRates(c.A), t.runRates(c.B)
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	runs := float64(min(len(a), len(b)))
	chance := stat.Variance(a, nil)/float64(len(a)) + stat.Variance(b, nil)/float64(len(b))
	z := normal(t.confidence)
	rest := (reach/z)*(reach/z) - chance // of the areas, which more trainings leave
	room := (way/z)*(way/z) - max(rest, 0)
	if room <= 0 || chance <= 0 {
		return 0
	}
	return max(int(math.Ceil(runs*chance/room)), int(runs)+1)
}
