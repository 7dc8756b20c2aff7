package sides

import (
	"math"
	"slices"
	"strings"

	"snellen/steps/compare"
	"snellen/steps/report/document"
)

// resolutions compares each resolution.
func (p pair) resolutions() []Resolution {
	list := []Resolution{}
	wasThere, isThere := resolutions(p.before), resolutions(p.now)
	for _, name := range p.names {
		r := Resolution{Resolution: name, Compared: Unknown, Lost: []Area{}, Found: []Area{},
			Differs: []string{}}
		before, now := p.before.resolution(name), p.now.resolution(name)
		_, was := wasThere[name]
		_, is := isThere[name]
		if was {
			r.Before = newFigures(before)
		}
		if is {
			r.Now = newFigures(now)
		}
		p.compareBytes(&r)
		if was && is && before != nil && now != nil {
			p.compare(&r, before, now)
		}
		list = append(list, r)
	}
	return list
}

// newFigures returns a resolution's results; r may be nil.
func newFigures(r *document.Resolution) *Figures {
	if r == nil {
		return &Figures{}
	}
	f := &Figures{
		Detection: r.Detection, Grade: r.Grade, Accuracy: r.Accuracy, BestEpoch: r.BestEpoch,
		Epochs: r.Epochs, TrainSeconds: r.TrainSeconds, DatasetBytes: r.DatasetBytes,
	}
	for _, run := range r.Runs {
		if run.Detection != nil {
			f.Trainings++
		}
	}
	return f
}

// compareBytes adds which steps of a resolution did not make the same bytes.
func (p pair) compareBytes(r *Resolution) {
	for _, at := range p.common {
		if !strings.HasPrefix(at, r.Resolution+"/") {
			continue
		}
		if r.Steps++; !p.sameBytes(at) {
			r.Differs = append(r.Differs, at)
		}
	}
}

// compare compares what both sides detect at one resolution.
func (p pair) compare(r *Resolution, before, now *document.Resolution) {
	a, okA := p.before.samples(before)
	b, okB := p.now.samples(now)
	if !okA || !okB {
		return
	}
	r.Lost, r.Found = flips(a, b)
	ids, left, why := shared(a, b)
	if r.Why = why; len(ids) == 0 {
		r.Compared = NotPaired
		return
	}
	r.Change = p.effect(a, b, ids)
	r.Change.LeftOut = left
	if r.Compared = Paired; a.equal(b, ids) {
		r.Compared, r.Change.Verdict = Same, document.VerdictInconclusive
	}
}

// effect compares both sides over the samples that they share.
func (p pair) effect(a, b *samples, ids []sampleID) *Effect {
	confidence := p.now.doc.Decision.Confidence
	t := compare.New([]compare.Arm{a.arm("before", ids), b.arm("now", ids)}, confidence)
	c := t.Compare(1, 0)
	out := &Effect{
		Difference: rounded(c.Difference), Verdict: document.VerdictInconclusive,
		Interval: document.Interval{
			Low: rounded(c.Interval.Low), High: rounded(c.Interval.High),
			Confidence: confidence, Samples: t.Areas(), Method: "limits",
		},
		Sign: document.Sign{
			Higher: c.Sign.Higher, Lower: c.Sign.Lower, Equal: c.Sign.Equal, P: rounded(c.Sign.P),
		},
	}
	switch c.Verdict {
	case compare.Better:
		out.Verdict = document.VerdictBetter
	case compare.Worse:
		out.Verdict = document.VerdictWorse
	}
	return out
}

func rounded(v float64) float64 { return math.Round(1e6*v) / 1e6 }

// flips returns the areas that only one side recognises, of those that both have under one name and
// with one label.
func flips(a, b *samples) (lost, found []Area) {
	lost, found = []Area{}, []Area{}
	for _, id := range a.ids {
		was, is := a.rate(id), b.rate(id)
		if b.expect[id] != a.expect[id] {
			continue
		}
		one := Area{id.evaluation, id.name, a.expect[id], b.pictures[id.evaluation]}
		switch {
		case was > recognised && is <= recognised:
			lost = append(lost, one)
		case was <= recognised && is > recognised:
			found = append(found, one)
		}
	}
	return lost, found
}

// recognised is the share of judged frames over which an area counts as recognised.
const recognised = 0.5

// Why a sample is not the same on both sides, in the order in which it is found out.
const (
	notBefore    = "they were not judged before"
	notNow       = "they are no longer judged"
	otherFootage = "the footage is another"
	otherLabel   = "another label is expected there"
	otherPlace   = "they are in another place"
	otherFrames  = "other frames are judged"
)

// shared returns the samples that are the same on both sides, in the order of now, and counts the
// others. why says what keeps most of those from being the same.
func shared(a, b *samples) (ids []sampleID, left int, why string) {
	count := map[string]int{}
	add := func(reason string) {
		left++
		if count[reason]++; count[reason] > count[why] {
			why = reason
		}
	}
	for _, id := range b.ids {
		if reason := difference(a, b, id); reason != "" {
			add(reason)
		} else {
			ids = append(ids, id)
		}
	}
	for _, id := range a.ids {
		if _, there := b.expect[id]; !there {
			add(notNow)
		}
	}
	return ids, left, why
}

// difference says why a sample of now is another one than before, or returns "".
func difference(a, b *samples, id sampleID) string {
	expect, there := a.expect[id]
	switch {
	case !there:
		return notBefore
	case a.footage[id] == "" || a.footage[id] != b.footage[id]:
		return otherFootage
	case expect != b.expect[id]:
		return otherLabel
	case a.rect[id] != b.rect[id]:
		return otherPlace
	case a.judged[id] != b.judged[id]:
		return otherFrames
	}
	return ""
}

// sameBytes reports whether a step that both sides have made the same bytes on both.
func (p pair) sameBytes(at string) bool {
	a, b := p.before.Outputs[at], p.now.Outputs[at]
	if len(a) == 0 || len(a) != len(b) {
		return false
	}
	for name, digest := range a {
		if b[name] != digest {
			return false
		}
	}
	return true
}

// steps counts the steps of both sides.
func (p pair) steps() Steps {
	out := Steps{Irreproducible: []string{}}
	both := p.common
	for _, at := range both {
		known := len(p.before.Outputs[at]) > 0 && len(p.now.Outputs[at]) > 0
		switch same := p.sameBytes(at); {
		case p.before.Keys[at] == p.now.Keys[at]:
			if out.Same++; known && !same {
				out.Irreproducible = append(out.Irreproducible, at)
			}
		default:
			if out.Differ++; same {
				out.SameBytes++
			}
		}
	}
	slices.Sort(out.Irreproducible)
	out.Added, out.Removed = len(p.now.Keys)-len(both), len(p.before.Keys)-len(both)
	return out
}
