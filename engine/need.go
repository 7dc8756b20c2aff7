package engine

import (
	"context"

	"snellen/engine/store"
)

// rely keeps every collection from the records that look returns, for as long as this apply runs.
// No collection can come between the look and its announcement: see store.Need.
func (x *executor) rely(ctx context.Context, look func() []store.Key) error {
	release, err := x.store.Hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	return x.store.Need(x.dir, look()...)
}

// keys returns the keys that the plan knows, of steps that have their record and of steps that will
// have it.
func (p *Plan) keys() []store.Key {
	var keys []store.Key
	for _, d := range p.Decisions {
		if d.Manifest != "" {
			keys = append(keys, d.Key)
		}
	}
	return keys
}

// decideNode decides node i, whose inputs are all there, and relies on what it finds.
func (s *scheduler) decideNode(ctx context.Context, i int) (d *Decision, err error) {
	relied := s.exec.rely(ctx, func() []store.Key {
		if d, err = s.plan.decider.decideNode(ctx, s.plan, i); err != nil {
			return nil
		}
		return []store.Key{d.Key}
	})
	if err == nil {
		err = relied
	}
	return d, err
}
