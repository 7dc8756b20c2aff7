package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"snellen/engine/shared"
	"snellen/engine/shared/folder"
	"snellen/engine/step"
	"snellen/engine/store"
)

// A lab is a shared store in a folder, and the people who have it behind their stores.
type lab struct {
	t   *testing.T
	dir string
}

func newLab(t *testing.T) *lab { return &lab{t, t.TempDir()} }

// A person has a store of their own, and the lab's behind it.
type person struct {
	*world
	tier   *shared.Tier
	bucket *counted
}

// counted is a bucket that counts what is asked of it.
type counted struct {
	shared.Bucket
	requests atomic.Int64
	mu       sync.Mutex
	fetched  []string
	before   func(name string) // called before a blob is fetched; may be nil
}

func (c *counted) Get(ctx context.Context, n string, limit int64) ([]byte, shared.Blob, error) {
	c.requests.Add(1)
	return c.Bucket.Get(ctx, n, limit)
}

func (c *counted) Fetch(ctx context.Context, n, path string, limit int64, progress func(int64)) (
	shared.Blob, error) {
	c.requests.Add(1)
	c.mu.Lock()
	c.fetched = append(c.fetched, n)
	c.mu.Unlock()
	if c.before != nil {
		c.before(n)
	}
	return c.Bucket.Fetch(ctx, n, path, limit, progress)
}

func (c *counted) Put(ctx context.Context, n string, data []byte, w shared.When) (
	shared.Blob, error) {
	c.requests.Add(1)
	return c.Bucket.Put(ctx, n, data, w)
}

func (c *counted) Send(ctx context.Context, n, path string, w shared.When, progress func(int64)) (
	shared.Blob, error) {
	c.requests.Add(1)
	return c.Bucket.Send(ctx, n, path, w, progress)
}

func (c *counted) List(ctx context.Context, n string, each func([]shared.Blob) error) error {
	c.requests.Add(1)
	return c.Bucket.List(ctx, n, each)
}

func (l *lab) person() *person {
	p := &person{world: newWorld(l.t)}
	p.bucket = &counted{Bucket: folder.Open(l.dir)}
	p.again()
	return p
}

// again is the person's next command.
func (p *person) again() {
	tier := shared.NewTier(p.bucket, p.store(), false)
	p.t.Cleanup(func() { tier.Drain(context.Background()) })
	p.tier, p.far = tier, tier
}

// share applies, and waits until all is sent.
func (p *person) share(nodes ...*Node) *Result {
	p.t.Helper()
	p.again()
	r := p.apply(nodes...)
	if sent := p.tier.Drain(p.t.Context()); sent.Err != nil || sent.Left != 0 {
		p.t.Fatalf("%+v", sent)
	}
	return r
}

// blobs calls each with the path of every blob whose name has the prefix.
func (l *lab) blobs(prefix string, each func(path string)) {
	l.t.Helper()
	n := 0
	err := filepath.WalkDir(l.dir, func(path string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(l.dir, path)
		if err != nil || e.IsDir() || !strings.HasPrefix(filepath.ToSlash(rel), prefix) {
			return err
		}
		n++
		each(path)
		return nil
	})
	if err != nil || n == 0 {
		l.t.Fatalf("%d blobs of %s: %v", n, prefix, err)
	}
}

