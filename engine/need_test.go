package engine

import (
	"context"
	"testing"

	"snellen/engine/step"
	"snellen/engine/store"
)

// TestARunningApplyKeepsWhatItNeeds asks from within a step what is needed: what the plan found
// cached, what ran before, and what is being made. After the apply nothing is.
func TestARunningApplyKeepsWhatItNeeds(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	before := w.apply(node("cached", "C", in), node("old", "O", in))
	before.Release()
	keys := map[string]store.Key{}
	for _, d := range before.Decisions {
		keys[d.Node.Address] = d.Key
	}
	needed := func() map[store.Key]bool {
		all, err := w.store().Needed()
		if err != nil {
			t.Error(err)
		}
		return all
	}
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		var k store.Key
		if err := k.UnmarshalText([]byte(job.Key)); err != nil {
			t.Error(err)
		}
		keys[job.Address] = k
		if all := needed(); !all[k] || !all[keys["cached"]] ||
			job.Address == "last" && !all[keys["first"]] || all[keys["old"]] {
			t.Errorf("%s needs %v", job.Address, all)
		}
		return doJoin(ctx, job)
	})
	r := w.apply(node("cached", "C", in), node("first", "F", "cached"), node("last", "L", "first"))
	w.expect("first", "last")
	if all := needed(); len(all) != 3 {
		t.Errorf("needed until it is released: %v", all)
	}
	r.Release()
	if all := needed(); len(all) != 0 {
		t.Errorf("needed when all is over: %v", all)
	}
}
