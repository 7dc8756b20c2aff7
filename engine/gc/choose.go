package gc

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
	"time"

	"snellen/engine/store"
)

// Limits say how much of a store may stay.
type Limits struct {
	Before  time.Time // a step that was last used before it is forgotten, with its outputs; zero: none is
	MaxSize int64     // bytes that objects may have together; outputs go until they do; negative: no limit
}

// A Removal is what goes of one step: its outputs or, where it is forgotten, its record and log
// too. A step whose outputs go stays known: it counts as cached until something must read them.
type Removal struct {
	*Step
	Forgotten bool

	// Frees is in bytes: its part of what it shares with others that go, and nothing of what it
	// shares with one that stays.
	Frees int64
}

// A Choice is what goes.
type Choice struct {
	Removals []Removal      // what is cheapest to make again for each byte first
	Loose    []store.Output // objects that nothing names
	Damaged  []store.Key    // records that cannot be used
	Frees    int64          // bytes, in all
	Took     time.Duration  // to make all that again
	Left     int64          // bytes of objects that stay
	Over     int64          // bytes by which those are more than allowed
}

// Choose picks what goes, so that the limits are kept as far as what must stay allows. Loose
// objects and damaged records, which serve nobody, always go.
func (s *Survey) Choose(limits Limits) *Choice {
	m := s.market()
	c := &Choice{Loose: s.Loose, Damaged: s.Damaged, Left: s.Bytes}
	for _, o := range s.Loose {
		c.Frees += o.Size
	}
	c.Left -= c.Frees
	forgotten := map[*Step]bool{}
	var gone []*Step
	for _, step := range s.Steps {
		if step.Kept == "" && step.Used.Before(limits.Before) {
			forgotten[step] = true
			gone = append(gone, step)
			c.Left -= m.remove(step.holds())
		}
	}
	if limits.MaxSize >= 0 {
		cheap := m.offers(s.Steps, forgotten)
		for c.Left > limits.MaxSize && cheap.Len() > 0 {
			if step := cheap.take(m); step != nil {
				gone = append(gone, step)
				c.Left -= m.remove(step.outputs)
			}
		}
		c.Over = max(0, c.Left-limits.MaxSize)
	}
	c.list(gone, forgotten, s.market())
	return c
}

// list puts what goes in order, and counts what each removal frees: of an object that several let
// go of, its part.
func (c *Choice) list(gone []*Step, forgotten map[*Step]bool, m *market) {
	slices.SortFunc(gone, func(a, b *Step) int {
		return cmp.Or(cmp.Compare(m.price(a), m.price(b)),
			cmp.Compare(a.Address, b.Address), slices.Compare(a.Key[:], b.Key[:]))
	})
	// Of each object, the steps that share it and the bytes that are not counted yet.
	sharers, freed := map[store.Digest]int64{}, map[store.Digest]int64{}
	for _, step := range gone {
		r := Removal{Step: step, Forgotten: forgotten[step]}
		for _, o := range r.objects() {
			sharers[o.Digest]++
			if m.drop(o) {
				freed[o.Digest] = o.Size
			}
		}
		c.Removals = append(c.Removals, r)
		c.Took += step.Took
	}
	for i := range c.Removals {
		r := &c.Removals[i]
		for _, o := range r.objects() {
			part := freed[o.Digest] / sharers[o.Digest]
			freed[o.Digest] -= part
			sharers[o.Digest]--
			r.Frees += part
		}
		c.Frees += r.Frees
	}
}

// objects are those that a removal lets go of.
func (r Removal) objects() []store.Output {
	if r.Forgotten {
		return r.holds()
	}
	return r.outputs
}

// A market knows what removing a step is worth, while steps are removed.
type market struct {
	holders map[store.Digest]int // steps that hold an object
	kept    map[store.Digest]bool
}

func (s *Survey) market() *market {
	m := &market{holders: map[store.Digest]int{}, kept: s.kept}
	for _, step := range s.Steps {
		for _, o := range step.holds() {
			m.holders[o.Digest]++
		}
	}
	return m
}

// remove lets go of a step's objects and returns the bytes of those that nobody holds any more.
func (m *market) remove(objects []store.Output) (freed int64) {
	for _, o := range objects {
		if m.drop(o) {
			freed += o.Size
		}
	}
	return freed
}

// drop lets go of an object for one step and reports whether nobody holds it any more.
func (m *market) drop(o store.Output) bool {
	m.holders[o.Digest]--
	return m.holders[o.Digest] == 0 && !m.kept[o.Digest]
}

// price is the time that making a step again takes for each byte that it frees: of an object that
// several hold, each frees its part.
func (m *market) price(s *Step) float64 {
	bytes := 0.0
	for _, o := range s.outputs {
		if !m.kept[o.Digest] {
			bytes += float64(o.Size) / float64(max(1, m.holders[o.Digest]))
		}
	}
	if bytes == 0 {
		return math.Inf(1)
	}
	return float64(s.Took) / bytes
}

// An offer is a step whose outputs may go, at the price that it had when it was last looked at.
type offer struct {
	step  *Step
	price float64
}

// Offers are a heap, the cheapest on top.
type offers []offer

func (m *market) offers(steps []*Step, but map[*Step]bool) *offers {
	var list offers
	for _, s := range steps {
		if p := m.price(s); s.Kept == "" && !but[s] && !math.IsInf(p, 1) {
			list = append(list, offer{s, p})
		}
	}
	heap.Init(&list)
	return &list
}

// take returns the cheapest, or nil where its price has risen since and it went back into the heap,
// or out of it.
func (l *offers) take(m *market) *Step {
	o := heap.Pop(l).(offer)
	switch now := m.price(o.step); {
	case now <= o.price:
		return o.step
	case !math.IsInf(now, 1):
		heap.Push(l, offer{o.step, now})
	}
	return nil
}

func (l offers) Len() int { return len(l) }
func (l offers) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(l[i].price, l[j].price),
		slices.Compare(l[i].step.Key[:], l[j].step.Key[:])) < 0
}
func (l offers) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l *offers) Push(x any)   { *l = append(*l, x.(offer)) }
func (l *offers) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