// flip changes one bit of a file, and keeps its size.
func flip(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil && len(data) > 0 {
		data[len(data)/2] ^= 1
		err = errors.Join(os.Chmod(path, 0o666), os.WriteFile(path, data, 0o444))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// chain is a study: a file, two steps in the middle, and one whose output people read.
func chain(file string) []*Node {
	end := node("end", "end", "middle")
	end.KeepOutputs = true
	return []*Node{node("begin", "begin", file), node("middle", "middle", "begin"), end}
}

func TestSecondPersonRunsNothing(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	a.share(chain(a.file("in", "bytes"))...)
	a.expect("begin", "middle", "end")

	study := chain(b.file("in", "bytes"))
	p := b.plan(study...)
	steps, size := p.Fetches()
	if got := verdicts(p); got != "begin=cached middle=cached end=cached" || steps != 3 || size == 0 {
		t.Errorf("%s, %d steps, %d bytes", got, steps, size)
	}
	r := b.carryOut(t.Context(), p)
	b.expect()
	if got := b.output(r, "end"); got != "end(middle(begin(bytes)))" {
		t.Errorf("%q", got)
	}
	if len(b.bucket.fetched) != 1 {
		t.Errorf("fetched %q; people read one output", b.bucket.fetched)
	}
	if got := r.Decisions[0].Record.From; got != b.tier.Name() {
		t.Errorf("from %q", got)
	}
	if w := b.warnings(); w != "" {
		t.Error(w)
	}

	// Now all is here: nothing is asked.
	b.again()
	b.bucket.requests.Store(0)
	b.apply(study...)
	b.expect()
	b.tier.Drain(t.Context())
	if n := b.bucket.requests.Load(); n != 0 {
		t.Errorf("%d requests of a study that is here", n)
	}

	// A step that runs has what it reads fetched.
	study[2] = node("end", "another end", "middle")
	b.share(study...)
	b.expect("end")
	if len(b.bucket.fetched) != 2 {
		t.Errorf("fetched %q", b.bucket.fetched)
	}
}

func TestOtherToolsShareNothing(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	a.share(chain(a.file("in", "bytes"))...)
	b.tool = "2.0"
	b.share(chain(b.file("in", "bytes"))...)
	b.expect("begin", "middle", "end")
}

// TestDamageIsNeitherBelievedNorKept damages every record, or every object, by one bit.
func TestDamageIsNeitherBelievedNorKept(t *testing.T) {
	for _, kind := range []string{"records/", "objects/"} {
		l := newLab(t)
		a, b, c := l.person(), l.person(), l.person()
		a.share(chain(a.file("in", "bytes"))...)
		n := 0
		l.blobs(kind, func(path string) { flip(t, path); n++ })
		r := b.share(chain(b.file("in", "bytes"))...)
		b.expect("begin", "middle", "end")
		if got := b.output(r, "end"); got != "end(middle(begin(bytes)))" {
			t.Errorf("%s: %q", kind, got)
		}
		r = c.share(chain(c.file("in", "bytes"))...)
		c.expect()
		if got := c.output(r, "end"); got != "end(middle(begin(bytes)))" {
			t.Errorf("%s: %q", kind, got)
		}
		if kind == "records/" {
			l.blobs(kind, func(path string) {
				var k store.Key
				data, err := os.ReadFile(path)
				if err = errors.Join(err, k.UnmarshalText([]byte(filepath.Base(path)))); err != nil {
					t.Fatal(err)
				}
				if _, err := store.ParseRecord(k, data); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			})
		}
		t.Logf("%d %s", n, kind)
	}
}

func TestAnotherRunsItMeanwhile(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	study := chain(b.file("in", "bytes"))
	p := b.plan(study...)
	if got := verdicts(p); got != "begin=run middle=run end=run" {
		t.Fatal(got)
	}
	a.share(chain(a.file("in", "bytes"))...)
	r := b.carryOut(t.Context(), p)
	b.expect()
	if got := b.output(r, "end"); got != "end(middle(begin(bytes)))" || r.Ran != 0 {
		t.Errorf("%q, ran %d", got, r.Ran)
	}
}

func TestOutageWhilePlanning(t *testing.T) {
	l := newLab(t)
	a := l.person()
	a.share(chain(a.file("in", "bytes"))...)
	b := l.person()
	if err := os.Rename(l.dir, l.dir+".away"); err != nil {
		t.Fatal(err)
	}
	study := chain(b.file("in", "bytes"))
	p := b.plan(study...)
	if p.Outage() == nil || verdicts(p) != "begin=run middle=run end=run" {
		t.Fatalf("%v, %s", p.Outage(), verdicts(p))
	}
	b.carryOut(t.Context(), p)
	b.expect("begin", "middle", "end")
	if sent := b.tier.Drain(t.Context()); sent.Left != 3 || sent.Err == nil {
		t.Errorf("%+v", sent)
	}
	// It is back: what waited is sent.
	if err := os.Rename(l.dir+".away", l.dir); err != nil {
		t.Fatal(err)
	}
	b.again()
	left, err := b.tier.Unsent()
	if err != nil || len(left) != 3 {
		t.Fatalf("%d wait: %v", len(left), err)
	}
	b.tier.SendAll(left)
	if sent := b.tier.Drain(t.Context()); sent.Records != 3 || sent.Err != nil {
		t.Errorf("%+v", sent)
	}
	if left, _ := b.tier.Unsent(); len(left) != 0 {
		t.Errorf("%d still wait", len(left))
	}
}

// TestOutageWhileApplying: steps that the plan promised as cached are not run.
func TestOutageWhileApplying(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	a.share(chain(a.file("in", "bytes"))...)
	study := chain(b.file("in", "bytes"))
	p := b.plan(study...)
	if err := os.Rename(l.dir, l.dir+".away"); err != nil {
		t.Fatal(err)
	}
	r := b.carryOut(t.Context(), p)
	b.expect()
	if len(r.Failures) != 1 || r.Failures[0].Address != "end" ||
		!strings.Contains(step.Hint(r.Failures[0].Err), "-shared=false") {
		t.Errorf("%+v", r.Failures)
	}
	if err := os.Rename(l.dir+".away", l.dir); err != nil {
		t.Fatal(err)
	}
	b.share(study...)
	b.expect()
}

// TestObjectsGoneFromTheSharedStore: what is lost there is made again, here and there.
func TestObjectsGoneFromTheSharedStore(t *testing.T) {
	l := newLab(t)
	a, b, c := l.person(), l.person(), l.person()
	a.share(chain(a.file("in", "bytes"))...)
	l.blobs("objects/", func(path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	})
	r := b.share(chain(b.file("in", "bytes"))...)
	b.expect("begin", "middle", "end")
	if got := b.output(r, "end"); got != "end(middle(begin(bytes)))" {
		t.Errorf("%q", got)
	}
	if !strings.Contains(b.warnings(), "objects gone from the shared store") {
		t.Errorf("%q", b.warnings())
	}
	c.share(chain(c.file("in", "bytes"))...)
	c.expect()
}

// TestFetchedInPlaceOfDamage: an object that is gone or damaged here is fetched, and its step not run
// again.
func TestFetchedInPlaceOfDamage(t *testing.T) {
	for _, harm := range []func(*testing.T, string){
		flip, func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		l := newLab(t)
		a := l.person()
		study := chain(a.file("in", "bytes"))
		r := a.share(study...)
		harm(t, a.object(r, "middle"))
		study[2] = node("end", "another end", "middle")
		p := a.plan(study...)
		if got := verdicts(p); got != "begin=cached middle=cached end=run" {
			t.Errorf("%s", got)
		}
		a.carryOut(t.Context(), p)
		a.expect("end")
		harm(t, a.object(r, "end"))
		a.share(chain(filepath.Join(filepath.Dir(a.dir), "in"))...)
		a.expect()
	}
}

// TestFetchedOnce: what several steps have is fetched once, without a word about another apply, and
// all that comes is told.
func TestFetchedOnce(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	study := func(p *person) (list []*Node) {
		for i := range 20 {
			file := p.file(fmt.Sprint("in", i), fmt.Sprint("same head, other rest ", i))
			list = append(list, headOf(fmt.Sprint("head", i), file),
				node(fmt.Sprint("twin", i), "twin", p.file("in", "bytes")))
		}
		for _, n := range list {
			n.KeepOutputs = true
		}
		return list
	}
	a.share(study(a)...)
	var last Fetched
	b.options.Emit = func(e Event) {
		b.note(e)
		if f, ok := e.(Fetched); ok {
			last = f
		}
	}
	p := b.plan(study(b)...)
	steps, bytes := p.Fetches()
	b.carryOut(t.Context(), p)
	b.expect()
	if want := (Fetched{"file://" + l.dir, bytes, bytes, 0, 40}); last != want || steps != 40 {
		t.Errorf("of %d steps: %+v; want %+v", steps, last, want)
	}
	if len(b.bucket.fetched) != 2 || b.warnings() != "" {
		t.Errorf("fetched %q; %s", b.bucket.fetched, b.warnings())
	}
}

// TestHold: one goroutine at a time holds an object, and others wait as long as they may.
func TestHold(t *testing.T) {
	f := fetcher{held: map[store.Digest]chan struct{}{}}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	release, err := f.hold(t.Context(), store.Digest{1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.hold(over, store.Digest{1}); !errors.Is(err, context.Canceled) {
		t.Errorf("held twice: %v", err)
	}
	if _, err := f.hold(over, store.Digest{2}); err != nil {
		t.Errorf("another object: %v", err)
	}
	got := make(chan error)
	go func() { _, err := f.hold(t.Context(), store.Digest{1}); got <- err }()
	release()
	if err := <-got; err != nil {
		t.Error(err)
	}
}

// TestInterruptedFetch: the first interrupt ends what is fetched, and the next apply goes on.
func TestInterruptedFetch(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	a.share(chain(a.file("in", "bytes"))...)
	study := chain(b.file("in", "bytes"))
	stop, stopping := make(chan struct{}), make(chan struct{})
	b.options.Stop = stop
	b.options.Emit = func(e Event) {
		if _, ok := e.(Stopping); ok {
			close(stopping)
		}
	}
	interrupt := sync.OnceFunc(func() { close(stop) })
	b.bucket.before = func(string) { interrupt(); <-stopping }
	r := b.carryOut(t.Context(), b.plan(study...))
	if !r.Interrupted || len(r.Failures) != 0 {
		t.Errorf("%+v", r)
	}
	b.options.Stop, b.bucket.before = nil, nil
	b.share(study...)
	b.expect()
}

// TestPlantedRecords: who can write to the bucket can plant a record, but none that leads out of a
// folder or belongs to another kind.
func TestPlantedRecords(t *testing.T) {
	for _, name := range []string{
		"../../../planted", "/planted", "out/../../planted", "other", "out\x00", `..\planted`, "", "out/",
	} {
		l := newLab(t)
		a, b := l.person(), l.person()
		a.share(chain(a.file("in", "bytes"))...)
		l.blobs("records/", func(path string) {
			var k store.Key
			data, err := os.ReadFile(path)
			if err = errors.Join(err, k.UnmarshalText([]byte(filepath.Base(path)))); err != nil {
				t.Fatal(err)
			}
			r, err := store.ParseRecord(k, data)
			if err != nil {
				t.Fatal(err)
			}
			r.Outputs[name] = r.Outputs["out"]
			data, err = r.Encode()
			if err = errors.Join(err, os.Chmod(path, 0o666), os.WriteFile(path, data, 0o444)); err != nil {
				t.Fatal(err)
			}
		})
		r := b.share(chain(b.file("in", "bytes"))...)
		b.expect("begin", "middle", "end")
		if got := b.output(r, "end"); got != "end(middle(begin(bytes)))" {
			t.Errorf("%q: %q", name, got)
		}
	}
}

// TestHistoryOfOthers: a plan expects what others' steps took, and does not promise to run a step
// that another may have run.
func TestHistoryOfOthers(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	a.share(chain(a.file("in", "bytes"))...)
	l.blobs("records/", func(path string) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(`"Text\":\"begin`)) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	})
	p := b.plan(chain(b.file("in", "bytes"))...)
	if got := verdicts(p); got != "begin=run middle=maybe end=maybe" {
		t.Error(got)
	}
	for _, d := range p.Decisions {
		if d.Expect.Like != 1 {
			t.Errorf("%s: %+v", d.Node.Address, d.Expect)
		}
	}
	b.carryOut(t.Context(), p)
	b.expect("begin")
}

func TestReadOnly(t *testing.T) {
	l := newLab(t)
	a := l.person()
	a.far = shared.NewTier(a.bucket, a.store(), true)
	a.apply(chain(a.file("in", "bytes"))...)
	entries, err := os.ReadDir(l.dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("%v %v", entries, err)
	}
	if n := shared.Waiting(a.store()); n != 0 {
		t.Errorf("%d wait", n)
	}
}

// TestBulkStaysInTheSharedStore: what people seldom read is not fetched, is no reason to run a step
// again without the shared store, and is fetched by a step that reads it.
func TestBulkStaysInTheSharedStore(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	study := func(p *person) []*Node {
		list := chain(p.file("in", "bytes"))
		list[2].Bulk = []string{"out"}
		return list
	}
	a.share(study(a)...)
	a.expect("begin", "middle", "end")
	b.share(study(b)...)
	b.expect()
	if len(b.bucket.fetched) != 0 {
		t.Errorf("fetched %q", b.bucket.fetched)
	}
	b.far = nil
	if p := b.plan(study(b)...); verdicts(p) != "begin=cached middle=cached end=cached" {
		t.Error(verdicts(p))
	}
	r := b.share(append(study(b), node("below", "below", "end"))...)
	b.expect("below")
	if got := b.output(r, "below"); got != "below(end(middle(begin(bytes))))" {
		t.Errorf("%q", got)
	}
}

// TestTwinsAreFetchedOnce: steps of one key do not wait for each other's locks.
func TestTwinsAreFetchedOnce(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	study := func(p *person) (list []*Node) {
		in := p.file("in", "bytes")
		for _, address := range []string{"a", "b", "c", "d"} {
			n := node(address, "same", in)
			n.KeepOutputs = true
			list = append(list, n)
		}
		return list
	}
	a.share(study(a)...)
	r := b.share(study(b)...)
	b.expect()
	if len(b.bucket.fetched) != 1 || b.warnings() != "" {
		t.Errorf("fetched %q, warned %q", b.bucket.fetched, b.warnings())
	}
	for _, d := range r.Decisions {
		if d.Record == nil {
			t.Errorf("%s has no record", d.Node.Address)
		}
	}
}
