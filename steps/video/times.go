package video

import (
	"fmt"
	"math"
)

// A timing is what had to be done to a stream's times.
type timing struct {
	rate    float64 // frames a second from which all times were made; 0: the file has times
	guessed bool    // no rate was said either
	back    int     // how often the file's clock stood still or went back
}

// note says it to a person.
func (t timing) note() []string {
	switch {
	case t.guessed:
		return []string{fmt.Sprintf("it says neither when its frames are shown nor how many there are a second: %g a second are assumed", t.rate)}
	case t.rate > 0:
		return []string{fmt.Sprintf("it does not say when its frames are shown: their times are made from its rate, %.4g a second", t.rate)}
	case t.back > 0:
		return []string{fmt.Sprintf("its clock stands still or goes back %s: times are counted on from there", often(t.back))}
	}
	return nil
}

func often(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// restarts is how often a clock may go back, as a share of the frames, before none of its times is
// believed.
const restarts = 0.02

// times returns when each frame is shown, in seconds from the first, ascending. They are the file's
// own; where its clock goes back, as in recordings that were joined, they are counted on; where
// frames have no time, all are made from the stream's rate.
func times(told []float64, s stream) ([]float64, timing) {
	var t timing
	seconds := make([]float64, len(told))
	usual, first, shift := interval(told), told[0], 0.0
	for i, at := range told {
		if math.IsNaN(at) {
			return made(len(told), s)
		}
		if i > 0 && at-first+shift <= seconds[i-1] {
			t.back++
			shift = seconds[i-1] + usual - (at - first)
		}
		seconds[i] = at - first + shift
	}
	if usual <= 0 || float64(t.back) > max(1, restarts*float64(len(told))) {
		return made(len(told), s)
	}
	for i := range seconds {
		seconds[i] = math.Round(seconds[i]*1e6) / 1e6 // ffprobe tells microseconds
	}
	return seconds, t
}

// interval is the median of the times between neighbouring frames, of those that go forward.
func interval(told []float64) float64 {
	var steps []float64
	for i := 1; i < len(told); i++ {
		if d := told[i] - told[i-1]; d > 0 {
			steps = append(steps, d)
		}
	}
	if len(steps) == 0 {
		return alone
	}
	return median(steps)
}

// made makes n times from the stream's rate.
func made(n int, s stream) ([]float64, timing) {
	rate, said := s.rate()
	seconds := make([]float64, n)
	for i := range seconds {
		seconds[i] = math.Round(float64(i)/rate*1e6) / 1e6
	}
	return seconds, timing{rate: rate, guessed: !said}
}
