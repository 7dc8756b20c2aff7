package shared

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"snellen/engine/store"
)

// The names in a bucket are those of a store's folder, and what a bucket can list takes the place of
// a file that grows:
//
//	objects/ab/HEX                 an object's bytes; HEX is its digest
//	records/ab/HEX                 a record, in the form of a store's file; HEX is its key
//	shapes/HEX/HEX-TOOK-BYTES-KEY  an empty blob for each record: its shape, its files' digest, and
//	                               what the run took (see store.PartialKey, store.PastRun)
//
// A record comes after all that it names, as in a store. The first record of a key stays, so that
// all machines have the same bytes.

// A Tier keeps a store's records and objects in a bucket. Methods may be called from any goroutine.
type Tier struct {
	bucket   Bucket
	local    *store.Store
	readOnly bool
	reads    room
	sends    room
	outbox   string        // a folder of the local store
	patience time.Duration // for one request of a plan

	mu   sync.Mutex            // guards what follows
	bad  map[string]string     // blobs that were found damaged: name -> tag
	got  int64                 // bytes of records that were read
	sent map[store.Digest]bool // objects that the bucket has
	mail mail
}

// NewTier returns the tier behind a local store. A tier that is readOnly sends and removes nothing.
func NewTier(b Bucket, local *store.Store, readOnly bool) *Tier {
	sum := store.Sum([]byte(b.URL()))
	t := &Tier{
		bucket: b, local: local, readOnly: readOnly,
		reads: make(room, maxReads), sends: make(room, maxSends),
		outbox:   filepath.Join(local.Dir(), "outbox", hex.EncodeToString(sum[:8])),
		patience: maxWait, bad: map[string]string{}, sent: map[store.Digest]bool{},
	}
	t.mail.ctx, t.mail.cancel = context.WithCancel(context.Background())
	t.mail.quiet = sync.NewCond(&t.mu)
	return t
}

const (
	// maxReads is how many blobs are read at once: at 30 ms each, 2,000 a second.
	maxReads = 64

	// maxSends is how many are sent at once, which need the line to themselves.
	maxSends = 16

	// maxWait is how long a plan waits for one request. A server that accepts and never answers must
	// not hold it for long.
	maxWait = 5 * time.Second

	// maxRecord bounds a record, in bytes: an image dataset of 65,000 files. A larger record is not
	// shared.
	maxRecord = 16 << 20

	// maxRecords bounds the records that a process reads together, since a plan keeps them.
	maxRecords = 512 << 20

	// manyKeys is from how many keys on a plan looks at the bucket's listing before it asks for any:
	// its 256 folders are fewer requests, and most keys of a new study have no record.
	manyKeys = 500

	// maxPast bounds the earlier runs of one shape that are read.
	maxPast = 10000
)

// Name returns the URL of the bucket, for messages.
func (t *Tier) Name() string { return t.bucket.URL() }

// ReadOnly reports whether the tier sends nothing.
func (t *Tier) ReadOnly() bool { return t.readOnly }

// Bucket returns the tier's bucket.
func (t *Tier) Bucket() Bucket { return t.bucket }

func recordName(k store.Key) string    { return in("records", k.String()) }
func objectName(d store.Digest) string { return in("objects", hex.EncodeToString(d[:])) }
func shapeName(s store.Shape) string   { return "shapes/" + hex.EncodeToString(s[:]) + "/" }

func in(kind, digits string) string { return kind + "/" + digits[:2] + "/" + digits }

// A room bounds how many requests of one sort are under way: one is put into it by each.
type room chan struct{}

