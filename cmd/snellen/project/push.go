package project

import (
	"context"
	"errors"
	"fmt"
	"os"

	"snellen/engine"
	"snellen/engine/shared"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
)

// SharedHere returns the shared block of the current folder's only spec, or nil, and reports whether
// that spec cannot be read, though nothing else chooses a shared store.
func SharedHere(flag string, variables []specs.Assignment) (block *specs.Shared, broken bool) {
	path, err := FindSpec(".")
	if err != nil {
		return nil, false
	}
	s := QuickStudy(path, variables)
	if s == nil {
		return nil, flag == "" && os.Getenv("SNELLEN_SHARED") == ""
	}
	return s.Shared, false
}

// ErrNoShared is the error of a command that needs a shared store where none is chosen.
var ErrNoShared = step.WithHint(errors.New("no shared store is chosen"),
	`write shared { url = "s3://BUCKET/PREFIX" } into the spec, with file:///FOLDER for a folder `+
		"that all machines see, or name one by -shared or SNELLEN_SHARED")

// ErrReadOnly is the error of a command that changes a shared store which the spec only reads.
var ErrReadOnly = step.WithHint(
	errors.New("the shared store is only read: the spec has read_only = true"),
	"whoever may write to it removes that line")

// Push hands over to the shared store what it lacks of the study's results, and what earlier applies
// could not send. It returns how many results were there already. See Drain.
func (p *Project) Push(ctx context.Context) (there int, err error) {
	if p.Shared == nil {
		return 0, ErrNoShared
	}
	if p.Shared.ReadOnly {
		return 0, ErrReadOnly
	}
	plan, err := p.DecideHere(ctx)
	if err != nil {
		return 0, err
	}
	tier := p.Tier()
	unsent, err := tier.Unsent()
	if err != nil {
		return 0, err
	}
	all, seen := unsent, map[store.Key]bool{}
	for _, l := range unsent {
		seen[l.Record.Key()] = true
	}
	for _, d := range plan.Decisions {
		if d.Record != nil && !seen[d.Key] {
			seen[d.Key] = true
			all = append(all, shared.Letter{Record: *d.Record, Partial: d.PartialKey()})
		}
	}
	lacking, err := tier.Lacking(ctx, all)
	if err != nil {
		if step.Hint(err) != "" {
			return 0, err
		}
		return 0, step.WithHint(fmt.Errorf("%s: %w", tier.Name(), err),
			"nothing was sent: push again when it can be reached")
	}
	lacks := map[store.Key]bool{}
	for _, l := range lacking {
		lacks[l.Record.Key()] = true
	}
	for _, l := range unsent { // the bucket may have all of it but the shape's blob
		if !lacks[l.Record.Key()] {
			lacking = append(lacking, l)
		}
	}
	tier.SendAll(lacking)
	return len(all) - len(lacking), nil
}

// Pull fetches all that the shared store has of the study's results. See engine.Plan.Pull.
func (p *Project) Pull(
	ctx context.Context, stop <-chan struct{}, emit func(engine.Event),
) (*engine.Pulled, error) {
	if p.Shared == nil {
		return nil, ErrNoShared
	}
	plan, err := p.Decide(ctx)
	if err != nil {
		return nil, err
	}
	defer p.Drain(ctx, nil, func(int64, int64) {})
	pulled, err := plan.Pull(ctx, engine.Options{Stop: stop, Emit: emit})
	p.Memo.Save()
	if err == nil && !pulled.Interrupted {
		err = p.Remember(plan.Decisions)
	}
	return pulled, err
}
