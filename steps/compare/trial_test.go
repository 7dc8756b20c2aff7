package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// arm returns an arm of one training. right[i] of area i's ten frames are right.
func arm(name string, right ...int) Arm {
	var areas []Area
	for _, n := range right {
		areas = append(areas, Area{n, 10})
	}
	return Arm{name, [][]Area{areas}}
}

// same returns an arm whose areas are all alike.
func same(name string, areas, right int) Arm {
	return arm(name, slices.Repeat([]int{right}, areas)...)
}

// Trainings that differ widen the limits, though their mean is the same. The squares of both reaches
// are added: two trainings have one degree of freedom, whose quantile at 0.05 is 6.3138.
func TestLimitsOfTrainings(t *testing.T) {
	steady, wild := same("steady", 40, 5), same("wild", 40, 6)
	wild.Runs = append(wild.Runs, same("", 40, 4).Runs...)
	trial := New([]Arm{steady, wild}, 0.95)
	got := trial.limits(0, 1, 0.05)
	alone := New([]Arm{steady, steady}, 0.95).limits(0, 1, 0.05)
	want := math.Hypot(alone.High, 6.313752*0.1)
	if math.Abs(got.High-want) > 1e-6 || math.Abs(got.Low+want) > 1e-6 {
		t.Errorf("the limits are %v, want %.6f on each side", got, want)
	}
}

// A rate's interval stays a share, however much its trainings differ.
func TestIntervalIsAShare(t *testing.T) {
	for _, rights := range [][2]int{{0, 3}, {10, 7}} {
		a := same("a", 20, rights[0])
		a.Runs = append(a.Runs, same("", 20, rights[1]).Runs...)
		if i := New([]Arm{a}, 0.95).Interval(0); i.Low < 0 || i.High > 1 || i.Low >= i.High {
			t.Errorf("%v: %v", rights, i)
		}
	}
}

func TestCompareEdgeCases(t *testing.T) {
	for name, c := range map[string]struct {
		a, b    Arm
		verdict Verdict
	}{
		"all right":            {same("a", 10, 10), same("b", 10, 10), Open},
		"all wrong":            {same("a", 10, 0), same("b", 10, 0), Open},
		"one area":             {same("a", 1, 0), same("b", 1, 10), Open},
		"four areas, all lost": {same("a", 4, 0), same("b", 4, 10), Open},
		"six areas, all lost":  {same("a", 6, 0), same("b", 6, 10), Worse},
		"ten areas, six are won": {
			arm("a", 10, 10, 10, 10, 10, 10, 5, 5, 5, 5), arm("b", 0, 0, 0, 0, 0, 0, 5, 5, 5, 5),
			Better,
		},
	} {
		got := New([]Arm{c.a, c.b}, 0.95).Compare(0, 1)
		if got.Verdict != c.verdict {
			t.Errorf("%s: verdict %d, interval %v", name, got.Verdict, got.Interval)
		}
	}
}

func TestDecide(t *testing.T) {
	alike, lost := same("", 100, 10), same("", 100, 2)
	half := arm("", slices.Concat(slices.Repeat([]int{10}, 94), make([]int, 6))...)
	for name, c := range map[string]struct {
		arms      []Arm
		reference int
		chosen    int
		decided   bool
		verdicts  []Verdict
		untested  int // candidates
	}{
		"one": {[]Arm{alike}, 0, 0, true, []Verdict{Enough}, 0},
		"few equal areas": {
			[]Arm{same("", 10, 10), same("", 10, 10)}, 0, 0, false, []Verdict{Enough, Open}, 0,
		},
		"many equal areas": {[]Arm{alike, alike}, 0, 1, true, []Verdict{Enough, Enough}, 0},
		"a clear loss":     {[]Arm{alike, lost}, 0, 0, true, []Verdict{Enough, Worse}, 0},
		"the largest is worse than the others": {
			[]Arm{lost, alike, alike, lost}, 0, 3, true,
			[]Verdict{Enough, Enough, Enough, Enough}, 0,
		},
		"a clear loss after two that are enough": {
			[]Arm{alike, alike, alike, lost}, 0, 2, true,
			[]Verdict{Enough, Enough, Enough, Worse}, 0,
		},
		"open, and what follows is not tested": {
			[]Arm{alike, half, alike, lost}, 0, 0, false, []Verdict{Enough, Open, Open, Worse}, 1,
		},
		"worse, and what follows is not tested": {
			[]Arm{alike, lost, alike}, 0, 0, true, []Verdict{Enough, Worse, Open}, 1,
		},
		"a reference in the middle": {
			[]Arm{lost, alike, alike, half}, 1, 2, true, []Verdict{Worse, Enough, Enough, Open}, 0,
		},
		"the smallest is the reference": {[]Arm{alike, lost}, 1, 1, true,
			[]Verdict{Enough, Enough}, 0},
	} {
		d := New(c.arms, 0.95).Decide(c.reference, 0.05)
		var verdicts []Verdict
		untested := 0
		for _, one := range d.Candidates {
			verdicts = append(verdicts, one.Verdict)
			if one.Untested {
				untested++
			}
		}
		if d.Chosen != c.chosen || d.Decided != c.decided || untested != c.untested ||
			!slices.Equal(verdicts, c.verdicts) {
			t.Errorf("%s: chosen %d, decided %v, verdicts %v, %d untested", name, d.Chosen,
				d.Decided, verdicts, untested)
		}
	}
}

