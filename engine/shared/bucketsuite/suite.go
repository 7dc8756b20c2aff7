// Package bucketsuite tests that a shared.Bucket keeps what the interface promises. Every
// implementation runs it.
package bucketsuite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"snellen/engine/regular"
	"snellen/engine/shared"
)

// Run runs the suite. open returns an empty bucket, which the suite closes.
func Run(t *testing.T, open func(t *testing.T) shared.Bucket) {
	for _, one := range []struct {
		name string
		test func(*testing.T, *bucket)
	}{
		{"bytes", testBytes}, {"limits", testLimits}, {"absent", testAbsent}, {"tag", testTag},
		{"tags differ", testTagsDiffer}, {"one writer wins", testOneWins},
		{"whole or not at all", testWhole}, {"large", testLarge}, {"paths", testPaths},
		{"cancelled", testCancelled}, {"list", testList}, {"list ends", testListEnds},
		{"names", testNames}, {"bad names", testBadNames},
	} {
		t.Run(one.name, func(t *testing.T) {
			b := &bucket{open(t), t}
			defer func() {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
			}()
			one.test(t, b)
		})
	}
}

// A bucket is under test.
type bucket struct {
	shared.Bucket
	t *testing.T
}

const noLimit = 1 << 40

// put puts a blob, which must succeed.
func (b *bucket) put(name, text string, when shared.When) shared.Blob {
	b.t.Helper()
	blob, err := b.Put(b.t.Context(), name, []byte(text), when)
	if err != nil {
		b.t.Fatalf("put %s: %v", name, err)
	}
	return blob
}

// check checks what all methods say of a blob, and that it has one tag.
func (b *bucket) check(name, text, tag string) {
	b.t.Helper()
	data, got, err := b.Get(b.t.Context(), name, 1<<20)
	if err != nil || string(data) != text {
		b.t.Fatalf("get %s: %.20q, want %.20q, %v", name, data, text, err)
	}
	stat, err := b.Stat(b.t.Context(), name)
	if err != nil {
		b.t.Fatalf("stat %s: %v", name, err)
	}
	path := filepath.Join(b.t.TempDir(), "file")
	fetched, err := b.Fetch(b.t.Context(), name, path, noLimit, nil)
	if err != nil {
		b.t.Fatalf("fetch %s: %v", name, err)
	}
	if data, err := regular.Read(path, 1<<20); err != nil || string(data) != text {
		b.t.Fatalf("fetched %s: %.20q, %v", name, data, err)
	}
	for _, blob := range []shared.Blob{got, stat, fetched} {
		if blob.Name != name || blob.Size != int64(len(text)) || blob.Tag != tag {
			b.t.Errorf("%+v, want %d bytes and tag %s", blob, len(text), tag)
		}
		if age := time.Since(blob.Changed).Abs(); age > time.Hour {
			b.t.Errorf("%s changed %v ago", name, age)
		}
	}
}

// none checks that there is no blob of a name.
func (b *bucket) none(name string) {
	b.t.Helper()
	if _, _, err := b.Get(b.t.Context(), name, 10); !errors.Is(err, shared.ErrAbsent) {
		b.t.Errorf("get %s: %v", name, err)
	}
	if _, err := b.Stat(b.t.Context(), name); !errors.Is(err, shared.ErrAbsent) {
		b.t.Errorf("stat %s: %v", name, err)
	}
	path := filepath.Join(b.t.TempDir(), "file")
	if _, err := b.Fetch(b.t.Context(), name, path, 10, nil); !errors.Is(err, shared.ErrAbsent) {
		b.t.Errorf("fetch %s: %v", name, err)
	}
}

