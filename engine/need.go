package engine

import (
	"context"

	"snellen/engine/store"
)

// rely keeps collections from removing the records that find returns, until the workspace is
// removed. It holds the store while find looks them up, so that no collection comes between the
// lookup and its announcement: see store.Need.
func (x *executor) rely(ctx context.Context, find func() []store.Key) error {
	release, err := x.store.Hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	return x.store.Need(x.dir, find()...)
}

// keys returns the keys that are known, of steps that have a record and of steps that will have
// one.
func (p *Plan) keys() []store.Key {
	var keys []store.Key
	for _, d := range p.Decisions {
		if d.Manifest != "" {
			keys = append(keys, d.Key)
		}
	}
	return keys
}

// decideNode decides node i, whose inputs are all known, and relies on the record that it finds.
func (s *scheduler) decideNode(ctx context.Context, i int) (d *Decision, err error) {
	relied := s.exec.rely(ctx, func() []store.Key {
		if d, err = s.plan.decider.decideNode(s.plan, i); err != nil {
			return nil
		}
		return []store.Key{d.Key}
	})
	if err == nil {
		err = relied
	}
	return d, err
}
