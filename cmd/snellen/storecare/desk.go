// Package storecare carries out the commands that look after a store and a shared store: it prints
// what they find and do. It reads no flags.
package storecare

import (
	"context"
	"errors"
	"fmt"
	"io"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/storeview"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/gc"
	"snellen/engine/shared"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/term"
)

// A Desk is where a command prints.
type Desk struct {
	Out, Err io.Writer
	Colour   func(io.Writer) bool
	JSON     bool // one value, in place of text for people
	Warn     func(text string)

	// Gently calls what ends soon when stop is closed, as the first interrupt does. It reports
	// whether there was one.
	Gently func(func(stop <-chan struct{})) (interrupted bool)
}

// ErrDamaged is the error of a store in which something was damaged, which was printed.
var ErrDamaged = errors.New("something was damaged")

// Open opens the store in dir, and the shared store behind it, which must be one. The caller closes
// the tier's bucket.
func Open(dir string, s *specs.Shared) (*store.Store, *shared.Tier, error) {
	if s == nil {
		return nil, nil, project.ErrNoShared
	}
	st, err := project.OpenStore(dir)
	if err != nil {
		return nil, nil, err
	}
	return st, shared.NewTier(project.OpenBucket(s), st, s.ReadOnly), nil
}

// Stats prints what the store in dir holds, and the shared store, unless it is nil. A shared store
// that cannot be read is a warning.
func (d Desk) Stats(ctx context.Context, dir string, s *specs.Shared) error {
	st, err := project.OpenStore(dir)
	if err != nil {
		return err
	}
	survey, err := gc.Scan(st, gc.Pins{})
	if err != nil {
		return err
	}
	quarantine, err := st.Quarantined()
	if err != nil {
		return err
	}
	stats := storeview.NewStats(st, survey, len(quarantine))
	if s != nil {
		_, tier, err := Open(dir, s)
		if err != nil {
			return err
		}
		defer tier.Bucket().Close()
		list, err := tier.List(ctx)
		switch {
		case err != nil && ctx.Err() != nil:
			return err
		case err != nil:
			d.Warn("the shared store " + tier.Name() + " cannot be read: " + err.Error())
		}
		stats.Shared = storeview.NewSharedStats(tier.Name(), list, shared.Waiting(st), err)
	}
	if d.JSON {
		return view.WriteJSON(d.Out, stats)
	}
	return stats.Write(d.Out, d.Colour(d.Out))
}

// Verify reads the store in dir. It returns ErrDamaged where something is.
func (d Desk) Verify(ctx context.Context, dir string) error {
	st, err := project.OpenStore(dir)
	if err != nil {
		return err
	}
	tick := view.NewTicker(d.Err, "reading")
	health, err := gc.Verify(ctx, st, tick.Bytes)
	tick.Close()
	if err != nil {
		return err
	}
	err = storeview.WriteHealth(d.Out, d.Err, health, d.Colour(d.Err))
	if err == nil && len(health.Faults) > 0 {
		err = ErrDamaged
	}
	return err
}

// VerifyShared reads the shared store behind the store in dir, and repairs it. It returns
// ErrDamaged where something was, though it was repaired.
func (d Desk) VerifyShared(ctx context.Context, dir string, s *specs.Shared) error {
	st, tier, err := Open(dir, s)
	if err != nil {
		return err
	}
	defer tier.Bucket().Close()
	if err := st.Prepare(); err != nil {
		return engine.StoreError(err, st)
	}
	space, remove, err := st.Workspace()
	if err != nil {
		return engine.StoreError(err, st)
	}
	defer remove()
	tick := view.NewTicker(d.Err, "reading")
	health, err := tier.Verify(ctx, space, tick.Bytes)
	tick.Close()
	if health == nil {
		return err
	}
	printed := storeview.WriteSharedHealth(d.Out, d.Err, tier.Name(), health, err == nil,
		d.Colour(d.Err))
	if err == nil && printed == nil && len(health.Faults) > 0 {
		return ErrDamaged
	}
	return errors.Join(err, printed)
}

