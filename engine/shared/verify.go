package shared

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"snellen/engine/store"
)

// A Remedy is what was done about a damaged blob.
type Remedy string

// The remedies.
const (
	Healed  Remedy = "healed"  // the local store's takes its place
	Removed Remedy = "removed" // the local store has none
	Left    Remedy = "left"    // the tier is read-only
)

// A Fault is a blob whose bytes do not match its name.
type Fault struct {
	Name   string // "objects/ab/HEX" or "records/ab/HEX"
	Why    string
	Remedy Remedy
}

// A Health is the result of Verify.
type Health struct {
	Records    int
	Objects    int
	Bytes      int64   // read
	Others     int     // blobs whose names are no store's
	Incomplete int     // records that name outputs which are not there, or which were damaged
	Faults     []Fault // in the order of names
}

// maxVerified is how many blobs are read at once. Each is a file while it is hashed.
const maxVerified = 8

// Verify reads every object and record of the bucket and compares them with their names. What is
// damaged is replaced by the local store's, where that has it, and removed else. dir is a folder of
// the caller's workspace. progress is called with bytes, from any goroutine. An error comes with
// what was found out in spite of it, or a nil Health where nothing was.
func (t *Tier) Verify(
	ctx context.Context, dir string, progress func(done, total int64),
) (*Health, error) {
	l, err := t.List(ctx)
	if err != nil {
		return nil, err
	}
	v := &verifier{
		tier: t, dir: dir, total: l.Bytes, progress: progress,
		sound: map[store.Digest]int64{}, health: Health{Others: l.Others},
	}
	places := make(room, maxVerified)
	objects := slices.SortedFunc(maps.Keys(l.Objects), func(a, b store.Digest) int {
		return slices.Compare(a[:], b[:])
	})
	err = places.each(ctx, len(objects), func(ctx context.Context, i int) error {
		return v.object(ctx, objects[i], l.Objects[objects[i]])
	})
	if err == nil { // then it is known which outputs there are
		records := slices.Collect(maps.Keys(l.Records))
		err = places.each(ctx, len(records), func(ctx context.Context, i int) error {
			return v.record(ctx, records[i], l.Records[records[i]])
		})
	}
	slices.SortFunc(v.health.Faults, func(a, b Fault) int { return strings.Compare(a.Name, b.Name) })
	return &v.health, err
}

// A verifier reads a bucket.
type verifier struct {
	tier     *Tier
	dir      string
	total    int64
	progress func(done, total int64)

	mu     sync.Mutex             // guards what follows
	sound  map[store.Digest]int64 // sizes of the objects that are there, and whole
	health Health
}

// object checks one object.
func (v *verifier) object(ctx context.Context, d store.Digest, listed Blob) error {
	size, err := v.blob(ctx, listed,
		func(b Blob) (string, Blob, error) { return v.hash(ctx, d, b) },
		func(b Blob) (Remedy, int64, error) { return v.healObject(ctx, d, b) })
	v.mu.Lock()
	defer v.mu.Unlock()
	if err == nil {
		v.health.Objects++
		v.read(listed.Size)
	}
	if err == nil && size >= 0 {
		v.sound[d] = size
	}
	return err
}

// read counts bytes. The caller holds mu.
func (v *verifier) read(n int64) {
	v.health.Bytes += n
	v.progress(v.health.Bytes, v.total)
}

