package compare

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Needed estimates how much more evidence would settle a comparison in four of five studies, if all
// rates stay as they are. Each number is for the case that it alone grows; 0 means that no number
// would be enough, or that it is not known.
type Needed struct {
	Areas      int // in all
	Replicates int // trainings of each arm, in all
}

// The search for a number of areas or trainings ends there.
const (
	maxAreas      = 1_000_000
	maxReplicates = 1000
)

// decisive is the share of studies that the needed evidence is enough for.
const decisive = 0.8

// Needed estimates what would show that arm a loses no more than margin against arm b, if that is
// what was seen, or else that it loses more.
func (t *Trial) Needed(a, b int, margin float64) Needed {
	s := t.differences(a, b)
	limit := -margin
	if mean, _ := s.mean(); mean < limit {
		limit = -limit
		for i := range s { // as if more were better
			s[i].value = -s[i].value
		}
	}
	level, trainings := 1-t.confidence, t.training(a).and(t.training(b))
	var out Needed
	n := smallest(t.areas+1, maxAreas, func(n int) bool {
		return s.as(float64(n)).shows(limit, level, trainings)
	})
	if n <= maxAreas {
		out.Areas = n
	}
	runs := min(len(t.arms[a].Runs), len(t.arms[b].Runs))
	if trainings.variance == 0 {
		return out
	}
	n = smallest(runs+1, maxReplicates, func(n int) bool {
		more := float64(n) / float64(runs)
		return s.shows(limit, level, chance{trainings.variance / more, trainings.freedom * more})
	})
	if n <= maxReplicates {
		out.Replicates = n
	}
	return out
}

// shows reports whether most studies with such outcomes and trainings show that the mean is above
// the limit: also those that are as unlucky as one of five.
func (s sample) shows(limit, level float64, trainings chance) bool {
	mean, variance := s.mean()
	luck := distuv.UnitNormal.Quantile(decisive) * math.Sqrt(variance/s.count()+trainings.variance)
	if mean-luck < limit {
		return false
	}
	low := mean - math.Hypot(mean-s.below(-1, level), trainings.reach(level))
	return low-luck >= limit
}

// smallest returns the smallest number from n on for which ok holds, to a hundredth, or one above
// most where there is none. It doubles and then halves, so ok should hold for every number above
// the smallest.
func smallest(n, most int, ok func(int) bool) int {
	if ok(n) {
		return n
	}
	low, high := n, 2*n
	for !ok(high) {
		if high > most {
			return high
		}
		low, high = high, 2*high
	}
	for high-low > max(1, high/100) {
		if middle := (low + high) / 2; ok(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
