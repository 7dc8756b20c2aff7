package video

import (
	"fmt"
	"math"
)

// A timing is what had to be done to a stream's times.
type timing struct {
	rate      float64 // frames a second from which all times were made; 0: the file has times
	assumed   bool    // no rate was said either
	backwards int     // how often the file's clock stood still or went back
}

// notes says it to a person.
func (t timing) notes() []string {
	switch {
	case t.assumed:
		return []string{fmt.Sprintf("it says neither when its frames are shown nor how many there are a second: %g a second are assumed", t.rate)}
	case t.rate > 0:
		return []string{fmt.Sprintf("it does not say when its frames are shown: their times are made from its rate, %.4g a second", t.rate)}
	case t.backwards > 0:
		return []string{fmt.Sprintf("its clock stands still or goes back %s: times are counted on from there", countTimes(t.backwards))}
	}
	return nil
}

func countTimes(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// maxBackwards is how often a clock may go back, as a share of the frames, before none of its times is
// believed.
const maxBackwards = 0.02

// times returns when each frame is shown, in seconds from the first, ascending. They are the file's
// own; where its clock goes back, as in recordings that were joined, they are counted on; where
// frames have no time, all are made from the stream's rate.
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
		seconds[i] = math.Round(seconds[i]*1e6) / 1e6 // ffprobe tells microseconds
	}
	return seconds, t
}

// medianInterval is the median of the times between neighbouring frames, of those that go forward.
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

// timesFromRate makes n times from the stream's rate.
func timesFromRate(n int, s stream) ([]float64, timing) {
	rate, known := s.rate()
	seconds := make([]float64, n)
	for i := range seconds {
		seconds[i] = math.Round(float64(i)/rate*1e6) / 1e6
	}
	return seconds, timing{rate: rate, assumed: !known}
}