// blob reads a blob, which was listed, until it is sound or stays damaged, and then heals it. It
// returns the size of what is there now, or -1 where nothing is.
func (v *verifier) blob(
	ctx context.Context, b Blob, read func(Blob) (why string, got Blob, err error),
	heal func(Blob) (Remedy, int64, error),
) (size int64, err error) {
	for range attempts {
		why, got, err := read(b)
		switch {
		case errors.Is(err, ErrAbsent):
			return -1, nil // it was removed meanwhile
		case err != nil:
			return -1, err
		case why == "":
			return got.Size, nil
		}
		// Another machine may just be healing it.
		now, err := v.stat(ctx, b.Name)
		if errors.Is(err, ErrAbsent) {
			return -1, nil
		}
		if err != nil {
			return -1, err
		}
		if now.Tag != got.Tag {
			b = now
			continue
		}
		remedy, size, err := heal(now)
		if err != nil {
			return -1, err
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		v.health.Faults = append(v.health.Faults, Fault{b.Name, why, remedy})
		return size, nil
	}
	return -1, fmt.Errorf("%s in %s changes all the time", b.Name, v.tier.Name())
}

func (v *verifier) stat(ctx context.Context, name string) (b Blob, err error) {
	err = again(ctx, func() error {
		b, err = v.tier.bucket.Stat(ctx, name)
		return err
	})
	return b, err
}

// hash reads an object, and returns what is wrong with it.
func (v *verifier) hash(ctx context.Context, d store.Digest, b Blob) (string, Blob, error) {
	path := temporary(v.dir)
	defer os.Remove(path)
	got, err := v.tier.download(ctx, b.Name, path, b.Size, nil)
	if errors.Is(err, ErrTooLarge) {
		if got.Tag == "" {
			got = b
		}
		return "it has more bytes than it had when it was listed", got, nil
	}
	if err != nil {
		return "", Blob{}, err
	}
	sum, size, err := store.SumFile(path)
	if err == nil && (sum != d || size != got.Size) {
		return "its bytes do not match its name", got, nil
	}
	return "", got, err
}

// healObject puts the local store's object in the place of a damaged one.
func (v *verifier) healObject(ctx context.Context, d store.Digest, b Blob) (Remedy, int64, error) {
	t := v.tier
	if t.readOnly {
		return Left, -1, nil
	}
	path := t.local.Path(d)
	if fi, err := os.Lstat(path); err == nil {
		own := store.Output{Digest: d, Size: fi.Size()}
		damaged, err := t.local.Damaged(own)
		if err == nil && !damaged {
			err = again(ctx, func() error {
				_, err := t.bucket.Send(ctx, b.Name, path, When{Tag: b.Tag}, nil)
				return err
			})
			if err == nil || errors.Is(err, ErrChanged) { // by who heals it with the same bytes
				return Healed, own.Size, nil
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a collection has just removed it
			return "", -1, err
		}
	}
	return Removed, -1, v.remove(ctx, b)
}

func (v *verifier) remove(ctx context.Context, b Blob) error {
	return again(ctx, func() error { return v.tier.bucket.Remove(ctx, b.Name) })
}

// record checks one record, and whether the outputs that it names are there.
func (v *verifier) record(ctx context.Context, k store.Key, listed Blob) error {
	var r store.Record
	_, err := v.blob(ctx, listed, func(Blob) (string, Blob, error) {
		var b Blob
		var err error
		r, b, err = v.tier.read(ctx, k)
		if errors.Is(err, store.ErrMiss) {
			why := strings.TrimPrefix(err.Error(), store.ErrMiss.Error()+": ")
			return strings.TrimPrefix(why, "record "), b, nil
		}
		return "", b, err
	}, func(b Blob) (remedy Remedy, size int64, err error) {
		remedy, r, err = v.healRecord(ctx, k, b)
		return remedy, 0, err
	})
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.health.Records++
	v.read(listed.Size)
	for _, out := range r.Outputs {
		if size, there := v.sound[out.Digest]; !there || size != out.Size {
			v.health.Incomplete++
			break
		}
	}
	return nil
}

// read returns a key's record, with its blob. The error wraps store.ErrMiss for a damaged one.
func (t *Tier) read(ctx context.Context, k store.Key) (r store.Record, b Blob, err error) {
	var data []byte
	err = again(ctx, func() error {
		data, b, err = t.bucket.Get(ctx, recordName(k), maxRecord)
		return err
	})
	if errors.Is(err, ErrTooLarge) {
		return r, b, fmt.Errorf("%w: record damaged: %w", store.ErrMiss, err)
	}
	if err != nil {
		return r, b, err
	}
	if r, err = store.ParseRecord(k, data); err == nil {
		err = check(r)
	}
	if err != nil {
		return store.Record{}, b, err
	}
	return r, b, nil
}

// healRecord puts the local store's record in the place of a damaged one, and returns it.
func (v *verifier) healRecord(
	ctx context.Context, k store.Key, b Blob,
) (Remedy, store.Record, error) {
	t := v.tier
	if t.readOnly {
		return Left, store.Record{}, nil
	}
	r, err := t.local.Lookup(k)
	if err == nil {
		r.From = ""
		err = check(r)
	}
	if err != nil { // whatever it is: then there is none to send
		return Removed, store.Record{}, v.remove(ctx, b)
	}
	data, err := r.Encode()
	if err != nil {
		return "", r, err
	}
	err = again(ctx, func() error {
		_, err := t.bucket.Put(ctx, b.Name, data, When{Tag: b.Tag})
		return err
	})
	if errors.Is(err, ErrChanged) {
		r, _, err = t.read(ctx, k)
		if errors.Is(err, store.ErrMiss) || errors.Is(err, ErrAbsent) {
			return Removed, store.Record{}, nil
		}
	}
	return Healed, r, err
}
