package gc

import (
	"cmp"
	"slices"
	"time"

	"snellen/engine/store"
)

// A Tally sums up the steps of one kind.
type Tally struct {
	Kind  string
	Steps int           // records
	Gone  int           // records with an output that is no longer there
	Bytes int64         // of outputs; an object counts once, for the first step that holds it
	Took  time.Duration // to make them
}

// Tallies returns a tally for each kind, the largest first, and the bytes of all logs.
func (s *Survey) Tallies() (kinds []Tally, logs int64) {
	at := map[string]*Tally{}
	seen := map[store.Digest]bool{}
	count := func(o store.Output) int64 {
		if seen[o.Digest] {
			return 0
		}
		seen[o.Digest] = true
		return o.Size
	}
	for _, step := range s.Steps {
		t := at[step.Kind]
		if t == nil {
			t = &Tally{Kind: step.Kind}
			at[step.Kind] = t
		}
		t.Steps++
		t.Took += step.Took
		if step.gone > 0 {
			t.Gone++
		}
		for _, o := range step.outputs {
			t.Bytes += count(o)
		}
	}
	for _, step := range s.Steps {
		logs += count(step.log)
	}
	for _, t := range at {
		kinds = append(kinds, *t)
	}
	slices.SortFunc(kinds, func(a, b Tally) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Kind, b.Kind))
	})
	return kinds, logs
}
