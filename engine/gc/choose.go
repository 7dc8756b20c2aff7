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
	// Before is the time before which a step that was last used then is forgotten, with its
	// outputs. Zero forgets no step.
	Before time.Time

	// MaxSize bounds the bytes of all objects together; outputs are removed until they fit. A
	// negative size is no limit.
	MaxSize int64
}

// A Removal is what a collection removes of one step: its outputs, and its record and log too where
// it is forgotten. A step that loses its outputs alone stays known: it is cached until something
// must read them.
type Removal struct {
	*Step
	Forgotten bool

	// Frees is in bytes. An object that several removals share counts in part for each of them; one
	// that a remaining step holds too counts for none.
	Frees int64
}

// A Choice is what a collection removes, or has removed.
type Choice struct {
	Removals []Removal      // the cheapest to make again for each byte first
	Loose    []store.Output // objects that no record names
	Damaged  []store.Key    // records that cannot be used
	Frees    int64          // bytes, in all
	Took     time.Duration  // time that making all of it again takes
	Left     int64          // bytes of objects that stay
	Over     int64          // bytes of these over the limit
}

// Choose selects what to remove, so that the store is within the limits as far as pins allow. It
// removes nothing itself, and the same survey and limits always lead to the same choice. Loose
// objects and damaged records, which serve nobody, are always removed.
//
// Outputs are removed greedily by price, the time that making them again takes for each byte freed.
// A removal can only raise the price of others: a shared object is freed by its last holder alone.
// So a heap of old prices is enough, where an offer is checked when it comes up.
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
		if step.Holder == "" && step.Used.Before(limits.Before) {
			forgotten[step] = true
			gone = append(gone, step)
			c.Left -= m.remove(step.holds())
		}
	}
	if limits.MaxSize >= 0 {
		cheap := m.offers(s.Steps, forgotten)
		for c.Left > limits.MaxSize && cheap.Len() > 0 {
			if step := cheap.pop(m); step != nil {
				gone = append(gone, step)
				c.Left -= m.remove(step.outputs)
			}
		}
		c.Over = max(0, c.Left-limits.MaxSize)
	}
	c.list(gone, forgotten, s.market())
	return c
}

// list sorts the removals by price and counts what each one frees. The bytes of an object that
// several removals share are divided among them.
func (c *Choice) list(gone []*Step, forgotten map[*Step]bool, m *market) {
	slices.SortFunc(gone, func(a, b *Step) int {
		return cmp.Or(cmp.Compare(m.price(a), m.price(b)),
			cmp.Compare(a.Address, b.Address), slices.Compare(a.Key[:], b.Key[:]))
	})
	// For each object: the removals that still have to count a part of it, and the bytes left.
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

// objects returns the objects that the step no longer holds after the removal.
func (r Removal) objects() []store.Output {
	if r.Forgotten {
		return r.holds()
	}
	return r.outputs
}

// A market prices removals. Prices change while steps are removed, since objects are shared.
type market struct {
	holders map[store.Digest]int  // the number of steps that hold an object
	kept    map[store.Digest]bool // objects that must stay, whoever holds them
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

// remove drops a step's objects and returns the bytes of those that no step holds any more.
func (m *market) remove(objects []store.Output) (freed int64) {
	for _, o := range objects {
		if m.drop(o) {
			freed += o.Size
		}
	}
	return freed
}

// drop counts one holder of an object less and reports whether the object can be removed.
func (m *market) drop(o store.Output) bool {
	m.holders[o.Digest]--
	return m.holders[o.Digest] == 0 && !m.kept[o.Digest]
}

// price returns the time that making a step again takes for each byte that its removal frees, in
// nanoseconds. A shared object counts in part for each holder. A step that frees nothing has an
// infinite price.
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

// An offer is a step whose outputs may be removed, at the price that it had when it was last
// computed.
type offer struct {
	step  *Step
	price float64
}

// offers is a heap of offers, the cheapest on top. Ties are broken by key.
type offers []offer

// offers returns the steps whose outputs may be removed, without those that are forgotten anyway.
func (m *market) offers(steps []*Step, forgotten map[*Step]bool) *offers {
	var list offers
	for _, s := range steps {
		if p := m.price(s); s.Holder == "" && !forgotten[s] && !math.IsInf(p, 1) {
			list = append(list, offer{s, p})
		}
	}
	heap.Init(&list)
	return &list
}

// pop removes and returns the cheapest step. It returns nil where that step's price has risen since
// it was computed: the step is then back in the heap or, at an infinite price, no longer in it.
func (l *offers) pop(m *market) *Step {
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
