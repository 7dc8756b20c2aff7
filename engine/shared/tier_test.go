package shared_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"snellen/engine/shared"
	"snellen/engine/shared/folder"
	"snellen/engine/store"
)

// A broken bucket fails at will.
type broken struct {
	shared.Bucket
	fail func(do, name string) error // nil: goes on
}

func (b *broken) Get(ctx context.Context, name string, limit int64) ([]byte, shared.Blob, error) {
	if err := b.fail("get", name); err != nil {
		return nil, shared.Blob{}, err
	}
	return b.Bucket.Get(ctx, name, limit)
}

func (b *broken) Put(ctx context.Context, name string, data []byte, w shared.When) (
	shared.Blob, error) {
	if err := b.fail("put", name); err != nil {
		return shared.Blob{}, err
	}
	return b.Bucket.Put(ctx, name, data, w)
}

func (b *broken) Send(ctx context.Context, name, path string, w shared.When, progress func(int64)) (
	shared.Blob, error) {
	if err := b.fail("send", name); err != nil {
		return shared.Blob{}, err
	}
	return b.Bucket.Send(ctx, name, path, w, progress)
}

// made is a store with one record: its object has these bytes.
func made(t *testing.T, manifest, bytes string) (*store.Store, store.Record) {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "store"))
	if err == nil {
		err = st.Prepare()
	}
	if err != nil {
		t.Fatal(err)
	}
	return st, commit(t, st, manifest, bytes)
}

func commit(t *testing.T, st *store.Store, manifest, bytes string) store.Record {
	t.Helper()
	release, err := st.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	out, err := st.PutBytes([]byte(bytes))
	log, lerr := st.PutBytes([]byte("log of " + bytes))
	r := store.Record{Manifest: manifest, Outputs: map[string]store.Output{"out": out},
		Log: log.Digest, Took: time.Second, Ended: time.Now().UTC()}
	if err = errors.Join(err, lerr, st.Commit(r, store.PartialKey{})); err != nil {
		t.Fatal(err)
	}
	return r
}

func send(t *testing.T, tier *shared.Tier, r store.Record) shared.Sent {
	t.Helper()
	if err := tier.Announce(r.Key(), store.PartialKey{}); err != nil {
		t.Fatal(err)
	}
	tier.Send(r, store.PartialKey{})
	return tier.Drain(t.Context())
}

