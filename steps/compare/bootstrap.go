package compare

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// The number of draws: fewer where a study is so large that they would take seconds.
const (
	mostDraws  = 2000
	leastDraws = 200
	drawWork   = 2e7 // blocks that are looked at, of all runs together
)

// Draws is how many times the bootstrap draws.
func (t *Trial) Draws() int { return len(t.draws[0]) }

// bootstrap draws areas with replacement, within each drawn area its blocks, and for each arm its runs. One draw serves
// all arms, so that their differences are paired.
func (t *Trial) bootstrap(seed uint64) [][]float64 {
	if len(t.arms) == 0 {
		return nil
	}
	table := t.lay()
	n := max(leastDraws, min(mostDraws, int(drawWork/float64(len(table.right)+1))))
	random := rand.New(rand.NewPCG(seed, 0x626f6f74))
	draws := make([][]float64, len(t.arms))
	for i := range draws {
		draws[i] = make([]float64, n)
	}
	sums, area := make([]float64, table.runs), make([]float64, table.runs)
	for k := range n {
		table.draw(random, sums, area)
		at := 0
		for i, arm := range t.arms {
			mine := sums[at : at+len(arm.Runs)]
			at += len(arm.Runs)
			draws[i][k] = resampled(random, mine) / float64(t.areas)
		}
	}
	return draws
}

// A table is a trial's blocks laid out for drawing: for each block of each area, what all arms' runs found right there.
type table struct {
	runs   int       // of all arms
	from   []int     // of each area, its first block; and the end
	judged []float64 // of each block
	right  []float64 // of each block, for each run
}

func (t *Trial) lay() *table {
	out := &table{from: []int{0}}
	for i, area := range t.arms[0].Runs[0] {
		out.from = append(out.from, out.from[i]+len(area))
		for j, b := range area {
			out.judged = append(out.judged, float64(b.Judged))
			for _, arm := range t.arms {
				for _, run := range arm.Runs {
					out.right = append(out.right, float64(run[i][j].Right))
				}
			}
		}
	}
	for _, arm := range t.arms {
		out.runs += len(arm.Runs)
	}
	return out
}

// draw fills sums with each run's rates, added up over areas that are drawn. area is room for one of them.
func (t *table) draw(random *rand.Rand, sums, area []float64) {
	clear(sums)
	areas := len(t.from) - 1
	for range areas {
		i := random.IntN(areas)
		first, blocks := t.from[i], t.from[i+1]-t.from[i]
		clear(area)
		judged := 0.0
		for range blocks {
			b := first + random.IntN(blocks)
			judged += t.judged[b]
			for k, n := range t.right[b*t.runs : (b+1)*t.runs] {
				area[k] += n
			}
		}
		if judged == 0 {
			continue
		}
		for k, n := range area {
			sums[k] += n / judged
		}
	}
}

// resampled is the mean of as many of the values as there are, drawn with replacement.
func resampled(random *rand.Rand, values []float64) float64 {
	if len(values) == 1 {
		return values[0]
	}
	sum := 0.0
	for range values {
		sum += values[random.IntN(len(values))]
	}
	return sum / float64(len(values))
}

// difference is the bootstrap's interval of a's rate less b's. The percentiles are the expanded ones for few samples
// (Hesterberg, The American Statistician 69, 2015, 371-386); of one area nothing can be said.
func (t *Trial) difference(a, b int) Interval {
	if t.areas < 2 {
		return Interval{-1, 1}
	}
	d := make([]float64, len(t.draws[a]))
	for k := range d {
		d[k] = t.draws[a][k] - t.draws[b][k]
	}
	slices.Sort(d)
	tail := expanded((1-t.confidence)/2, t.areas)
	return Interval{stat.Quantile(tail, stat.Empirical, d, nil), stat.Quantile(1-tail, stat.Empirical, d, nil)}
}

// expanded is the share that is cut off on each side, for a nominal one and so many samples.
func expanded(tail float64, n int) float64 {
	few := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(tail)
	return distuv.UnitNormal.CDF(few * math.Sqrt(float64(n)/float64(n-1)))
}
