package shared

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// Nothing keeps writers and a collection of a bucket apart: there is no lock that all machines
// would see. So what is removed may be needed at the same moment by somebody else, who then finds it gone
// and makes it again. That nothing worse happens is a matter of order: a record goes before the
// objects that it alone names, and an object goes only when no record names it that came since.

// Rules say what a collection of a bucket may remove.
type Rules struct {
	// Before is the time before which a record that was last written then is removed. Zero removes
	// none. When others last used it is not known.
	Before time.Time

	Keys    map[store.Key]string    // records that stay, and who holds them
	Objects map[store.Digest]string // objects that stay, and who holds them

	Kind func(manifest string) string // of step, for Old
}

// An Old is a record that a collection removes.
type Old struct {
	Key     store.Key
	Kind    string        // of its step; "" where it is damaged
	Took    time.Duration // to make it
	Changed time.Time
}

// A Choice is what a collection of a bucket removes, or has removed.
type Choice struct {
	Records []Old          // the oldest first
	Objects []store.Output // that no other record names
	Bytes   int64          // of both
	Took    time.Duration  // to make all records

	Kept   int   // records that stay
	Held   int   // of these, records that lock files hold
	Young  int   // objects that no record names and that stay for now: see grace
	Left   int64 // bytes that stay
	Others int   // blobs whose names are no store's

	listing *Listing
	markers []Blob
}