func records(t *testing.T, b shared.Bucket, keys ...store.Key) map[store.Key]store.Record {
	t.Helper()
	st, _ := made(t, "other", "other")
	found, err := shared.NewTier(b, st, false).Records(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestFirstRecordStays: of two machines that made other bytes, the first counts, and the second
// learns of it.
func TestFirstRecordStays(t *testing.T) {
	b := folder.Open(t.TempDir())
	one, r1 := made(t, "manifest", "bytes")
	two, r2 := made(t, "manifest", "other bytes")
	if sent := send(t, shared.NewTier(b, one, false), r1); sent.Records != 1 || sent.Differ != nil {
		t.Errorf("%+v", sent)
	}
	if sent := send(t, shared.NewTier(b, two, false), r2); len(sent.Differ) != 1 || sent.Left != 0 ||
		sent.Differ[0] != r2.Key().String() {
		t.Errorf("%+v", sent)
	}
	if got := records(t, b, r1.Key())[r1.Key()]; got.Outputs["out"] != r1.Outputs["out"] {
		t.Errorf("%+v", got)
	}
	if n := shared.Waiting(two); n != 0 {
		t.Errorf("%d wait", n)
	}
}

// TestAnotherAttempt: a request that fails once is made again, and the record comes last.
func TestAnotherAttempt(t *testing.T) {
	var mu sync.Mutex
	failed := map[string]bool{}
	var order []string
	b := &broken{Bucket: folder.Open(t.TempDir()), fail: func(do, name string) error {
		mu.Lock()
		defer mu.Unlock()
		if !failed[name] {
			failed[name] = true
			return errors.New("lost the connection")
		}
		order = append(order, do+" "+strings.Split(name, "/")[0])
		return nil
	}}
	st, r := made(t, "manifest", "bytes")
	if sent := send(t, shared.NewTier(b, st, false), r); sent.Err != nil || sent.Records != 1 ||
		sent.Bytes != r.Bytes() {
		t.Errorf("%+v", sent)
	}
	if got := strings.Join(order, ", "); got != "send objects, send objects, put records, put shapes" {
		t.Error(got)
	}
}

// TestManyKeys: a plan of many new steps asks for what the listing has, and a bucket that holds far more
// is not listed to its end.
func TestManyKeys(t *testing.T) {
	b := &listing{Bucket: folder.Open(t.TempDir()), pages: map[string]int{}}
	st, first := made(t, "manifest", "bytes")
	keys := []store.Key{first.Key()}
	for i := range 5000 {
		keys = append(keys, store.Key(store.Sum(fmt.Append(nil, "new ", i))))
	}
	for i := range 20 {
		r := commit(t, st, fmt.Sprint("manifest ", i), "bytes")
		send(t, shared.NewTier(b, st, false), r)
		keys = append(keys, r.Key())
	}
	tier := shared.NewTier(b, st, false)
	send(t, tier, first)
	asked := map[string]int{}
	for _, k := range keys {
		asked[k.String()[:2]]++
	}
	// The folder of the first record has so many others before it that it is not listed so far.
	prefix := "records/" + first.Key().String()[:2] + "/"
	for i := range 4 * asked[first.Key().String()[:2]] {
		name := prefix + first.Key().String()[:2] + fmt.Sprintf("%062x", i)
		if _, err := b.Put(t.Context(), name, []byte("other"), shared.When{}); err != nil {
			t.Fatal(err)
		}
	}
	clear(b.pages)
	b.gets.Store(0)
	found, err := tier.Records(t.Context(), keys)
	if err != nil || len(found) != 21 {
		t.Fatalf("%d records, %v", len(found), err)
	}
	if n, most := int(b.gets.Load()), 20+asked[first.Key().String()[:2]]; n > most {
		t.Errorf("%d keys were asked for, more than %d", n, most)
	}
	for folder, n := range b.pages {
		if most := asked[strings.TrimPrefix(strings.TrimSuffix(folder, "/"), "records/")]; n > most {
			t.Errorf("%s: %d pages for %d keys", folder, n, most)
		}
	}
	if len(b.pages) != len(asked) {
		t.Errorf("%d folders were listed, want %d", len(b.pages), len(asked))
	}
}

// A listing has one blob a page, and counts.
type listing struct {
	shared.Bucket
	gets atomic.Int64

	mu    sync.Mutex
	pages map[string]int // by prefix
}

func (l *listing) Get(ctx context.Context, name string, limit int64) ([]byte, shared.Blob, error) {
	l.gets.Add(1)
	return l.Bucket.Get(ctx, name, limit)
}

func (l *listing) List(ctx context.Context, prefix string, each func([]shared.Blob) error) error {
	l.mu.Lock()
	l.pages[prefix] = 0
	l.mu.Unlock()
	return l.Bucket.List(ctx, prefix, func(blobs []shared.Blob) error {
		for _, b := range blobs {
			l.mu.Lock()
			l.pages[prefix]++
			l.mu.Unlock()
			if err := each([]shared.Blob{b}); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestRefusedIsNotSent: a bucket that refuses an object, since another upload is under way, does not
// have it yet. The record does not come before it.
func TestRefusedIsNotSent(t *testing.T) {
	for _, times := range []int{1, 100} {
		refused := 0
		b := &broken{Bucket: folder.Open(t.TempDir()), fail: func(do, _ string) error {
			if do == "send" && refused < times {
				refused++
				return shared.ErrChanged
			}
			return nil
		}}
		st, r := made(t, "manifest", "bytes")
		sent := send(t, shared.NewTier(b, st, false), r)
		found := records(t, b, r.Key())
		if times == 1 && (sent.Records != 1 || len(found) != 1) ||
			times > 1 && (sent.Left != 1 || len(found) != 0) {
			t.Errorf("%d times: %+v, %d records", times, sent, len(found))
		}
	}
}

// TestRefusedForEver: a server that died while it wrote a blob may say that it has the blob, and have
// none. It gets it all the same.
func TestRefusedForEver(t *testing.T) {
	for _, kind := range []string{"objects", "records"} {
		b := &ghost{Bucket: folder.Open(t.TempDir()), kind: kind}
		st, r := made(t, "manifest", "bytes")
		sent := send(t, shared.NewTier(b, st, false), r)
		if found := records(t, b, r.Key()); sent.Records != 1 || sent.Err != nil || len(found) != 1 {
			t.Errorf("%s: %+v, %d records", kind, sent, len(found))
		}
		if b.refused.Load() == 0 {
			t.Errorf("%s: nothing was refused", kind)
		}
		if shared.Waiting(st) > 0 {
			t.Errorf("%s: the record waits", kind)
		}
	}
}

// A ghost refuses to write blobs of one kind under a condition.
type ghost struct {
	shared.Bucket
	kind    string
	refused atomic.Int64
}

func (g *ghost) Put(
	ctx context.Context, name string, data []byte, when shared.When,
) (shared.Blob, error) {
	if strings.HasPrefix(name, g.kind) && (when != shared.When{}) {
		g.refused.Add(1)
		return shared.Blob{}, shared.ErrChanged
	}
	return g.Bucket.Put(ctx, name, data, when)
}

func (g *ghost) Send(
	ctx context.Context, name, path string, when shared.When, progress func(int64),
) (shared.Blob, error) {
	if strings.HasPrefix(name, g.kind) && (when != shared.When{}) {
		g.refused.Add(1)
		return shared.Blob{}, shared.ErrChanged
	}
	return g.Bucket.Send(ctx, name, path, when, progress)
}

// TestTornObjectIsReplaced: an object that is there with another size is replaced.
func TestTornObjectIsReplaced(t *testing.T) {
	b := folder.Open(t.TempDir())
	st, r := made(t, "manifest", "bytes")
	hex := strings.TrimPrefix(r.Outputs["out"].Digest.String(), "sha256:")
	name := "objects/" + hex[:2] + "/" + hex
	if _, err := b.Put(t.Context(), name, []byte("by"), shared.When{}); err != nil {
		t.Fatal(err)
	}
	if sent := send(t, shared.NewTier(b, st, false), r); sent.Records != 1 || sent.Err != nil {
		t.Errorf("%+v", sent)
	}
	if data, _, err := b.Get(t.Context(), name, 100); string(data) != "bytes" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestSilentServer: a server that accepts and never answers is given up soon, and named.
func TestSilentServer(t *testing.T) {
	st, r := made(t, "manifest", "bytes")
	tier := shared.NewTier(silent{folder.Open(t.TempDir())}, st, false)
	shared.SetPatience(tier, 10*time.Millisecond)
	_, err := tier.Records(t.Context(), []store.Key{r.Key()})
	if err == nil || !strings.Contains(err.Error(), "did not answer within 10ms") {
		t.Error(err)
	}
}

// A silent bucket never answers a Get.
type silent struct{ shared.Bucket }

func (silent) Get(ctx context.Context, _ string, _ int64) ([]byte, shared.Blob, error) {
	<-ctx.Done()
	return nil, shared.Blob{}, ctx.Err()
}

// TestOutbox: what cannot be sent waits, whatever fails, and is sent once.
func TestOutbox(t *testing.T) {
	for _, what := range []string{"objects", "records", "shapes"} {
		down := true
		b := &broken{Bucket: folder.Open(t.TempDir()), fail: func(_, name string) error {
			if down && strings.HasPrefix(name, what) {
				return errors.New("no route to host")
			}
			return nil
		}}
		st, r := made(t, "manifest", "bytes")
		sent := send(t, shared.NewTier(b, st, false), r)
		if sent.Left != 1 || sent.Err == nil || shared.Waiting(st) != 1 {
			t.Errorf("%s: %+v", what, sent)
		}
		down = false
		tier := shared.NewTier(b, st, false)
		left, err := tier.Unsent()
		if err != nil || len(left) != 1 {
			t.Fatalf("%s: %v, %v", what, left, err)
		}
		tier.SendAll(left)
		sent = tier.Drain(t.Context())
		if sent.Records != 1 || shared.Waiting(st) != 0 || len(records(t, b, r.Key())) != 1 {
			t.Errorf("%s: %+v", what, sent)
		}
	}
}

// TestOutboxIsUntrusted: what is damaged in an outbox, or names a record that is gone, is dropped.
func TestOutboxIsUntrusted(t *testing.T) {
	st, r := made(t, "manifest", "bytes")
	tier := shared.NewTier(folder.Open(t.TempDir()), st, false)
	if err := tier.Announce(r.Key(), store.PartialKey{}); err != nil {
		t.Fatal(err)
	}
	boxes, err := filepath.Glob(filepath.Join(st.Dir(), "outbox", "*"))
	if err != nil || len(boxes) != 1 {
		t.Fatal(boxes, err)
	}
	for i, text := range []string{"", "{}", "not JSON", strings.Repeat("x", 10<<10)} {
		k := store.Key{byte(i + 1)}
		path := filepath.Join(boxes[0], k.String())
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	gone, coming := store.Key{99}, store.Key{97}
	folderThere := store.Key{98}
	long := time.Now().Add(-2 * time.Hour)
	err = errors.Join(tier.Announce(gone, store.PartialKey{}), tier.Announce(coming, store.PartialKey{}),
		os.Chtimes(filepath.Join(boxes[0], gone.String()), long, long),
		os.Mkdir(filepath.Join(boxes[0], folderThere.String()), 0o777),
		os.WriteFile(filepath.Join(boxes[0], "strange"), nil, 0o666))
	if err != nil {
		t.Fatal(err)
	}
	left, err := tier.Unsent()
	if err != nil || len(left) != 1 || left[0].Record.Key() != r.Key() {
		t.Errorf("%v, %v", left, err)
	}
	// The record, one that another apply may be about to commit, and the strange file that is left alone.
	if n := shared.Waiting(st); n != 3 {
		t.Errorf("%d wait", n)
	}
}

// TestDrainIsInterrupted: the end of the context ends what is sent, and loses nothing.
func TestDrainIsInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	var began atomic.Int64
	b := &broken{Bucket: folder.Open(t.TempDir()), fail: func(do, _ string) error {
		if began.Add(1) == 3 {
			interrupt()
		}
		if do == "send" {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}}
	st, _ := made(t, "manifest", "bytes")
	tier := shared.NewTier(b, st, false)
	for i := range 20 {
		r := commit(t, st, fmt.Sprint("manifest ", i), fmt.Sprint("bytes ", i))
		if err := tier.Announce(r.Key(), store.PartialKey{}); err != nil {
			t.Fatal(err)
		}
		tier.Send(r, store.PartialKey{})
	}
	sent := tier.Drain(ctx)
	if sent.Left != 20 || sent.Records != 0 || shared.Waiting(st) != 20 {
		t.Errorf("%+v, %d wait", sent, shared.Waiting(st))
	}
}

// TestHostileRecords: of records that are too large, or other steps', none is believed, and all are
// replaced by a true one.
func TestHostileRecords(t *testing.T) {
	dir := t.TempDir()
	b := folder.Open(dir)
	st, r := made(t, "manifest", "bytes")
	other, err := store.Record{Manifest: "other", Outputs: r.Outputs}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	k := r.Key().String()
	path := filepath.Join(dir, "records", k[:2], k)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func() error{
		"10 GB":             func() error { return errors.Join(os.WriteFile(path, nil, 0o666), os.Truncate(path, 10<<30)) },
		"empty":             func() error { return os.WriteFile(path, nil, 0o666) },
		"another step's":    func() error { return os.WriteFile(path, other, 0o666) },
		"a link":            func() error { return os.Symlink("/dev/zero", path) },
		"a folder":          func() error { return os.MkdirAll(filepath.Join(path, "x"), 0o777) },
		"without an output": func() error { return os.WriteFile(path, encode(t, "manifest", nil), 0o666) },
	} {
		os.RemoveAll(path)
		if err := plant(); err != nil {
			t.Fatal(err)
		}
		tier := shared.NewTier(b, st, false)
		found, err := tier.Records(t.Context(), []store.Key{r.Key()})
		if err != nil || len(found) != 0 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
		if sent := send(t, tier, r); sent.Err != nil || sent.Records != 1 || sent.Differ != nil {
			t.Errorf("%s: %+v", name, sent)
		}
		if len(records(t, b, r.Key())) != 1 {
			t.Errorf("%s: it is not replaced", name)
		}
	}
}

func encode(t *testing.T, manifest string, outputs map[string]store.Output) []byte {
	t.Helper()
	data, err := store.Record{Manifest: manifest, Outputs: outputs}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}
