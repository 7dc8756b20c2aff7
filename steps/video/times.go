package video

import (
	"fmt"
	"math"
)

// A timing records what was done to a stream's timestamps.
type timing struct {
	rate      float64 // frames a second, if all times were computed from it; else 0
	assumed   bool    // the file has no rate either
	backwards int     // how often the clock stood still or went back
}

// notes returns the timing as notes for people. They are part of notes.json, so their text must not
// change without a new version of the kind.
func (t timing) notes() []string {
	switch {
	case t.assumed:
		return []string{fmt.Sprintf(
			"it says neither when its frames are shown nor how many there are a second: %g a "+
				"second are assumed", t.rate)}
	case t.rate > 0:
		return []string{fmt.Sprintf(
			"it does not say when its frames are shown: their times are made from its rate, %.4g "+
				"a second", t.rate)}
	case t.backwards > 0:
		return []string{fmt.Sprintf(
			"its clock stands still or goes back %s: times are counted on from there",
			countTimes(t.backwards))}
	}
	return nil
}

func countTimes(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// maxBackwards is how often a clock may go back, as a share of the frames. Beyond it, none of its
// times is used.
const maxBackwards = 0.02

// times returns when each frame is shown, in seconds from the first frame, ascending. stamps are
// the file's own times, NaN where a frame has none; there must be at least one. Where the clock
// goes back, as in joined recordings, the times continue from there. If a frame has no time, or the
// clock goes back too often, all times are computed from the stream's rate.
func times(stamps []float64, s stream) ([]float64, timing) {
	var t timing
	seconds := make([]float64, len(stamps))
	typical, first, shift := medianInterval(stamps), stamps[0], 0.0
	for i, at := range stamps {
		if math.IsNaN(at) {
			return timesFromRate(len(stamps), s)
		}
		if i > 0 && at-first+shift <= seconds[i-1] {
			t.backwards++
			shift = seconds[i-1] + typical - (at - first)
		}
		seconds[i] = at - first + shift
	}
	if typical <= 0 || float64(t.backwards) > max(1, maxBackwards*float64(len(stamps))) {
		return timesFromRate(len(stamps), s)
	}
	for i := range seconds {
		seconds[i] = math.Round(seconds[i]*1e6) / 1e6 // ffprobe prints microseconds
	}
	return seconds, t
}

// medianInterval returns the median of the intervals between neighbouring frames, without those
// that go back.
func medianInterval(stamps []float64) float64 {
	var steps []float64
	for i := 1; i < len(stamps); i++ {
		if d := stamps[i] - stamps[i-1]; d > 0 {
			steps = append(steps, d)
		}
	}
	if len(steps) == 0 {
		return singleFrame
	}
	return median(steps)
}

// timesFromRate returns n times at the stream's frame rate.
func timesFromRate(n int, s stream) ([]float64, timing) {
	rate, known := s.rate()
	seconds := make([]float64, n)
	for i := range seconds {
		seconds[i] = math.Round(float64(i)/rate*1e6) / 1e6
	}
	return seconds, timing{rate: rate, assumed: !known}
}
