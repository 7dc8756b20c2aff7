package engine

import (
	"os"
	"strings"
	"testing"

	"snellen/engine/step"
	"snellen/engine/store"
)

// pull pulls a study, which must succeed.
func (p *person) pull(nodes ...*Node) *Pulled {
	p.t.Helper()
	p.again()
	options := p.options
	options.Emit = func(Event) {}
	got, err := p.plan(nodes...).Pull(p.t.Context(), options)
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

// TestPull: afterwards all is here, and the shared store is not needed any more.
func TestPull(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	study := func(p *person) []*Node {
		list := chain(p.file("in", "bytes"))
		list[2].Bulk = []string{"out"}
		// two steps with the same output, and one that nobody has run
		return append(list, node("twin", "begin", "in"), node("more", "more", "middle"))
	}
	made := study(a)
	made[3].Inputs = made[0].Inputs
	r := a.share(made[:4]...)
	wanted := study(b)
	wanted[3].Inputs = wanted[0].Inputs
	got := b.pull(wanted...)
	if got.Fetched != 3 || got.Here != 0 || len(got.Incomplete) != 0 || got.Interrupted ||
		strings.Join(got.None, " ") != "more" {
		t.Errorf("%+v", got)
	}
	var bytes int64
	seen := map[store.Digest]bool{}
	for _, d := range r.Decisions {
		for _, out := range d.Record.Outputs {
			if !seen[out.Digest] {
				seen[out.Digest] = true
				bytes += out.Size
			}
			if err := b.store().Check(out); err != nil {
				t.Errorf("%s: %v", d.Node.Address, err)
			}
		}
		log, err := os.Stat(b.store().Path(d.Record.Log))
		if err != nil {
			t.Fatalf("the log of %s: %v", d.Node.Address, err)
		}
		if !seen[d.Record.Log] {
			seen[d.Record.Log] = true
			bytes += log.Size()
		}
	}
	if got.Bytes != bytes {
		t.Errorf("%d bytes, want %d", got.Bytes, bytes)
	}
	fetched := len(b.bucket.fetched)
	if fetched != 3 {
		t.Errorf("fetched %q", b.bucket.fetched)
	}

	// The second time there is nothing to do, and the lab's folder may go.
	if got := b.pull(wanted...); got.Here != 3 || got.Fetched != 0 || got.Bytes != 0 {
		t.Errorf("again: %+v", got)
	}
	b.far = nil
	b.apply(wanted...)
	b.expect("more")
}

// TestPullRepairs: what was freed here, or damaged, is fetched, though the record is here.
func TestPullRepairs(t *testing.T) {
	l := newLab(t)
	a := l.person()
	study := chain(a.file("in", "bytes"))
	r := a.share(study...)
	if err := os.Remove(a.object(r, "begin")); err != nil {
		t.Fatal(err)
	}
	flip(t, a.object(r, "middle"))
	if err := os.Remove(a.store().Path(r.Decisions[2].Record.Log)); err != nil {
		t.Fatal(err)
	}
	if got := a.pull(study...); got.Fetched != 3 || got.Here != 0 || len(a.bucket.fetched) != 2 {
		t.Errorf("%+v, fetched %q", got, a.bucket.fetched)
	}
	if got := a.pull(study...); got.Here != 3 {
		t.Errorf("%+v", got)
	}
}

// TestPullLacks: what the shared store does not have, or has damaged, is said, and the rest is
// fetched.
func TestPullLacks(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	r := a.share(chain(a.file("in", "bytes"))...)
	n := 0
	for _, d := range r.Decisions[:2] {
		l.blobs("objects/", func(path string) {
			if strings.HasSuffix(path, strings.TrimPrefix(
				d.Record.Outputs["out"].Digest.String(), "sha256:")) {
				flip(t, path)
				n++
			}
		})
	}
	got := b.pull(chain(b.file("in", "bytes"))...)
	if n != 2 || strings.Join(got.Incomplete, " ") != "begin middle" || got.Fetched != 3 {
		t.Errorf("%d: %+v", n, got)
	}
}

// TestPullWithout: a shared store that cannot be used is an error, and says what to do.
func TestPullWithout(t *testing.T) {
	l := newLab(t)
	a, b := l.person(), l.person()
	a.share(chain(a.file("in", "bytes"))...)
	b.again()
	p := b.plan(chain(b.file("in", "bytes"))...)
	if err := os.Rename(l.dir, l.dir+".away"); err != nil {
		t.Fatal(err)
	}
	options := b.options
	options.Emit = func(Event) {}
	got, err := p.Pull(t.Context(), options)
	if err == nil || !strings.Contains(step.Hint(err), "pull again") || got.Here != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := os.Rename(l.dir+".away", l.dir); err != nil {
		t.Fatal(err)
	}

	// An interrupt is no error, and the next pull goes on.
	stop := make(chan struct{})
	close(stop)
	options.Stop = stop
	got, err = b.plan(chain(b.file("in", "bytes"))...).Pull(t.Context(), options)
	if err != nil || !got.Interrupted || got.Fetched != 0 || len(got.Incomplete) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if got := b.pull(chain(b.file("in", "bytes"))...); got.Fetched != 3 || got.Interrupted {
		t.Errorf("%+v", got)
	}
}