// Push sends a study's results to its shared store. It reports whether an interrupt ended that.
func (d Desk) Push(ctx context.Context, p *project.Project) (interrupted bool, err error) {
	there, err := p.Push(ctx)
	if err != nil {
		return false, err
	}
	tick := view.NewTicker(d.Err, "sending")
	var sent shared.Sent
	stopped := d.Gently(func(stop <-chan struct{}) { sent = p.Drain(ctx, stop, tick.Bytes) })
	tick.Close()
	stopped = stopped && sent.Left > 0
	err = d.report(storeview.NewPushed(p.SharedWord(), sent, there, stopped))
	if err == nil && sent.Left > 0 && !stopped {
		err = step.WithHint(fmt.Errorf("%s not sent: %w",
			term.Count(sent.Left, "result was", "results were"), sent.Err),
			"what was sent stays: push again when it can be reached")
	}
	return stopped, err
}

// Pull fetches a study's results from its shared store. It reports whether an interrupt ended that.
func (d Desk) Pull(ctx context.Context, p *project.Project) (interrupted bool, err error) {
	tick := view.NewTicker(d.Err, "fetching")
	defer tick.Close()
	var pulled *engine.Pulled
	d.Gently(func(stop <-chan struct{}) {
		pulled, err = p.Pull(ctx, stop, func(e engine.Event) {
			switch e := e.(type) {
			case engine.Fetched:
				tick.Bytes(e.Done, e.Total)
			case engine.Warned:
				d.Warn(e.Address + ": " + e.Text)
			}
		})
	})
	if err != nil {
		return false, err
	}
	return pulled.Interrupted, d.report(storeview.NewPulled(p.SharedWord(), pulled))
}

// report prints what was sent or fetched.
func (d Desk) report(done storeview.Report) error {
	for _, text := range done.Warnings() {
		d.Warn(text)
	}
	if d.JSON {
		return view.WriteJSON(d.Out, done)
	}
	return done.Write(d.Out)
}

// A Collection is what to remove of a shared store.
type Collection struct {
	Rules   shared.Rules
	Pins    func(*store.Store) (gc.Pins, error) // what lock files hold
	Dry     bool
	Confirm func() error // asks a person
	Next    func()       // says how to remove what a dry run has shown
}

// Collect removes what nobody needs from the shared store behind the store in dir.
func (d Desk) Collect(ctx context.Context, dir string, s *specs.Shared, c Collection) error {
	st, tier, err := Open(dir, s)
	if err != nil {
		return err
	}
	defer tier.Bucket().Close()
	pins, err := c.Pins(st)
	if err != nil {
		return err
	}
	c.Rules.Keys, c.Rules.Objects, c.Rules.Kind = pins.Keys, pins.Objects, engine.KindOf
	tick := view.NewTicker(d.Err, "looking")
	choice, err := tier.Choose(ctx, c.Rules, tick.Count)
	tick.Close()
	if err != nil {
		return err
	}
	goes := len(choice.Records)+len(choice.Objects) > 0
	if c.Dry && d.JSON {
		return view.WriteJSON(d.Out, storeview.NewSharedCollected(tier.Name(), true, choice))
	}
	if !d.JSON {
		w := d.Err
		if c.Dry {
			w = d.Out
		}
		err := storeview.WriteSharedChoice(w, tier.Name(), choice, d.Colour(w))
		if c.Dry && goes && err == nil {
			c.Next()
		}
		if c.Dry || err != nil {
			return err
		}
	}
	if tier.ReadOnly() {
		return project.ErrReadOnly
	}
	if goes {
		if err := c.Confirm(); err != nil {
			return err
		}
	}
	tick = view.NewTicker(d.Err, "removing")
	done, err := tier.Collect(ctx, choice, tick.Count)
	tick.Close()
	if d.JSON {
		return errors.Join(err, view.WriteJSON(d.Out, storeview.NewSharedCollected(tier.Name(), false,
			done)))
	}
	return errors.Join(err, storeview.WriteSharedCollected(d.Out, tier.Name(), done))
}
