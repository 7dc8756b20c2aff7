// Package compare holds a study's statistics and the decision over them. All its functions are
// pure: the same arms and confidence give the same figures.
//
// The sample is the area. Ten areas are ten samples, however many frames were judged, since the
// frames of one area show the same product in the same place. An area's outcome is its rate: the
// share of its judged frames that were found right. Where whole pictures are judged, a picture
// takes the place of an area, or a group of near-duplicates. A Trial holds several arms (the
// resolutions' models) over the same areas, so that any two arms can be compared in pairs.
//
// What can be said of areas that were not judged is bounded by limits that assume nothing of the
// areas but that they are independent and that a rate lies between 0 and 1 (sample.below). Where an
// arm was trained several times, the trainings are a second sample, and the limits are widened by
// what their mean may be off (Trial.limits).
package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// An Area is what one training's model found in one area.
type Area struct {
	Right  int // judged frames in which the expected label was found
	Judged int // frames
}

// Rate returns the share of the area's judged frames that are right, or 0 where none was judged.
func (a Area) Rate() float64 {
	if a.Judged == 0 {
		return 0
	}
	return float64(a.Right) / float64(a.Judged)
}

// An Arm is what one resolution's trainings found.
type Arm struct {
	Name string
	Runs [][]Area // the areas of each training
}

// A Trial is several arms over the same areas. Its arms are addressed by their places in the slice
// that New was given.
type Trial struct {
	arms       []Arm
	areas      int         // number of areas of each run
	rates      [][]float64 // for each arm, by area: the mean over its runs
	confidence float64
}

// New returns the trial of the arms at a confidence such as 0.95. Each arm has at least one run and
// each run at least one area. All runs of all arms have the same areas in one order, with the same
// judged frames; New panics if they do not.
func New(arms []Arm, confidence float64) *Trial {
	t := &Trial{arms: arms, confidence: confidence}
	for i, arm := range arms {
		for _, run := range arm.Runs {
			if !SameAreas(run, arms[0].Runs[0]) {
				panic(fmt.Sprintf("BUG: arm %d (%s) was judged on other areas than the first",
					i, arm.Name))
			}
		}
	}
	if len(arms) > 0 {
		t.areas = len(arms[0].Runs[0])
	}
	for _, arm := range arms {
		t.rates = append(t.rates, arm.rates())
	}
	return t
}

// SameAreas reports whether two runs have as many areas, with the same judged frames.
func SameAreas(a, b []Area) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Judged != b[i].Judged {
			return false
		}
	}
	return true
}

// rates returns the arm's rate in each area, the mean over its runs.
func (a Arm) rates() []float64 {
	out := make([]float64, len(a.Runs[0]))
	for i := range out {
		for _, run := range a.Runs {
			out[i] += run[i].Rate()
		}
		out[i] /= float64(len(a.Runs))
	}
	return out
}

// Areas returns the number of areas, which are the samples.
func (t *Trial) Areas() int { return t.areas }

// Rate returns an arm's detection rate: the mean over areas and runs.
func (t *Trial) Rate(arm int) float64 { return stat.Mean(t.rates[arm], nil) }

// Interval returns the interval of an arm's rate: Wilson's, with each area as one sample, widened by
// what its trainings may be off.
func (t *Trial) Interval(arm int) Interval {
	rate, level := t.Rate(arm), (1-t.confidence)/2
	i := Wilson(rate, t.areas, t.confidence).widened(rate, t.training(arm).reach(level))
	i.Low = max(i.Low, 0) // unlike a difference's
	return i
}

// Rates returns an arm's rate in each area, the mean over its runs. The caller must not change it.
func (t *Trial) Rates(arm int) []float64 { return t.rates[arm] }

// Rate returns the mean of the areas' rates.
func Rate(areas []Area) float64 {
	sum := 0.0
	for _, a := range areas {
		sum += a.Rate()
	}
	return sum / float64(len(areas))
}

// differences returns arm a's rate less arm b's in each area.
func (t *Trial) differences(a, b int) sample {
	out := make([]float64, t.areas)
	for i := range out {
		out[i] = t.rates[a][i] - t.rates[b][i]
	}
	return newSample(out)
}

// limits returns what the difference of two arms' true rates is above and below, each with a
// probability of at least 1-level. Both the areas and the trainings are samples: the squares of how
// far the mean of each may be off are added (Zou and Donner, Statistics in Medicine 27, 2008,
// 1693-1702).
func (t *Trial) limits(a, b int, level float64) Interval {
	s := t.differences(a, b)
	mean, _ := s.mean()
	trainings := t.training(a).and(t.training(b))
	return Interval{s.below(-1, level), s.above(1, level)}.widened(mean, trainings.reach(level))
}

// chance is how the mean rate of an arm's trainings varies. It is zero where there is one training:
// what is said then holds for that training alone.
type chance struct {
	variance float64 // of the mean
	freedom  float64 // degrees of freedom of the estimate
}

// training returns the chance of an arm.
func (t *Trial) training(arm int) chance {
	runs := t.arms[arm].Runs
	if len(runs) < 2 {
		return chance{}
	}
	var rates []float64
	for _, run := range runs {
		rates = append(rates, Rate(run))
	}
	n := float64(len(rates))
	return chance{stat.Variance(rates, nil) / n, n - 1}
}

// and returns the chance of the difference of two arms, with Welch's degrees of freedom.
func (c chance) and(d chance) chance {
	sum := c.variance + d.variance
	inverse := 0.0
	for _, one := range []chance{c, d} {
		if one.variance > 0 {
			inverse += one.variance * one.variance / one.freedom
		}
	}
	if inverse == 0 {
		return chance{}
	}
	return chance{sum, sum * sum / inverse}
}

// reach returns how far the mean may be off on one side, at a level.
func (c chance) reach(level float64) float64 {
	if c.variance == 0 {
		return 0
	}
	t := distuv.StudentsT{Sigma: 1, Nu: c.freedom}.Quantile(1 - level)
	return t * math.Sqrt(c.variance)
}

// Spread returns the mean of values and their standard deviation as a sample, which is 0 for one
// value. There is at least one value.
func Spread(values []float64) (mean, deviation float64) {
	if len(values) == 1 {
		return values[0], 0
	}
	return stat.MeanStdDev(values, nil)
}