// each calls do for the numbers below n, as many at once as there is room for. It returns the first
// error, which ends the context of the others.
func (r room) each(ctx context.Context, n int, do func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(cap(r), n) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := r.one(ctx, func() error { return do(ctx, int(i)) }); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// one calls do when there is room.
func (r room) one(ctx context.Context, do func() error) error {
	select {
	case r <- struct{}{}:
		defer func() { <-r }()
		return do()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Records returns the records of those keys that the bucket has one of. A damaged record is none,
// and is replaced when its step's record is sent. An error means that the bucket cannot be used.
func (t *Tier) Records(ctx context.Context, keys []store.Key) (map[store.Key]store.Record, error) {
	found := map[store.Key]store.Record{}
	var err error
	if len(keys) >= manyKeys {
		if keys, err = t.listed(ctx, keys); err != nil {
			return found, err
		}
	}
	var mu sync.Mutex
	err = t.reads.each(ctx, len(keys), func(ctx context.Context, i int) error {
		ctx, cancel := t.patiently(ctx)
		defer cancel()
		r, err := t.record(ctx, keys[i])
		if errors.Is(err, store.ErrMiss) {
			return nil
		}
		if err != nil {
			return cmp.Or(context.Cause(ctx), err)
		}
		mu.Lock()
		defer mu.Unlock()
		found[keys[i]] = r
		return nil
	})
	return found, err
}

// listed leaves out the keys that the bucket's listing does not have. A folder of the listing is read
// for no more pages than it has keys to ask for: a bucket may hold far more than one study.
func (t *Tier) listed(ctx context.Context, keys []store.Key) (list []store.Key, err error) {
	folders := map[string][]store.Key{}
	for _, k := range keys {
		prefix := path.Dir(recordName(k)) + "/"
		folders[prefix] = append(folders[prefix], k)
	}
	prefixes := slices.Sorted(maps.Keys(folders))
	enough := errors.New("enough")
	var mu sync.Mutex
	err = t.reads.each(ctx, len(prefixes), func(ctx context.Context, i int) error {
		ctx, cancel := t.patiently(ctx)
		defer cancel()
		asked := folders[prefixes[i]]
		there := map[string]bool{}
		pages, last := 0, ""
		err := t.bucket.List(ctx, prefixes[i], func(blobs []Blob) error {
			for _, b := range blobs {
				there[b.Name], last = true, b.Name
			}
			if pages++; pages == len(asked) {
				return enough
			}
			return nil
		})
		if err != nil && err != enough {
			return cmp.Or(context.Cause(ctx), err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, k := range asked {
			if name := recordName(k); there[name] || err == enough && name > last {
				list = append(list, k)
			}
		}
		return nil
	})
	return list, err
}

// patiently returns a context for one request of a plan.
func (t *Tier) patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, t.patience,
		fmt.Errorf("%s did not answer within %v", t.Name(), t.patience))
}

// record returns a key's record, or an error that wraps store.ErrMiss, and ErrAbsent where there is
// none at all.
func (t *Tier) record(ctx context.Context, k store.Key) (store.Record, error) {
	name := recordName(k)
	data, blob, err := t.bucket.Get(ctx, name, maxRecord)
	switch {
	case errors.Is(err, ErrAbsent):
		return store.Record{}, fmt.Errorf("%w: %w", store.ErrMiss, ErrAbsent)
	case errors.Is(err, ErrTooLarge):
		t.damaged(name, blob.Tag)
		return store.Record{}, fmt.Errorf("%w: record damaged: %w", store.ErrMiss, err)
	case err != nil:
		return store.Record{}, err
	}
	if err := t.count(int64(len(data))); err != nil {
		return store.Record{}, err
	}
	r, err := store.ParseRecord(k, data)
	if err == nil {
		err = check(r)
	}
	if err != nil {
		t.damaged(name, blob.Tag)
		return store.Record{}, err
	}
	r.From = t.Name()
	return r, nil
}

// count adds to the bytes of records that were read.
func (t *Tier) count(n int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.got += n; t.got > maxRecords {
		return fmt.Errorf("its records have more than %d MiB together", maxRecords>>20)
	}
	return nil
}

// check returns an error that wraps store.ErrMiss for a record that no store writes. Who can write
// to the bucket can make a record of any content.
func check(r store.Record) error {
	for name, out := range r.Outputs {
		if !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) ||
			strings.ContainsAny(name, "\\\r\n\x00") || out.Size < 0 {
			return fmt.Errorf("%w: record damaged: it has an output %.40q", store.ErrMiss, name)
		}
	}
	if len(r.Outputs) == 0 || r.Took < 0 {
		return fmt.Errorf("%w: record damaged: it is no step's", store.ErrMiss)
	}
	return nil
}

// damaged remembers that a blob is damaged.
func (t *Tier) damaged(name, tag string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bad[name] = tag
}

// condition returns the condition for writing a blob: that none has the name, or that the damaged
// one still does. There is none where a damaged one's tag is not known.
func (t *Tier) condition(name string) When {
	t.mu.Lock()
	defer t.mu.Unlock()
	tag, bad := t.bad[name]
	return When{Absent: !bad, Tag: tag}
}

// Histories returns what the bucket knows of earlier runs of these shapes. A shape without any has
// none in the map.
func (t *Tier) Histories(
	ctx context.Context, shapes []store.Shape,
) (map[store.Shape][]store.PastRun, error) {
	found := map[store.Shape][]store.PastRun{}
	var mu sync.Mutex
	err := t.reads.each(ctx, len(shapes), func(ctx context.Context, i int) error {
		ctx, cancel := t.patiently(ctx)
		defer cancel()
		var runs []store.PastRun
		enough := errors.New("enough")
		prefix := shapeName(shapes[i])
		err := t.bucket.List(ctx, prefix, func(blobs []Blob) error {
			for _, b := range blobs {
				if p, ok := parsePast(strings.TrimPrefix(b.Name, prefix)); ok {
					runs = append(runs, p)
				}
			}
			if len(runs) >= maxPast {
				return enough
			}
			return nil
		})
		if err != nil && err != enough {
			return cmp.Or(context.Cause(ctx), err)
		}
		if len(runs) > 0 {
			mu.Lock()
			defer mu.Unlock()
			found[shapes[i]] = runs
		}
		return nil
	})
	return found, err
}

// pastName returns the name of a record's blob below its shape.
func pastName(p store.PartialKey, r store.Record) string {
	k := r.Key()
	return fmt.Sprintf("%s%x-%d-%d-%x", shapeName(p.Shape), p.Files[:], r.Took, r.Bytes(), k[:4])
}

// parsePast reads the end of such a name.
func parsePast(name string) (p store.PastRun, ok bool) {
	parts := strings.Split(name, "-")
	if len(parts) != 4 {
		return p, false
	}
	took, errTook := strconv.ParseUint(parts[1], 10, 62)
	size, errSize := strconv.ParseUint(parts[2], 10, 62)
	err := errors.Join(p.Files.UnmarshalText([]byte("sha256:"+parts[0])), errTook, errSize)
	p.Took, p.Bytes = time.Duration(took), int64(size)
	return p, err == nil
}

// Fetch puts an object into the local store; dir is a folder of the caller's workspace. It calls
// progress, from any goroutine, with the bytes so far. An object that the bucket has not, or has
// with other bytes, is an error that wraps store.ErrGone; any other error means that the bucket
// cannot be used. See store.Adopt for what the caller must have done before.
func (t *Tier) Fetch(
	ctx context.Context, o store.Output, dir string, progress func(int64),
) error {
	name := objectName(o.Digest)
	path := temporary(dir)
	defer os.Remove(path) // it fails, as it should, when the file has become an object
	var blob Blob
	err := t.reads.one(ctx, func() (err error) {
		blob, err = t.download(ctx, name, path, o.Size, progress)
		return err
	})
	switch {
	case errors.Is(err, ErrAbsent):
		return fmt.Errorf("%w: %s does not have it", store.ErrGone, t.Name())
	case errors.Is(err, ErrTooLarge):
		t.damaged(name, blob.Tag)
		return fmt.Errorf("%w: %s has other bytes", store.ErrGone, t.Name())
	case err != nil:
		return err
	}
	err = t.local.Adopt(path, o)
	if errors.Is(err, store.ErrGone) {
		t.damaged(name, blob.Tag)
		return fmt.Errorf("%w: %s has other bytes", store.ErrGone, t.Name())
	}
	if err == nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.sent[o.Digest] = true
	}
	return err
}

// temporary returns a path in dir that nothing has.
func temporary(dir string) string { return filepath.Join(dir, "fetch-"+rand.Text()) }

// download writes a blob's bytes to path, which does not exist, in several attempts: see
// Bucket.Fetch.
func (t *Tier) download(ctx context.Context, name, path string, limit int64,
	progress func(int64)) (blob Blob, err error) {
	err = again(ctx, func() error {
		if blob, err = t.bucket.Fetch(ctx, name, path, limit, progress); err != nil {
			os.Remove(path) // the next attempt begins a new file
		}
		return err
	})
	return blob, err
}

// attempts is how often a request of an apply is made, with longer and longer pauses.
const attempts = 3

// again calls do until it has a result, or attempts are used up. It does not call do again after an
// error that another attempt would not change.
func again(ctx context.Context, do func() error) (err error) {
	for i := range attempts {
		err = do()
		final := []error{nil, ErrAbsent, ErrChanged, ErrTooLarge, store.ErrGone}
		if slices.ContainsFunc(final, func(one error) bool { return errors.Is(err, one) }) ||
			i == attempts-1 {
			break
		}
		pause := time.Duration(math.Pow(4, float64(i))) * 200 * time.Millisecond
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return err
}
