package compare

import "slices"

// A Comparison compares one arm with another, or with another's rate less a margin.
type Comparison struct {
	A, B       int      // places of the arms in the trial
	Difference float64  // A's rate less B's
	Bootstrap  Interval // of Difference, from the bootstrap
	Adjusted   Interval // of Difference, from Paired
	Sign       Sign
	Verdict    Verdict
	Needed     Needed // zero unless Verdict is Inconclusive
}

// A Verdict is what a comparison shows.
type Verdict int

// The verdicts on the difference d of two rates. Compare, which has no margin, returns
// Inconclusive, Worse (d < 0) or Better (d > 0). Against, with a margin m, returns Inconclusive,
// Worse (d < -m) or NonInferior (d >= -m).
const (
	Inconclusive Verdict = iota
	Worse
	NonInferior
	Better
)

// Compare compares arm a with arm b without a margin.
func (t *Trial) Compare(a, b int) Comparison {
	c := t.compare(a, b)
	significant := c.Sign.P <= 1-t.confidence
	switch {
	case c.Bootstrap.Low > 0 && significant:
		c.Verdict = Better
	case c.Bootstrap.High < 0 && significant:
		c.Verdict = Worse
	default:
		c.Needed = t.needed(c, 0, Better)
	}
	return c
}

// compare returns a comparison without its verdict.
func (t *Trial) compare(a, b int) Comparison {
	return Comparison{
		A: a, B: b, Difference: t.Rate(a) - t.Rate(b), Bootstrap: t.difference(a, b),
		Adjusted: Paired(t.rates[a], t.rates[b], t.confidence),
		Sign:     SignTest(t.rates[a], t.rates[b]),
	}
}

// Against compares arm a with the best arm, and accepts a loss of up to margin. An arm is
// NonInferior to itself.
func (t *Trial) Against(a, best int, margin float64) Comparison {
	c := t.compare(a, best)
	switch {
	case a == best:
		c.Verdict = NonInferior
	case c.Bootstrap.High < -margin && c.Sign.P <= 1-t.confidence:
		c.Verdict = Worse
	case c.Bootstrap.Low >= -margin && c.Adjusted.Low >= -margin:
		c.Verdict = NonInferior
	case c.Difference >= -margin:
		c.Needed = t.needed(c, margin, NonInferior)
	default:
		c.Needed = t.needed(c, margin, Worse)
	}
	return c
}

// A Decision says which arm to take.
type Decision struct {
	Best       int          // the arm with the highest rate; the first of equals
	Chosen     int          // the last arm that is not Worse than Best, or Best
	Decided    bool         // Chosen is NonInferior to Best; otherwise the evidence is too thin
	Candidates []Comparison // each arm Against Best, in the order of the arms
}

// Decide chooses among the arms, which are ordered from the largest to the smallest. With smallest
// it takes the last one that is not shown to be Worse than the best by more than margin; without,
// it takes the best.
func (t *Trial) Decide(margin float64, smallest bool) Decision {
	var d Decision
	for i := range t.arms {
		if t.Rate(i) > t.Rate(d.Best)+equal {
			d.Best = i
		}
	}
	for i := range t.arms {
		d.Candidates = append(d.Candidates, t.Against(i, d.Best, margin))
	}
	d.Chosen = d.Best
	if smallest {
		for i, c := range slices.Backward(d.Candidates) {
			if c.Verdict != Worse {
				d.Chosen = i
				break
			}
		}
	}
	d.Decided = d.Candidates[d.Chosen].Verdict == NonInferior
	return d
}
