package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// arm returns an arm of one training. right[i] of area i's ten frames, in two blocks, are right.
func arm(name string, right ...int) Arm {
	var areas []Area
	for _, n := range right {
		areas = append(areas, Area{{min(n, 5), 5}, {max(n-5, 0), 5}})
	}
	return Arm{name, [][]Area{areas}}
}

// same returns an arm whose areas are all alike, each of one block.
func same(name string, areas int, right, judged int) Arm {
	list := make([]Area, areas)
	for i := range list {
		list[i] = Area{{right, judged}}
	}
	return Arm{name, [][]Area{list}}
}

// Three areas have 27 equally likely draws, so the bootstrap's distribution is known: the mean
// difference is below -0.6 in 1/27 of them, and so on. The draws must come in those shares.
func TestBootstrapEnumerated(t *testing.T) {
	a := Arm{"a", [][]Area{{{{0, 10}}, {{5, 10}}, {{10, 10}}}}}
	b := same("b", 3, 10, 10)
	trial := New([]Arm{a, b}, 0.95, 1)
	exact := map[int]float64{} // difference in thirtieths -> share
	losses := []int{10, 5, 0}
	for _, x := range losses {
		for _, y := range losses {
			for _, z := range losses {
				exact[-(x + y + z)] += 1.0 / 27
			}
		}
	}
	seen := map[int]float64{}
	for k := range trial.Draws() {
		difference := trial.draws[0][k] - trial.draws[1][k]
		seen[int(math.Round(difference*30))] += 1 / float64(trial.Draws())
	}
	for d, share := range exact {
		if off := math.Abs(seen[d] - share); off > 4*math.Sqrt(share/float64(trial.Draws())) {
			t.Errorf("difference %d/30 in %.4f of the draws, want %.4f", d, seen[d], share)
		}
	}
	if len(seen) != len(exact) {
		t.Errorf("%d different differences were drawn, want %d", len(seen), len(exact))
	}
}

// Blocks are drawn within their area: an area that is right in one of its two blocks is drawn at 0,
// 1/2 and 1 in the shares 1/4, 1/2 and 1/4.
func TestBootstrapBlocks(t *testing.T) {
	trial := New([]Arm{{"a", [][]Area{{{{4, 4}, {0, 4}}}}}}, 0.95, 1)
	seen := map[float64]int{}
	for _, rate := range trial.draws[0] {
		seen[rate]++
	}
	for rate, share := range map[float64]float64{0: 0.25, 0.5: 0.5, 1: 0.25} {
		if got := float64(seen[rate]) / float64(trial.Draws()); math.Abs(got-share) > 0.03 {
			t.Errorf("rate %g is in %.3f of the draws, want %.2f", rate, got, share)
		}
	}
}

// Trainings that differ widen the interval, though their mean is the same.
func TestBootstrapRuns(t *testing.T) {
	steady, wild := arm("steady", 5, 5, 5, 5, 5, 5), arm("wild", 9, 9, 9, 9, 9, 9)
	wild.Runs = append(wild.Runs, arm("", 1, 1, 1, 1, 1, 1).Runs...)
	trial := New([]Arm{steady, wild}, 0.95, 1)
	if d := trial.Rate(0) - trial.Rate(1); math.Abs(d) > 1e-9 {
		t.Fatalf("the means differ by %g", d)
	}
	if i := trial.difference(0, 1); i.Low > -0.3 || i.High < 0.3 {
		t.Errorf("the interval %v ignores the spread of the trainings", i)
	}
}

func TestBootstrapIsSeeded(t *testing.T) {
	arms := []Arm{arm("a", 9, 8, 10, 7), arm("b", 9, 5, 10, 6)}
	one, again, other := New(arms, 0.95, 1), New(arms, 0.95, 1), New(arms, 0.95, 2)
	if !slices.Equal(one.draws[0], again.draws[0]) || slices.Equal(one.draws[0], other.draws[0]) {
		t.Error("the draws do not depend on the seed alone")
	}
}

// In worlds where the true difference is known, the interval must cover it about as often as it
// promises. Each world has ten areas whose rates vary as they do on a shelf.
func TestBootstrapCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	const worlds, truth = 300, -0.1
	held := 0
	for w := range worlds {
		var a, b []Area
		for range 10 {
			p := 0.6 + 0.3*random.Float64()
			q := p + truth + 0.2*(random.Float64()-0.5)
			a, b = append(a, judged(random, q)), append(b, judged(random, p))
		}
		i := New([]Arm{{"a", [][]Area{a}}, {"b", [][]Area{b}}}, 0.95, int64(w)).difference(0, 1)
		if i.Low <= truth && truth <= i.High {
			held++
		}
	}
	if share := float64(held) / worlds; share < 0.92 {
		t.Errorf("the interval covers the truth in %.3f of the worlds, want 0.95", share)
	}
}

