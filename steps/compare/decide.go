package compare

import "slices"

// A Comparison is one arm against another, or against it less a margin.
type Comparison struct {
	A, B       int     // arms
	Difference float64 // A's rate less B's
	Bootstrap  Interval
	Adjusted   Interval // Paired
	Sign       Sign
	Shown      Shown
	Needed     Needed // where nothing is shown
}

// Shown is what a comparison shows.
type Shown int

// What can be shown. Within a margin m, Worse is: less than -m; NoWorse is: at least -m; without one Better is: over 0.
const (
	Nothing Shown = iota
	Worse
	NoWorse
	Better
)

// Compare compares two arms without a margin: the first is shown to be Better, Worse, or Nothing is shown.
func (t *Trial) Compare(a, b int) Comparison {
	c := t.compare(a, b)
	significant := c.Sign.P <= 1-t.confidence
	switch {
	case c.Bootstrap.Low > 0 && significant:
		c.Shown = Better
	case c.Bootstrap.High < 0 && significant:
		c.Shown = Worse
	default:
		c.Needed = t.needed(c, 0, false)
	}
	return c
}

func (t *Trial) compare(a, b int) Comparison {
	return Comparison{
		A: a, B: b, Difference: t.Rate(a) - t.Rate(b), Bootstrap: t.difference(a, b),
		Adjusted: Paired(t.rates[a], t.rates[b], t.confidence), Sign: SignTest(t.rates[a], t.rates[b]),
	}
}

// Against compares an arm with a better one, of whose rate a loss of the margin is accepted: it is shown to be Worse than
// that, or NoWorse, or Nothing is shown.
func (t *Trial) Against(a, best int, margin float64) Comparison {
	c := t.compare(a, best)
	switch {
	case a == best:
		c.Shown = NoWorse
	case c.Bootstrap.High < -margin && c.Sign.P <= 1-t.confidence:
		c.Shown = Worse
	case c.Bootstrap.Low >= -margin && c.Adjusted.Low >= -margin:
		c.Shown = NoWorse
	default:
		c.Needed = t.needed(c, margin, c.Difference >= -margin)
	}
	return c
}

// A Decision is which arm to take.
type Decision struct {
	Best       int          // the arm of the highest rate; the first of equals
	Chosen     int          // the last arm that is not shown to be worse than the best by more than the margin
	Decided    bool         // the chosen one is shown to lose no more than the margin
	Candidates []Comparison // each arm against the best
}

// Decide chooses among the arms, which go from the largest to the smallest. With smallest it takes the last that is not
// shown to be worse, else the best.
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
			if c.Shown != Worse {
				d.Chosen = i
				break
			}
		}
	}
	d.Decided = d.Candidates[d.Chosen].Shown == NoWorse
	return d
}
