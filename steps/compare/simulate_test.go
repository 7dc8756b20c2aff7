package compare

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A world makes studies of arms whose true rates are known. Areas are easy or hard for all arms
// alike, and for each arm in its own way; the areas of one label hang together, and so do those of
// one training. An area is right in a share of its frames.
type world struct {
	areas, replicates int
	truth             []float64 // true rate of each arm, over all areas of the labels there are
}

const (
	worldLabels   = 10
	sharedSpread  = 1.0  // of areas' difficulty, in units of a normal distribution
	ownSpread     = 0.4  // likewise, for an arm alone
	labelSpread   = 0.4  // of labels' difficulty for an arm
	runSpread     = 0.15 // of trainings
	frameSpread   = 0.3  // of frames
	judgedFrames  = 20
	truthOfLarger = 0.9
)

// study draws a study's trial.
func (w world) study(random *rand.Rand) *Trial {
	spread, runs := runSpread, w.replicates
	if runs == 1 {
		spread = 0 // what one training's study says is said of that training
	}
	shared := make([]float64, w.areas)
	for j := range shared {
		shared[j] = sharedSpread * random.NormFloat64()
	}
	var arms []Arm
	for _, truth := range w.truth {
		labels := make([]float64, worldLabels)
		for l := range labels {
			labels[l] = labelSpread * random.NormFloat64()
		}
		others := math.Sqrt(sharedSpread*sharedSpread + ownSpread*ownSpread + spread*spread +
			frameSpread*frameSpread)
		ability := abilityFor(truth, labels, others)
		own := make([]float64, w.areas)
		for j := range own {
			own[j] = ability - shared[j] + labels[j%worldLabels] + ownSpread*random.NormFloat64()
		}
		arm := Arm{}
		for range runs {
			luck, run := spread*random.NormFloat64(), make([]Area, w.areas)
			for j := range run {
				p := distuv.UnitNormal.CDF((own[j] + luck) / frameSpread)
				run[j] = Area{Judged: judgedFrames}
				for range judgedFrames {
					if random.Float64() < p {
						run[j].Right++
					}
				}
			}
			arm.Runs = append(arm.Runs, run)
		}
		arms = append(arms, arm)
	}
	return New(arms, 0.95)
}

// abilityFor returns the ability by which an arm's rate over the labels is truth.
func abilityFor(truth float64, labels []float64, spread float64) float64 {
	low, high := -20.0, 20.0
	for high-low > 1e-9 {
		middle, rate := (low+high)/2, 0.0
		for _, l := range labels {
			rate += distuv.UnitNormal.CDF((middle+l)/spread) / float64(len(labels))
		}
		if rate < truth {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// tally counts what holds in each of so many studies, which are drawn with seeds of their own.
func tally(studies int, what func(random *rand.Rand) []bool) []float64 {
	var mutex sync.Mutex
	var group sync.WaitGroup
	var counts []float64
	workers := runtime.GOMAXPROCS(0)
	for k := range workers {
		group.Go(func() {
			for i := k; i < studies; i += workers {
				held := what(rand.New(rand.NewPCG(uint64(i), 2026)))
				mutex.Lock()
				if counts == nil {
					counts = make([]float64, len(held))
				}
				for j, ok := range held {
					if ok {
						counts[j] += 1 / float64(studies)
					}
				}
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	return counts
}

// simulated is the number of studies of each world. A share of 0.05 of them has a standard error of
// 0.005.
const simulated = 2000

// The decision's promises, by studies of worlds whose truth is known. Where every smaller arm loses
// exactly the margin, one is called enough in no more studies than the level allows. Where all are
// equal, the share is the decision's power, which is only printed. Intervals cover the truth.
func TestSimulatedDecisions(t *testing.T) {
	const margin, level = 0.05, 0.05
	allowed := level + 3*math.Sqrt(level*(1-level)/simulated)
	t.Log("areas trainings | enough, all lose the margin | worse | enough, all equal |" +
		" limits, both ends | interval | bootstrap | rate")
	for _, areas := range []int{10, 30, 200} {
		for _, replicates := range []int{1, 3} {
			loses := world{areas, replicates, []float64{truthOfLarger, truthOfLarger - margin,
				truthOfLarger - margin}}
			l := tally(simulated, func(random *rand.Rand) []bool {
				trial := loses.study(random)
				d := trial.Decide(0, margin)
				c, pair := d.Candidates[1], trial.Compare(1, 0)
				return []bool{
					d.Decided && d.Chosen != 0, c.Verdict == Worse,
					c.Interval.Low <= -margin, c.Interval.High >= -margin,
					covers(pair.Interval, -margin),
					covers(trial.Interval(0), truthOfLarger),
				}
			})
			b := tally(simulated/10, func(random *rand.Rand) []bool {
				return []bool{covers(bootstrapped(random, loses.study(random), 1, 0), -margin)}
			})
			equals := world{areas, replicates, slices.Repeat([]float64{truthOfLarger}, 3)}
			e := tally(simulated, func(random *rand.Rand) []bool {
				d := equals.study(random).Decide(0, margin)
				return []bool{d.Decided && d.Chosen != 0, d.Candidates[1].Verdict == Worse}
			})
			t.Logf("%5d %9d | %27.3f | %5.3f | %17.3f | %8.3f and %5.3f | %8.3f | %9.3f | %.3f",
				areas, replicates, l[0], l[1], e[0], l[2], l[3], l[4], b[0], l[5])
			for what, share := range map[string]float64{
				"is called enough though it loses the margin": l[0],
				"is called worse though it loses the margin":  l[1],
				"has a limit above the truth":                 1 - l[2],
				"has a limit below the truth":                 1 - l[3],
				"has an interval without the truth":           1 - l[4],
			} {
				if share > allowed {
					t.Errorf("%d areas, %d trainings: an arm %s in %.3f of the studies", areas,
						replicates, what, share)
				}
			}
		}
	}
}

func covers(i Interval, truth float64) bool { return i.Low <= truth && truth <= i.High }

// bootstrapped returns the percentile interval of a bootstrap over areas and trainings, which is
// printed beside the limits: it is why they are not a bootstrap's.
func bootstrapped(random *rand.Rand, t *Trial, a, b int) Interval {
	draws := make([]float64, 200)
	for k := range draws {
		var runs [2][]Area
		sum := 0.0
		for _, arm := range []int{a, b} {
			for range t.arms[arm].Runs {
				i := 0
				if arm == b {
					i = 1
				}
				runs[i] = slices.Concat(runs[i],
					t.arms[arm].Runs[random.IntN(len(t.arms[arm].Runs))])
			}
		}
		for range t.areas {
			j := random.IntN(t.areas)
			for at := j; at < len(runs[0]); at += t.areas {
				sum += (runs[0][at].Rate() - runs[1][at].Rate()) / float64(len(runs[0]))
			}
		}
		draws[k] = sum
	}
	slices.Sort(draws)
	return Interval{stat.Quantile(0.025, stat.Empirical, draws, nil),
		stat.Quantile(0.975, stat.Empirical, draws, nil)}
}