func judged(random *rand.Rand, p float64) Area {
	var area Area
	for range 6 {
		b := Block{Judged: 5}
		for range b.Judged {
			if random.Float64() < p {
				b.Right++
			}
		}
		area = append(area, b)
	}
	return area
}

func TestCompareEdgeCases(t *testing.T) {
	for name, c := range map[string]struct {
		a, b    Arm
		verdict Verdict
		areas   int // needed
	}{
		"all right":            {same("a", 10, 10, 10), same("b", 10, 10, 10), Inconclusive, 0},
		"all wrong":            {same("a", 10, 0, 10), same("b", 10, 0, 10), Inconclusive, 0},
		"one area":             {same("a", 1, 0, 10), same("b", 1, 10, 10), Inconclusive, 6},
		"five areas, all lost": {same("a", 5, 0, 10), same("b", 5, 10, 10), Inconclusive, 6},
		"six areas, all lost":  {same("a", 6, 0, 10), same("b", 6, 10, 10), Worse, 0},
		"ten areas, six are won": {
			arm("a", 9, 9, 9, 9, 9, 9, 5, 5, 5, 5), arm("b", 1, 1, 1, 1, 1, 1, 5, 5, 5, 5), Better,
			0,
		},
	} {
		got := New([]Arm{c.a, c.b}, 0.95, 1).Compare(0, 1)
		if got.Verdict != c.verdict || got.Needed.Areas != c.areas {
			t.Errorf("%s: verdict %d, needed %+v", name, got.Verdict, got.Needed)
		}
	}
}

func TestDecide(t *testing.T) {
	good := []int{10, 10, 9, 10, 9, 10, 10, 9, 10, 10}
	for name, c := range map[string]struct {
		arms         []Arm
		best, chosen int
		decided      bool
	}{
		"the smallest detects most": {
			[]Arm{arm("l", 9, 8, 9, 9, 8, 9, 9, 8, 9, 9), arm("s", good...)}, 1, 1, true,
		},
		"equals are no evidence": {[]Arm{arm("l", good...), arm("s", good...)}, 0, 1, false},
		"a clear loss": {
			[]Arm{arm("l", good...), arm("s", 1, 2, 0, 1, 2, 3, 1, 0, 1, 2)}, 0, 0, true,
		},
		"two areas": {[]Arm{arm("l", 10, 10), arm("s", 2, 1)}, 0, 1, false},
		"many equal areas": {
			[]Arm{same("l", 200, 10, 10), same("s", 200, 10, 10)}, 0, 1, true,
		},
	} {
		d := New(c.arms, 0.95, 1).Decide(0.03, true)
		if d.Best != c.best || d.Chosen != c.chosen || d.Decided != c.decided {
			t.Errorf("%s: best %d, chosen %d, decided %v", name, d.Best, d.Chosen, d.Decided)
		}
	}
}

// The number of areas in Needed must be enough, if the rates stay as they are. For ties alone the
// adjusted interval is 0 ± z*sqrt(2)/(n+2), which is under 0.03 from n = 91 on.
func TestNeededIsEnough(t *testing.T) {
	decide := func(areas int) Decision {
		arms := []Arm{same("l", areas, 10, 10), same("s", areas, 10, 10)}
		return New(arms, 0.95, 1).Decide(0.03, true)
	}
	n := decide(10).Candidates[1].Needed.Areas
	if n != 91 {
		t.Errorf("%d areas are needed, want 91", n)
	}
	for _, c := range []struct {
		areas   int
		decided bool
	}{{n - 1, false}, {n, true}} {
		if d := decide(c.areas); d.Decided != c.decided {
			t.Errorf("with %d areas decided is %v", c.areas, d.Decided)
		}
	}
}

// Where the trainings differ and the areas do not, more trainings help, and the number in Needed is
// enough.
func TestNeededRuns(t *testing.T) {
	trainings := func(n int) Arm {
		out := same("", 300, 8, 10)
		for i := range n - 1 {
			out.Runs = append(out.Runs, same("", 300, 9-i%2, 10).Runs...)
		}
		return out
	}
	decide := func(n int) Decision {
		return New([]Arm{trainings(n), trainings(n)}, 0.95, 1).Decide(0.08, true)
	}
	few := decide(2)
	n := few.Candidates[1].Needed.Replicates
	if few.Decided || n < 3 {
		t.Fatalf("two trainings: decided %v, %+v", few.Decided, few.Candidates[1])
	}
	if enough := decide(n); !enough.Decided {
		t.Errorf("%d trainings: not decided, %+v", n, enough.Candidates[1])
	}
}

func BenchmarkTrial(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	var arms []Arm
	for range 5 {
		a := Arm{Name: "x"}
		for range 3 {
			var run []Area
			for range 10 {
				run = append(run, judged(random, 0.8))
			}
			a.Runs = append(a.Runs, run)
		}
		arms = append(arms, a)
	}
	for b.Loop() {
		New(arms, 0.95, 1).Decide(0.03, true)
	}
}
