package gc

import (
	"context"
	"fmt"

	"snellen/engine/store"
)

// Rules say what a collection may remove.
type Rules struct {
	Limits

	// Pins is called once the store is held alone, since an apply may have written a lock file
	// before that.
	Pins func() (Pins, error)

	May      map[store.Key]bool    // steps that a person agreed to; nil: any
	Busy     func()                // called from any goroutine when it waits for writers; not nil
	Progress func(done, total int) // called after each removal; not nil
}

// Collect holds the store alone, scans it, and removes what the rules allow. Where it returns an
// error with a Choice, the Choice is what was removed before the error. A collection that is killed
// leaves a valid store, and has removed nothing that its rules keep.
func Collect(ctx context.Context, st *store.Store, rules Rules) (*Choice, error) {
	alone, err := st.Collect(ctx, rules.Busy)
	if err != nil {
		return nil, err
	}
	defer alone.Close()
	pins, err := rules.Pins()
	if err != nil {
		return nil, err
	}
	survey, err := Scan(st, pins)
	if err != nil {
		return nil, err
	}
	survey.keepAllBut(rules.May)
	c := &collector{
		ctx: ctx, alone: alone, rules: rules,
		market: survey.market(), chosen: survey.Choose(rules.Limits),
	}
	c.done = &Choice{Left: survey.Bytes, Over: c.chosen.Over}
	if err := c.removeAll(); err != nil {
		return c.done, fmt.Errorf("collect: %w", err)
	}
	return c.done, nil
}

// keepAllBut keeps every step that is not among the ones that may be removed. A nil map keeps none.
func (s *Survey) keepAllBut(may map[store.Key]bool) {
	for _, step := range s.Steps {
		if may == nil || may[step.Key] || step.Holder != "" {
			continue
		}
		step.Holder = "not agreed to"
		for _, o := range step.holds() {
			s.kept[o.Digest] = true
		}
	}
}

// A collector carries out a Choice, one removal at a time, and counts in done what it removed.
type collector struct {
	ctx    context.Context
	alone  *store.Collection
	rules  Rules
	market *market
	chosen *Choice
	done   *Choice
}

// removeAll removes half-written files, damaged records, the chosen steps, and loose objects.
func (c *collector) removeAll() error {
	freed, err := c.alone.Sweep()
	c.done.Frees += freed
	if err != nil {
		return err
	}
	for _, k := range c.chosen.Damaged {
		if err := c.alone.RemoveRecord(k); err != nil {
			return err
		}
		c.done.Damaged = append(c.done.Damaged, k)
	}
	total := len(c.chosen.Removals) + len(c.chosen.Loose)
	for i, r := range c.chosen.Removals {
		if err := c.removeStep(r); err != nil {
			return err
		}
		c.rules.Progress(i+1, total)
	}
	for i, o := range c.chosen.Loose {
		if err := c.removeObject(o); err != nil {
			return err
		}
		c.done.Loose = append(c.done.Loose, o)
		c.rules.Progress(len(c.chosen.Removals)+i+1, total)
	}
	return nil
}

// removeStep carries out one removal. It removes the record before the objects, as the gate of
// package store demands. An object that another step holds stays.
func (c *collector) removeStep(r Removal) error {
	if r.Forgotten {
		if err := c.alone.RemoveRecord(r.Key); err != nil {
			return err
		}
	}
	for _, o := range r.objects() {
		if !c.market.drop(o) {
			continue // another step holds it
		}
		if err := c.removeObject(o); err != nil {
			return err
		}
	}
	c.done.Removals = append(c.done.Removals, r)
	c.done.Took += r.Took
	return nil
}

// removeObject removes one object. A collection whose context is done ends here, with its cause.
func (c *collector) removeObject(o store.Output) error {
	if err := c.ctx.Err(); err != nil {
		return context.Cause(c.ctx)
	}
	if err := c.alone.RemoveObject(o.Digest); err != nil {
		return err
	}
	c.done.Frees += o.Size
	c.done.Left -= o.Size
	return nil
}