// What can be shown at all is known before a study.
func TestFewest(t *testing.T) {
	for margin, want := range map[float64]int{0.03: 99, 0.05: 59, 0.1: 29, 0.5: 5, 0: 0, 1: 1} {
		if got := Fewest(margin, 0.95); got != want {
			t.Errorf("%g: %d areas, want %d", margin, got, want)
		}
	}
	decided := func(n int) bool {
		return New([]Arm{same("", n, 10), same("", n, 10)}, 0.95).Decide(0, 0.05).Decided
	}
	if decided(58) || !decided(59) {
		t.Error("a study of 58 areas decides, or one of 59 does not")
	}
}

// With the number of areas in Needed four of five studies decide, whose areas are drawn from those
// that were seen.
func TestNeededAreas(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for name, seen := range map[string][]float64{
		"nothing differs":   make([]float64, 10),
		"some differ":       {-1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"partly":            {-0.3, 0.2, 0.1, 0, 0, -0.1, 0, 0.1, 0, 0},
		"most are lost":     {-1, -1, 0, -0.5, 0, -0.2, 0, 0, 0, -0.1},
		"a little too much": {-1, 0, 0, 0, 0, -0.3, 0, 0, 0.1, -0.2},
	} {
		n := trialOf(seen).Needed(1, 0, 0.05).Areas
		if n <= len(seen) {
			t.Errorf("%s: %d areas are needed", name, n)
			continue
		}
		decided, studies := 0, 400
		for range studies {
			drawn := make([]float64, n)
			for i := range drawn {
				drawn[i] = seen[random.IntN(len(seen))]
			}
			if i := trialOf(drawn).limits(1, 0, 0.05); i.Low >= -0.05 || i.High < -0.05 {
				decided++
			}
		}
		share := float64(decided) / float64(studies)
		t.Logf("%s: with %d areas %.2f of the studies decide", name, n, share)
		if share < 0.75 {
			t.Errorf("%s: with %d areas %.2f of the studies decide, want 0.8", name, n, share)
		}
	}
}

// trialOf returns a trial of two arms, whose areas have these differences.
func trialOf(differences []float64) *Trial {
	large, small := Arm{Runs: [][]Area{{}}}, Arm{Runs: [][]Area{{}}}
	for _, d := range differences {
		large.Runs[0] = append(large.Runs[0], Area{int(math.Round(1000 * max(-d, 0))), 1000})
		small.Runs[0] = append(small.Runs[0], Area{int(math.Round(1000 * max(d, 0))), 1000})
	}
	return New([]Arm{large, small}, 0.95)
}

// Where the trainings differ and the areas do not, more trainings help.
func TestNeededReplicates(t *testing.T) {
	trainings := func(n int) Arm {
		out := Arm{}
		for i := range n {
			out.Runs = append(out.Runs, same("", 300, 8+i%2).Runs...)
		}
		return out
	}
	trial := func(n int) *Trial { return New([]Arm{trainings(n), trainings(n)}, 0.95) }
	needed := trial(4).Needed(1, 0, 0.05)
	n := needed.Replicates
	if trial(4).Decide(0, 0.05).Decided || n < 5 {
		t.Fatalf("four trainings are enough, or %d", n)
	}
	if !trial(n+n%2).Decide(0, 0.05).Decided {
		t.Errorf("%d trainings are not enough", n)
	}
	// Areas alone do not help.
	if needed.Areas != 0 {
		t.Errorf("%d areas are called enough", needed.Areas)
	}
}

func BenchmarkTrial(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	var arms []Arm
	for range 5 {
		a := Arm{Name: "x"}
		for range 3 {
			run := make([]Area, 120)
			for i := range run {
				run[i] = Area{random.IntN(31), 30}
			}
			a.Runs = append(a.Runs, run)
		}
		arms = append(arms, a)
	}
	for b.Loop() {
		New(arms, 0.95).Decide(0, 0.05)
	}
}
