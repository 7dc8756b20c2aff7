// Package compare holds a study's statistics and the decision over them. All its functions are
// pure: the same arms, confidence and seed give the same figures.
//
// The sample is the area. Ten areas are ten samples, however many frames were judged, since the
// frames of one area show the same product in the same place. An area's outcome is its rate: the
// share of its judged frames that were found right. Where whole pictures are judged, a picture
// takes the place of an area, or a group of near-duplicates, whose blocks are its pictures. A Trial
// holds several arms (the resolutions' models) over the same areas and moments, so that any two
// arms can be compared in pairs, by
//
//   - Wilson's score interval for one rate,
//   - the exact sign test over areas, which is never significant with fewer than six that differ,
//   - a paired block bootstrap of the difference, which draws areas, blocks of time within them,
//     and trainings,
//   - an adjusted interval of the difference, which holds even where no area differs and the
//     bootstrap sees no variance.
//
// A loss is shown by the bootstrap and the sign test together. That there is no loss is shown by
// the bootstrap and the adjusted interval together.
package compare

import (
	"fmt"

	"gonum.org/v1/gonum/stat"
)

// A Block is one area during one stretch of a camera's video.
type Block struct {
	Right  int // judged frames in which the expected label was found
	Judged int // frames
}

// An Area is an area's blocks, in order of time.
type Area []Block

// Rate returns the share of the area's judged frames that are right, or 0 where none was judged.
func (a Area) Rate() float64 {
	right, judged := 0, 0
	for _, b := range a {
		right, judged = right+b.Right, judged+b.Judged
	}
	if judged == 0 {
		return 0
	}
	return float64(right) / float64(judged)
}

// An Arm is what one resolution's trainings found.
type Arm struct {
	Name string
	Runs [][]Area // the areas of each training
}

// A Trial is several arms over the same areas and blocks. Its arms are addressed by their places in
// the slice that New was given.
type Trial struct {
	arms       []Arm
	areas      int         // number of areas of each run
	rates      [][]float64 // for each arm, by area: the mean over its runs
	confidence float64
	draws      [][]float64 // for each arm its rate in each bootstrap draw
}

// New returns the trial of the arms at a confidence such as 0.95. seed starts its bootstrap. Each
// arm has at least one run and each run at least one area. All runs of all arms have the same areas
// in one order, with the same blocks and judged frames; New panics if they do not.
func New(arms []Arm, confidence float64, seed int64) *Trial {
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
	t.draws = t.bootstrap(uint64(seed))
	return t
}

// SameAreas reports whether two runs have as many areas, with the same blocks and judged frames.
func SameAreas(a, b []Area) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return false
		}
		for j := range a[i] {
			if a[i][j].Judged != b[i][j].Judged {
				return false
			}
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

// Interval returns Wilson's interval of an arm's rate, with each area as one sample.
func (t *Trial) Interval(arm int) Interval { return Wilson(t.Rate(arm), t.areas, t.confidence) }

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

// runRates returns the rate of each of an arm's runs.
func (t *Trial) runRates(arm int) []float64 {
	var out []float64
	for _, run := range t.arms[arm].Runs {
		out = append(out, Rate(run))
	}
	return out
}

// Spread returns the mean of values and their standard deviation as a sample, which is 0 for one
// value. There is at least one value.
func Spread(values []float64) (mean, deviation float64) {
	if len(values) == 1 {
		return values[0], 0
	}
	return stat.MeanStdDev(values, nil)
}
