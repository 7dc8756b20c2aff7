package shared

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"snellen/engine/store"
)

// Lacking returns those letters whose records, or whose objects that the local store has, the
// bucket does not have. These can be handed over again, whichever store their records come from.
func (t *Tier) Lacking(ctx context.Context, letters []Letter) ([]Letter, error) {
	var keys []store.Key
	sizes := map[store.Digest]int64{} // of the objects that are here
	for _, l := range letters {
		keys = append(keys, l.Record.Key())
		for _, out := range l.Record.Outputs {
			if t.local.Has(out) {
				sizes[out.Digest] = out.Size
			}
		}
		if fi, err := os.Lstat(t.local.Path(l.Record.Log)); err == nil {
			sizes[l.Record.Log] = fi.Size()
		}
	}
	var there map[store.Key]store.Record
	err := again(ctx, func() (err error) {
		there, err = t.Records(ctx, keys)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := t.look(ctx, sizes); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	lacks := func(d store.Digest) bool { _, here := sizes[d]; return here && !t.sent[d] }
	var list []Letter
	for _, l := range letters {
		_, has := there[l.Record.Key()]
		for _, out := range l.Record.Outputs {
			has = has && !lacks(out.Digest)
		}
		if !has || lacks(l.Record.Log) {
			l.Record.From = ""
			list = append(list, l)
		}
	}
	return list, nil
}

// look finds out which objects of these sizes the bucket has.
func (t *Tier) look(ctx context.Context, sizes map[store.Digest]int64) error {
	objects := slices.Collect(maps.Keys(sizes))
	return t.reads.each(ctx, len(objects), func(ctx context.Context, i int) error {
		d := objects[i]
		var b Blob
		err := again(ctx, func() (err error) {
			b, err = t.bucket.Stat(ctx, objectName(d))
			return err
		})
		if errors.Is(err, ErrAbsent) {
			return nil
		}
		if err != nil {
			return err
		}
		if b.Size != sizes[d] {
			t.damaged(b.Name, b.Tag)
			return nil
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.sent[d] = true
		return nil
	})
}

// maxLog bounds a step's log, in bytes: an engine writes less.
const maxLog = 16 << 20

// Log returns the bytes of a step's log, an object. The error wraps store.ErrGone where the bucket
// does not have it, or has it with other bytes.
func (t *Tier) Log(ctx context.Context, d store.Digest) ([]byte, error) {
	name := objectName(d)
	var data []byte
	var b Blob
	err := t.reads.one(ctx, func() error {
		return again(ctx, func() (err error) {
			data, b, err = t.bucket.Get(ctx, name, maxLog)
			return err
		})
	})
	switch {
	case errors.Is(err, ErrAbsent):
		return nil, fmt.Errorf("%w: %s does not have it", store.ErrGone, t.Name())
	case err != nil && !errors.Is(err, ErrTooLarge):
		return nil, err
	case err != nil || store.Sum(data) != d:
		t.damaged(name, b.Tag)
		return nil, fmt.Errorf("%w: %s has other bytes", store.ErrGone, t.Name())
	}
	return data, nil
}
