package compare

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// The number of draws. It falls below maxDraws where a study is so large that they would take
// seconds: a trial of all runs reads about drawWork blocks.
const (
	maxDraws = 2000
	minDraws = 200
	drawWork = 2e7
)

// Draws returns the number of bootstrap draws.
func (t *Trial) Draws() int { return len(t.draws[0]) }

// bootstrap returns each arm's rate in each draw. A draw picks areas with replacement, within each
// picked area its blocks, and for each arm its runs. All arms share one draw of areas and blocks,
// so that differences between arms are paired.
func (t *Trial) bootstrap(seed uint64) [][]float64 {
	if len(t.arms) == 0 {
		return nil
	}
	table := t.table()
	n := max(minDraws, min(maxDraws, int(drawWork/float64(len(table.right)+1))))
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
			draws[i][k] = resampledMean(random, mine) / float64(t.areas)
		}
	}
	return draws
}

// A table holds a trial's blocks in flat slices, which draw reads in order: the bootstrap spends
// nearly all its time there.
type table struct {
	runs   int       // number of runs, over all arms
	from   []int     // index of each area's first block, and the number of all blocks at the end
	judged []float64 // judged frames of each block
	right  []float64 // right frames of each block and run; the runs of one block are neighbours
}

// table returns the blocks of all arms in flat slices.
func (t *Trial) table() *table {
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

// draw picks areas and their blocks, and sets sums to each run's rates added up over the picked
// areas. area is scratch space of the same length as sums.
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

// resampledMean returns the mean of len(values) values drawn with replacement.
func resampledMean(random *rand.Rand, values []float64) float64 {
	if len(values) == 1 {
		return values[0]
	}
	sum := 0.0
	for range values {
		sum += values[random.IntN(len(values))]
	}
	return sum / float64(len(values))
}

// difference returns the bootstrap's interval of a's rate less b's. Its percentiles are expanded
// for few samples (Hesterberg, The American Statistician 69, 2015, 371-386). One area says nothing
// about the others, so a trial of one has the widest interval.
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
	return Interval{
		Low:  stat.Quantile(tail, stat.Empirical, d, nil),
		High: stat.Quantile(1-tail, stat.Empirical, d, nil),
	}
}

// expanded returns the share to cut off on each side so that, with n samples, the interval covers
// what the nominal tail promises.
func expanded(tail float64, n int) float64 {
	few := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(tail)
	return distuv.UnitNormal.CDF(few * math.Sqrt(float64(n)/float64(n-1)))
}
