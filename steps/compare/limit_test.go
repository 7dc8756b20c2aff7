package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// For outcomes of 0 and 1 the limit is Clopper and Pearson's, a quantile of a beta distribution.
func TestLimitOfShares(t *testing.T) {
	for _, c := range [][2]int{
		{1, 1}, {1, 2}, {5, 10}, {9, 10}, {10, 10}, {81, 263}, {190, 200}, {999, 1000},
	} {
		right, n := c[0], c[1]
		outcomes := slices.Concat(slices.Repeat([]float64{1}, right), make([]float64, n-right))
		for _, level := range []float64{0.05, 0.025, 0.2} {
			want := distuv.Beta{Alpha: float64(right), Beta: float64(n-right) + 1}.Quantile(level)
			if got := newSample(outcomes).below(0, level); math.Abs(got-want) > 2e-5 {
				t.Errorf("%d of %d at %g: %.7f, want %.7f", right, n, level, got, want)
			}
		}
	}
}

// Where nothing differs, the limit is 1 less the n-th root of the level: about 3/n at 0.05.
func TestLimitOfNoDifference(t *testing.T) {
	for _, n := range []int{1, 2, 10, 59, 60, 100, 120, 121, 200, 1000} {
		s := newSample(make([]float64, n))
		want := 1 - math.Pow(0.05, 1/float64(n))
		low, high := s.below(-1, 0.05), s.above(1, 0.05)
		if math.Abs(low+want) > 1e-7 || math.Abs(high-want) > 1e-7 {
			t.Errorf("%d areas: %.9f and %.9f, want %.9f", n, low, high, want)
		}
	}
}

// The limit is the quantile of the mean under random weights, which can be drawn as well.
func TestLimitIsAQuantile(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	for _, n := range []int{3, 10, 50, 150} {
		outcomes := make([]float64, n)
		for i := range outcomes {
			outcomes[i] = min(max(math.Round(5*random.NormFloat64())/20, -1), 1)
		}
		draws := make([]float64, 20_000)
		for k := range draws {
			sum, weights := 0.0, 0.0
			for _, x := range append(slices.Clone(outcomes), -1) {
				w := random.ExpFloat64()
				sum, weights = sum+w*x, weights+w
			}
			draws[k] = sum / weights
		}
		got, below := newSample(outcomes).below(-1, 0.05), 0.0
		for _, d := range draws {
			if d <= got {
				below += 1 / float64(len(draws))
			}
		}
		// Four standard errors of a share of 0.05.
		if math.Abs(below-0.05) > 4*math.Sqrt(0.05*0.95/float64(len(draws))) {
			t.Errorf("%d areas: %.4f of the draws are below the limit, want 0.05", n, below)
		}
	}
}

func TestLimitAtTheEnds(t *testing.T) {
	lost := newSample([]float64{-1, -1, -1})
	if got := lost.below(-1, 0.05); got != -1 {
		t.Errorf("all lost: below %g", got)
	}
	if got := lost.above(1, 0.05); math.Abs(got-(1-2*math.Pow(0.05, 1.0/3))) > 1e-7 {
		t.Errorf("all lost: above %g", got)
	}
	// Mirrored outcomes have mirrored limits.
	s, m := newSample([]float64{-0.2, 0, 0.5, 1}), newSample([]float64{0.2, 0, -0.5, -1})
	if math.Abs(s.below(-1, 0.1)+m.above(1, 0.1)) > 1e-7 {
		t.Error("the limits of mirrored outcomes differ")
	}
}

func BenchmarkLimit(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	outcomes := make([]float64, 200)
	for i := range outcomes {
		outcomes[i] = 2*random.Float64() - 1 // no two alike: the slowest
	}
	s := newSample(outcomes)
	for b.Loop() {
		s.below(-1, 0.05)
	}
}
