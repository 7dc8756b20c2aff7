package compare

import "math"

// A Comparison compares one arm with another.
type Comparison struct {
	A, B       int      // places of the arms in the trial
	Difference float64  // A's rate less B's
	Interval   Interval // of Difference
	Sign       Sign
	Verdict    Verdict
}

// A Verdict is what a comparison shows.
type Verdict int

// The verdicts. Compare returns Open, Worse (A detects less than B) or Better. The candidates of a
// Decision are Open, Worse (shown to lose more than the margin) or Enough (shown to lose no more).
const (
	Open Verdict = iota
	Worse
	Enough
	Better
)

// Compare compares arm a with arm b. A verdict other than Open holds at the trial's confidence, and
// Interval covers the true difference at it.
func (t *Trial) Compare(a, b int) Comparison {
	c := t.compare(a, b, (1-t.confidence)/2)
	switch {
	case c.Interval.Low > 0:
		c.Verdict = Better
	case c.Interval.High < 0:
		c.Verdict = Worse
	}
	return c
}

// compare returns a comparison without its verdict, whose interval excludes the truth on each side
// with a probability of at most level.
func (t *Trial) compare(a, b int, level float64) Comparison {
	return Comparison{
		A: a, B: b, Difference: t.Rate(a) - t.Rate(b), Interval: t.limits(a, b, level),
		Sign: SignTest(t.rates[a], t.rates[b]),
	}
}

// A Candidate compares an arm with a decision's reference. Each end of its interval holds at the
// trial's confidence.
type Candidate struct {
	Comparison
	// The arm is smaller than one that is not Enough, so it was not tested whether this one is.
	Untested bool
}

// A Decision says how far arms may go down from a reference.
type Decision struct {
	Reference  int
	Candidates []Candidate // each arm against the reference, in the order of the arms
	// The last arm from the reference on that is Enough, while all between are: the answer. It is
	// the reference itself where the next one is Worse, and where there is none.
	Chosen  int
	Decided bool // false: the arm behind the reference is Open, and there is no answer
}

// Decide compares all arms, which are ordered from the largest to the smallest, with the one at
// reference. Those behind it are tested one after another, and the first that is not shown to be
// Enough ends it: an arm is called Enough only if all larger ones are. So the probability that any
// arm is called Enough that loses more than margin is at most one less the trial's confidence,
// without an adjustment for several tests (Maurer, Hothorn and Lehmacher 1995). An arm is called
// Worse by its own comparison.
func (t *Trial) Decide(reference int, margin float64) Decision {
	d := Decision{Reference: reference, Chosen: reference, Decided: true}
	stopped := false
	for i := range t.arms {
		c := Candidate{Comparison: t.compare(i, reference, 1-t.confidence)}
		switch {
		case i == reference:
			c.Verdict, c.Interval = Enough, Interval{}
		case c.Interval.High < -margin:
			c.Verdict = Worse
		case stopped:
			c.Untested = true
		case c.Interval.Low >= -margin:
			c.Verdict = Enough
		}
		if i > reference && !stopped {
			if stopped = c.Verdict != Enough; !stopped {
				d.Chosen = i
			}
			d.Decided = d.Decided && (d.Chosen != reference || c.Verdict != Open)
		}
		d.Candidates = append(d.Candidates, c)
	}
	return d
}

// Best returns the arm with the highest rate, the first of equals.
func (t *Trial) Best() int {
	best := 0
	for i := range t.arms {
		if t.Rate(i) > t.Rate(best)+equal {
			best = i
		}
	}
	return best
}

// Fewest returns the number of areas with which a loss of more than margin can be ruled out where
// nothing is lost. With fewer, no study in which no area differs shows anything. It returns 0 where
// no number is enough.
func Fewest(margin, confidence float64) int {
	switch {
	case margin <= 0:
		return 0
	case margin >= 1:
		return 1
	}
	return int(math.Ceil(math.Log(1-confidence)/math.Log(1-margin) - equal))
}