// Choose lists and reads what the bucket has, and selects what to remove. It removes nothing.
// progress is called from any goroutine.
func (t *Tier) Choose(
	ctx context.Context, rules Rules, progress func(done, total int),
) (*Choice, error) {
	l, err := t.List(ctx)
	if err != nil {
		return nil, err
	}
	c := &Choice{Others: l.Others, Left: l.Bytes, listing: l}
	keys := slices.Collect(maps.Keys(l.Records))
	named := map[store.Digest]bool{}
	var mu sync.Mutex
	done, damaged := 0, 0
	err = t.reads.each(ctx, len(keys), func(ctx context.Context, i int) error {
		k := keys[i]
		r, _, err := t.read(ctx, k)
		miss := errors.Is(err, store.ErrMiss)
		if err != nil && !miss && !errors.Is(err, ErrAbsent) {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		done++
		progress(done, len(keys))
		_, held := rules.Keys[k]
		switch blob := l.Records[k]; {
		case errors.Is(err, ErrAbsent):
		case !held && blob.Changed.Before(rules.Before):
			old := Old{Key: k, Took: r.Took, Changed: blob.Changed}
			if !miss {
				old.Kind = rules.Kind(r.Manifest)
			}
			c.Records = append(c.Records, old)
			c.Bytes += blob.Size
			c.Took += r.Took
		case miss:
			damaged++
		default:
			c.Kept++
			if held {
				c.Held++
			}
			name(r, named)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if damaged > 0 {
		return nil, errDamaged
	}
	slices.SortFunc(c.Records, func(a, b Old) int {
		return cmp.Or(a.Changed.Compare(b.Changed), slices.Compare(a.Key[:], b.Key[:]))
	})
	c.chooseObjects(rules, named)
	c.chooseMarkers()
	c.Left -= c.Bytes
	return c, nil
}

// errDamaged is the error of a bucket with records that nobody can read.
var errDamaged = step.WithHint(
	errors.New("some records are damaged, so that nobody knows what they need; nothing was removed"),
	"repair them first: snellen store verify -shared")

// name adds the objects that a record names.
func name(r store.Record, to map[store.Digest]bool) {
	for _, out := range r.Outputs {
		to[out.Digest] = true
	}
	to[r.Log] = true
}

// chooseObjects selects the objects that no record names which stays, and no lock file.
func (c *Choice) chooseObjects(rules Rules, named map[store.Digest]bool) {
	limit := time.Now().Add(-grace)
	for d, b := range c.listing.Objects {
		if _, held := rules.Objects[d]; held || named[d] {
			continue
		}
		if !b.Changed.Before(limit) {
			c.Young++
			continue
		}
		c.Objects = append(c.Objects, store.Output{Digest: d, Size: b.Size})
		c.Bytes += b.Size
	}
	slices.SortFunc(c.Objects, func(a, b store.Output) int {
		return slices.Compare(a.Digest[:], b.Digest[:])
	})
}

// chooseMarkers selects the markers of the records that go, and old ones without a record.
func (c *Choice) chooseMarkers() {
	goes, stays := map[string]bool{}, map[string]bool{}
	gone := map[store.Key]bool{}
	for _, r := range c.Records {
		gone[r.Key], goes[marked(r.Key)] = true, true
	}
	for k := range c.listing.Records {
		if !gone[k] {
			stays[marked(k)] = true
		}
	}
	limit := time.Now().Add(-grace)
	for key, blobs := range c.listing.markers {
		for _, b := range blobs {
			if !stays[key] && (goes[key] || b.Changed.Before(limit)) {
				c.markers = append(c.markers, b)
			}
		}
	}
}

// Collect removes what was chosen, but for what has changed since, and what a record names that
// came since. It returns what it removed, also with an error. progress is called from any goroutine.
func (t *Tier) Collect(
	ctx context.Context, c *Choice, progress func(done, total int),
) (*Choice, error) {
	done := &Choice{Kept: c.Kept, Held: c.Held, Young: c.Young, Others: c.Others,
		Left: c.Left + c.Bytes}
	if t.readOnly {
		return done, errors.New("the shared store is read-only")
	}
	r := &remover{tier: t, total: len(c.Records) + len(c.markers) + len(c.Objects),
		progress: progress}
	err := t.sends.each(ctx, len(c.Records), func(ctx context.Context, i int) error {
		b := c.listing.Records[c.Records[i].Key]
		return r.remove(ctx, b, func() {
			done.Records = append(done.Records, c.Records[i])
			done.Took += c.Records[i].Took
			done.Bytes += b.Size
		})
	})
	if err == nil {
		err = t.sends.each(ctx, len(c.markers), func(ctx context.Context, i int) error {
			return r.remove(ctx, c.markers[i], func() {})
		})
	}
	var named map[store.Digest]bool
	if err == nil && len(c.Objects) > 0 {
		named, err = t.namedSince(ctx, c.listing)
	}
	if err == nil {
		err = t.sends.each(ctx, len(c.Objects), func(ctx context.Context, i int) error {
			o := c.Objects[i]
			if named[o.Digest] {
				return nil
			}
			return r.remove(ctx, c.listing.Objects[o.Digest], func() {
				done.Objects = append(done.Objects, o)
				done.Bytes += o.Size
			})
		})
	}
	done.Left -= done.Bytes
	if err != nil {
		err = fmt.Errorf("collect %s: %w", t.Name(), err)
	}
	return done, err
}

// namedSince returns the objects that records name which are new since a listing.
func (t *Tier) namedSince(ctx context.Context, l *Listing) (map[store.Digest]bool, error) {
	var fresh []store.Key
	err := t.bucket.List(ctx, "records/", func(blobs []Blob) error {
		now := Listing{Records: map[store.Key]Blob{}}
		for _, b := range blobs {
			now.addRecord(b)
		}
		for k, b := range now.Records {
			if was := l.Records[k]; !was.same(b) {
				fresh = append(fresh, k)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	named := map[store.Digest]bool{}
	var mu sync.Mutex
	err = t.reads.each(ctx, len(fresh), func(ctx context.Context, i int) error {
		r, _, err := t.read(ctx, fresh[i])
		if errors.Is(err, ErrAbsent) {
			return nil
		}
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		name(r, named)
		return nil
	})
	return named, err
}

// A remover removes blobs that have not changed since they were listed.
type remover struct {
	tier     *Tier
	total    int
	progress func(done, total int)

	mu   sync.Mutex // guards what follows, and what the callers count
	done int
}

// remove removes a blob, and calls count if it was there as listed.
func (r *remover) remove(ctx context.Context, listed Blob, count func()) error {
	removed := false
	err := again(ctx, func() error {
		now, err := r.tier.bucket.Stat(ctx, listed.Name)
		if errors.Is(err, ErrAbsent) {
			return nil
		}
		if err != nil {
			return err
		}
		if !listed.same(now) {
			return nil
		}
		err = r.tier.bucket.Remove(ctx, listed.Name)
		removed = err == nil
		return err
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	r.progress(r.done, r.total)
	if removed {
		count()
	}
	return nil
}

// same reports whether a blob has not been written again since it was listed. In S3, the same bytes
// have the same tag.
func (b Blob) same(now Blob) bool {
	return b.Tag == now.Tag && b.Changed.Equal(now.Changed)
}