// write writes a file of its own.
func (b *bucket) write(data []byte) string {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// A writer writes a blob.
type writer func(name, text string, when shared.When) (shared.Blob, error)

// writers are the two ways to write one.
func (b *bucket) writers() map[string]writer {
	return map[string]writer{
		"put": func(name, text string, when shared.When) (shared.Blob, error) {
			return b.Put(b.t.Context(), name, []byte(text), when)
		},
		"send": func(name, text string, when shared.When) (shared.Blob, error) {
			return b.Send(b.t.Context(), name, b.write([]byte(text)), when, nil)
		},
	}
}

func testBytes(t *testing.T, b *bucket) {
	if b.URL() == "" {
		t.Error("it has no URL")
	}
	b.none("a/b")
	for way, write := range b.writers() {
		for _, text := range []string{"", "x", "\x00\xff\r\n", strings.Repeat("long ", 20_000)} {
			name := "way/" + way
			blob, err := write(name, text, shared.When{})
			if err != nil {
				t.Fatalf("%s: %v", way, err)
			}
			if blob.Name != name || blob.Size != int64(len(text)) || blob.Tag == "" {
				t.Errorf("%s: %+v", way, blob)
			}
			b.check(name, text, blob.Tag)
		}
		for range 2 { // there, and not there
			if err := b.Remove(t.Context(), "way/"+way); err != nil {
				t.Errorf("remove: %v", err)
			}
		}
		b.none("way/" + way)
	}
	if err := b.Remove(t.Context(), "no/such/blob"); err != nil {
		t.Errorf("remove: %v", err)
	}
}

func testLimits(t *testing.T, b *bucket) {
	text := strings.Repeat("x", 5000)
	blob := b.put("a", text, shared.When{})
	path := filepath.Join(t.TempDir(), "file")
	if data, _, err := b.Get(t.Context(), "a", 5000); err != nil || len(data) != 5000 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if got, err := b.Fetch(t.Context(), "a", path, 5000, nil); err != nil || got.Tag != blob.Tag {
		t.Errorf("%+v, %v", got, err)
	}
	for _, limit := range []int64{4999, 1, 0} {
		if data, _, err := b.Get(t.Context(), "a", limit); !errors.Is(err, shared.ErrTooLarge) ||
			len(data) != 0 {
			t.Errorf("limit %d: %d bytes, %v", limit, len(data), err)
		}
		path := filepath.Join(t.TempDir(), "file")
		_, err := b.Fetch(t.Context(), "a", path, limit, nil)
		if !errors.Is(err, shared.ErrTooLarge) {
			t.Errorf("limit %d: %v", limit, err)
		}
		if fi, err := os.Stat(path); err == nil && fi.Size() > limit {
			t.Errorf("limit %d: %d bytes were written", limit, fi.Size())
		}
	}
	b.put("empty", "", shared.When{})
	if data, _, err := b.Get(t.Context(), "empty", 0); err != nil || len(data) != 0 {
		t.Errorf("empty: %q, %v", data, err)
	}
}

func testAbsent(t *testing.T, b *bucket) {
	for way, write := range b.writers() {
		first, err := write("once/"+way, "first", shared.When{Absent: true})
		if err != nil {
			t.Fatalf("%s: %v", way, err)
		}
		for _, text := range []string{"first", "other"} {
			_, err := write("once/"+way, text, shared.When{Absent: true})
			if !errors.Is(err, shared.ErrChanged) {
				t.Errorf("%s of %s again: %v", way, text, err)
			}
		}
		b.check("once/"+way, "first", first.Tag)
		if err := b.Remove(t.Context(), "once/"+way); err != nil {
			t.Error(err)
		}
		if _, err := write("once/"+way, "other", shared.When{Absent: true}); err != nil {
			t.Errorf("%s after its removal: %v", way, err)
		}
	}
}

func testTag(t *testing.T, b *bucket) {
	for way, write := range b.writers() {
		name := "tag/" + way
		_, err := write(name, "x", shared.When{Tag: "1234"})
		if !errors.Is(err, shared.ErrChanged) {
			t.Errorf("%s in the place of nothing: %v", way, err)
		}
		b.none(name)
		first := b.put(name, "damaged", shared.When{})
		second, err := write(name, "healed!", shared.When{Tag: first.Tag})
		if err != nil {
			t.Fatalf("%s: %v", way, err)
		}
		if second.Tag == first.Tag {
			t.Errorf("%s: both have the tag %s", way, first.Tag)
		}
		for _, tag := range []string{first.Tag, "no tag"} {
			_, err := write(name, "late", shared.When{Tag: tag})
			if !errors.Is(err, shared.ErrChanged) {
				t.Errorf("%s: tag %s: %v", way, tag, err)
			}
		}
		b.check(name, "healed!", second.Tag)
	}
}

// testTagsDiffer replaces a blob as fast as it can, by others of the same size.
func testTagsDiffer(t *testing.T, b *bucket) {
	tags := map[string]int{}
	for i := range 30 {
		blob := b.put("a", fmt.Sprintf("%04d", i), shared.When{})
		if before, there := tags[blob.Tag]; there {
			t.Errorf("blobs %d and %d have the tag %s", before, i, blob.Tag)
		}
		tags[blob.Tag] = i
	}
}

func testOneWins(t *testing.T, b *bucket) {
	for way, write := range b.writers() {
		name := "race/" + way
		var all sync.WaitGroup
		var mu sync.Mutex
		var winners []string
		begin := make(chan struct{})
		for i := range 64 {
			all.Go(func() {
				<-begin
				text := fmt.Sprintf("writer %02d", i)
				_, err := write(name, text, shared.When{Absent: true})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					winners = append(winners, text)
				} else if !errors.Is(err, shared.ErrChanged) {
					t.Errorf("%s: %v", way, err)
				}
			})
		}
		close(begin)
		all.Wait()
		if len(winners) != 1 {
			t.Fatalf("%s: the winners are %q", way, winners)
		}
		if data, _, err := b.Get(t.Context(), name, 100); err != nil || string(data) != winners[0] {
			t.Errorf("%s: %q, not %q: %v", way, data, winners[0], err)
		}
	}
}

