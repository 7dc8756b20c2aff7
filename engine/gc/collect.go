package gc

import (
	"context"
	"fmt"

	"snellen/engine/store"
)

// Rules say what a collection may remove.
type Rules struct {
	Limits
	Pins func() (Pins, error) // read anew once the store is held: an apply may have written a lock file meanwhile
	May  map[store.Key]bool   // steps that a person agreed to; nil: any
	Busy func()               // called, from any goroutine, when a collection waits for writers; not nil
	Tell func(done, of int)   // removals; not nil
}

// Collect holds the store alone, looks it through, and removes what the rules let go. What comes
// back with an error was removed before it. A collection that is killed leaves a valid store, and
// nothing gone that its rules would have kept.
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
	survey.only(rules.May)
	c := &collector{
		ctx: ctx, alone: alone, rules: rules,
		market: survey.market(), want: survey.Choose(rules.Limits),
	}
	c.done = &Choice{Left: survey.Bytes, Over: c.want.Over}
	if err := c.all(); err != nil {
		return c.done, fmt.Errorf("collect: %w", err)
	}
	return c.done, nil
}

// only keeps every step that is not among those which may go.
func (s *Survey) only(may map[store.Key]bool) {
	for _, step := range s.Steps {
		if may == nil || may[step.Key] || step.Kept != "" {
			continue
		}
		step.Kept = "not agreed to"
		for _, o := range step.holds() {
			s.kept[o.Digest] = true
		}
	}
}

// A collector removes what was chosen, one removal at a time.
type collector struct {
	ctx    context.Context
	alone  *store.Collection
	rules  Rules
	market *market
	want   *Choice
	done   *Choice
}

func (c *collector) all() error {
	freed, err := c.alone.Sweep()
	c.done.Frees += freed
	if err != nil {
		return err
	}
	for _, k := range c.want.Damaged {
		if err := c.alone.RemoveRecord(k); err != nil {
			return err
		}
		c.done.Damaged = append(c.done.Damaged, k)
	}
	total := len(c.want.Removals) + len(c.want.Loose)
	for i, r := range c.want.Removals {
		if err := c.step(r); err != nil {
			return err
		}
		c.rules.Tell(i+1, total)
	}
	for i, o := range c.want.Loose {
		if err := c.object(o); err != nil {
			return err
		}
		c.done.Loose = append(c.done.Loose, o)
		c.rules.Tell(len(c.want.Removals)+i+1, total)
	}
	return nil
}

// step removes what goes of one step: the record first.
func (c *collector) step(r Removal) error {
	if r.Forgotten {
		if err := c.alone.RemoveRecord(r.Key); err != nil {
			return err
		}
	}
	for _, o := range r.objects() {
		if !c.market.drop(o) {
			continue
		}
		if err := c.object(o); err != nil {
			return err
		}
	}
	c.done.Removals = append(c.done.Removals, r)
	c.done.Took += r.Took
	return nil
}

// object removes one. It is the place at which a collection ends when its context is done.
func (c *collector) object(o store.Output) error {
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