// testWhole reads a blob while it is written and replaced. The real S3 server of the tests keeps an
// object's bytes and ETag apart, and fails where it is removed at the same time.
func testWhole(t *testing.T, b *bucket) {
	const size = 200_000
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	for w := range 2 {
		writing.Go(func() {
			data := bytes.Repeat([]byte{byte('a' + w)}, size)
			for range 20 {
				if _, err := b.Put(t.Context(), "a", data, shared.When{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var seen atomic.Int64
	for range 4 {
		reading.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				data, blob, err := b.Get(t.Context(), "a", size)
				if errors.Is(err, shared.ErrAbsent) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				seen.Add(1)
				same := 0
				if len(data) > 0 {
					same = bytes.Count(data, data[:1])
				}
				if same != size || len(data) != size || blob.Size != size {
					t.Errorf("%d bytes, %d alike, and the size %d", len(data), same, blob.Size)
					return
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	if seen.Load() == 0 {
		t.Error("nobody saw the blob")
	}
}

// A meter keeps what progress is reported.
type meter struct {
	mu    sync.Mutex
	last  int64
	calls int
}

func (m *meter) report(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last, m.calls = max(m.last, n), m.calls+1
}

func testLarge(t *testing.T, b *bucket) {
	const size = 40<<20 + 12345
	data := make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	random.Read(data)
	path := b.write(data)
	var sent, fetched meter
	blob, err := b.Send(t.Context(), "large", path, shared.When{Absent: true}, sent.report)
	if err != nil {
		t.Fatal(err)
	}
	if sent.last != size || blob.Size != size {
		t.Errorf("%d bytes of %d were sent: %+v", sent.last, size, blob)
	}
	stat, err := b.Stat(t.Context(), "large")
	if err != nil || stat.Tag != blob.Tag || stat.Size != size {
		t.Errorf("%+v, not %+v: %v", stat, blob, err)
	}
	to := filepath.Join(t.TempDir(), "to")
	got, err := b.Fetch(t.Context(), "large", to, size, fetched.report)
	if err != nil || got.Tag != blob.Tag || got.Size != size || fetched.last != size {
		t.Fatalf("%+v, not %+v, %d reported: %v", got, blob, fetched.last, err)
	}
	same(t, to, data)
	_, err = b.Fetch(t.Context(), "large", to+"2", size-1, nil)
	if !errors.Is(err, shared.ErrTooLarge) {
		t.Errorf("with a smaller limit: %v", err)
	}
	if _, _, err := b.Get(t.Context(), "large", 1<<20); !errors.Is(err, shared.ErrTooLarge) {
		t.Errorf("get: %v", err)
	}
	data[size/2]++
	path = b.write(data)
	_, err = b.Send(t.Context(), "large", path, shared.When{Absent: true}, nil)
	if !errors.Is(err, shared.ErrChanged) {
		t.Errorf("again: %v", err)
	}
	_, err = b.Send(t.Context(), "large", path, shared.When{Tag: "0123"}, nil)
	if !errors.Is(err, shared.ErrChanged) {
		t.Errorf("with another tag: %v", err)
	}
	healed, err := b.Send(t.Context(), "large", path, shared.When{Tag: blob.Tag}, nil)
	if err != nil || healed.Tag == blob.Tag {
		t.Errorf("in its place: %+v, %v", healed, err)
	}
	if _, err := b.Fetch(t.Context(), "large", to+"3", size, nil); err != nil {
		t.Fatal(err)
	}
	same(t, to+"3", data)
}

func same(t *testing.T, path string, want []byte) {
	t.Helper()
	data, err := regular.Read(path, int64(len(want)))
	if err != nil || sha256.Sum256(data) != sha256.Sum256(want) {
		t.Errorf("%s has %d other bytes, %v", path, len(data), err)
	}
}

func testPaths(t *testing.T, b *bucket) {
	b.put("a", "text", shared.When{})
	there := b.write([]byte("mine"))
	if _, err := b.Fetch(t.Context(), "a", there, 10, nil); err == nil {
		t.Error("a file was replaced")
	}
	if data, err := regular.Read(there, 10); err != nil || string(data) != "mine" {
		t.Errorf("%q, %v", data, err)
	}
	none := filepath.Join(t.TempDir(), "none", "file")
	_, err := b.Fetch(t.Context(), "a", none, 10, nil)
	if err == nil || errors.Is(err, shared.ErrAbsent) {
		t.Errorf("to a folder that is not there: %v", err)
	}
	for _, from := range []string{none, t.TempDir()} {
		_, err := b.Send(t.Context(), "b", from, shared.When{}, nil)
		if err == nil || errors.Is(err, shared.ErrAbsent) {
			t.Errorf("from %s: %v", from, err)
		}
	}
	b.none("b")
}

// soon is how long a cancelled call may take.
const soon = 5 * time.Second

func testCancelled(t *testing.T, b *bucket) {
	b.put("a", "text", shared.When{})
	big := b.write(make([]byte, 24<<20))
	if _, err := b.Send(t.Context(), "big", big, shared.When{}, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "to")
	calls := map[string]func(ctx context.Context, cancel func()) error{
		"get": func(ctx context.Context, _ func()) error {
			_, _, err := b.Get(ctx, "a", 10)
			return err
		},
		"stat": func(ctx context.Context, _ func()) error {
			_, err := b.Stat(ctx, "a")
			return err
		},
		"put": func(ctx context.Context, _ func()) error {
			_, err := b.Put(ctx, "new", []byte("x"), shared.When{})
			return err
		},
		"list": func(ctx context.Context, _ func()) error {
			return b.List(ctx, "", func([]shared.Blob) error { return nil })
		},
		"remove": func(ctx context.Context, _ func()) error { return b.Remove(ctx, "a") },
		"fetch": func(ctx context.Context, cancel func()) error {
			_, err := b.Fetch(ctx, "big", path, noLimit, func(int64) { cancel() })
			return err
		},
		"send": func(ctx context.Context, cancel func()) error {
			_, err := b.Send(ctx, "sent", big, shared.When{}, func(n int64) { cancel() })
			return err
		},
	}
	for name, call := range calls {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		begin := time.Now()
		if err := call(ctx, func() {}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled before: %v", name, err)
		}
		if took := time.Since(begin); took > soon {
			t.Errorf("%s took %v", name, took)
		}
	}
	for _, name := range []string{"fetch", "send"} {
		ctx, cancel := context.WithCancel(t.Context())
		var when atomic.Int64
		err := calls[name](ctx, func() { when.CompareAndSwap(0, time.Now().UnixNano()); cancel() })
		took := time.Since(time.Unix(0, when.Load()))
		cancel()
		// What was nearly done may be done.
		if err != nil && !errors.Is(err, context.Canceled) || when.Load() == 0 || took > soon {
			t.Errorf("%s, cancelled meanwhile: %v after %v", name, err, took)
		}
	}
	b.none("new")
	if _, err := b.Stat(t.Context(), "a"); err != nil {
		t.Errorf("what was not removed: %v", err)
	}
}

// list returns the names that begin with a prefix.
func (b *bucket) list(prefix string) (names []string) {
	b.t.Helper()
	err := b.List(b.t.Context(), prefix, func(page []shared.Blob) error {
		if len(page) == 0 {
			b.t.Error("an empty page")
		}
		for _, blob := range page {
			names = append(names, blob.Name)
		}
		return nil
	})
	if err != nil {
		b.t.Fatalf("list %s: %v", prefix, err)
	}
	return names
}

func testList(t *testing.T, b *bucket) {
	if names := b.list(""); len(names) != 0 {
		t.Errorf("an empty bucket has %q", names)
	}
	all := []string{"b-c", "b.c", "b/c", "b/d/e", "b/d.e", "b0", "B/c", "zz"}
	for i := range 1100 {
		all = append(all, fmt.Sprintf("many/%02x/%d", i%7, i))
	}
	var writing sync.WaitGroup
	for part := range slices.Chunk(all, 140) {
		writing.Go(func() {
			for _, name := range part {
				if _, err := b.Put(t.Context(), name, []byte(name), shared.When{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	slices.Sort(all)
	for _, prefix := range []string{"", "b", "b/", "b/d", "many/", "many/0", "many/03/1", "z",
		"zz", "zzz", "none/", "../", "/", "many//"} {
		var want []string
		for _, name := range all {
			if strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}
		if names := b.list(prefix); !slices.Equal(names, want) {
			t.Errorf("%q: %d names %.200q, want %d %.200q", prefix, len(names), names,
				len(want), want)
		}
	}
	err := b.List(t.Context(), "b/", func(page []shared.Blob) error {
		for _, blob := range page {
			stat, err := b.Stat(t.Context(), blob.Name)
			if err != nil || stat.Tag != blob.Tag || stat.Size != blob.Size ||
				blob.Size != int64(len(blob.Name)) || blob.Changed.IsZero() {
				t.Errorf("%+v, not %+v: %v", blob, stat, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// testListEnds: an error of each ends the listing.
func testListEnds(t *testing.T, b *bucket) {
	b.put("a/b", "x", shared.When{})
	stop, calls := errors.New("enough"), 0
	err := b.List(t.Context(), "", func([]shared.Blob) error {
		calls++
		return stop
	})
	if err != stop || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func testNames(t *testing.T, b *bucket) {
	names := []string{"with space", "a+b", "100%", "%2e%2e", "a=b&c", "quote'\"", "<tag>",
		"ümläut/日本語", "semi;colon", "q?x#y", "tilde~", ".dot", "..dots", "dot.", "comma,", "at@",
		"[x]{y}", "dollar$", "star*", "x" + strings.Repeat("/y", 50), strings.Repeat("n", 200)}
	for _, name := range names {
		blob := b.put(name, name, shared.When{Absent: true})
		b.check(name, name, blob.Tag)
	}
	slices.Sort(names)
	if got := b.list(""); !slices.Equal(got, names) {
		t.Errorf("%q\nnot\n%q", got, names)
	}
	for _, name := range names {
		if err := b.Remove(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
	if got := b.list(""); len(got) != 0 {
		t.Errorf("%q are left", got)
	}
}

func testBadNames(t *testing.T, b *bucket) {
	bad := func(name, what string, err error) {
		if err == nil || errors.Is(err, shared.ErrAbsent) || errors.Is(err, shared.ErrChanged) {
			t.Errorf("%s %q: %v", what, name, err)
		}
	}
	from := b.write([]byte("x"))
	for _, name := range []string{"", ".", "/", "/a", "a/", "a//b", "..", "../a", "a/../b", "a/./b",
		"a\nb", "a\x00b", "\xff", strings.Repeat("x/", 600) + "x"} {
		_, _, err := b.Get(t.Context(), name, 1)
		bad(name, "get", err)
		_, err = b.Stat(t.Context(), name)
		bad(name, "stat", err)
		_, err = b.Put(t.Context(), name, nil, shared.When{})
		bad(name, "put", err)
		_, err = b.Fetch(t.Context(), name, filepath.Join(t.TempDir(), "to"), 1, nil)
		bad(name, "fetch", err)
		_, err = b.Send(t.Context(), name, from, shared.When{}, nil)
		bad(name, "send", err)
		bad(name, "remove", b.Remove(t.Context(), name))
	}
	if got := b.list(""); len(got) != 0 {
		t.Errorf("%q are there", got)
	}
}
