package bucketsuite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"snellen/engine/regular"
	"snellen/engine/shared"
	"snellen/engine/store"
)

// Care tests that a bucket is looked after: with damage and age that are made behind its back. open
// returns an empty bucket, and the folder in which its blobs are files of their names.
func Care(t *testing.T, open func(t *testing.T) (b shared.Bucket, dir string)) {
	for _, one := range []struct {
		name string
		test func(*testing.T, *lab)
	}{
		{"sound", testSound}, {"healed", testHealed}, {"removed", testRemoved},
		{"read-only", testLeft}, {"collect", testCollect}, {"held", testHeld},
		{"changed meanwhile", testChanged}, {"unreadable", testUnreadable}, {"push", testPush},
	} {
		t.Run(one.name, func(t *testing.T) {
			b, dir := open(t)
			l := &lab{t: t, bucket: b, dir: dir}
			l.store = l.newStore()
			l.tier = shared.NewTier(b, l.store, false)
			one.test(t, l)
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A lab has a local store, and a bucket behind it.
type lab struct {
	t      *testing.T
	bucket shared.Bucket
	dir    string // of the bucket
	store  *store.Store
	tier   *shared.Tier
}

func (l *lab) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) newStore() *store.Store {
	st, err := store.Open(filepath.Join(l.t.TempDir(), "store"))
	l.check(err)
	l.check(st.Prepare())
	return st
}

// commit commits a step's record with an output of each text.
func (l *lab) commit(name string, texts ...string) store.Record {
	l.t.Helper()
	r := store.Record{
		Manifest: "manifest 1\nkind " + name + " 1\n", Took: time.Minute,
		Outputs: map[string]store.Output{}, Ended: time.Now().UTC(),
	}
	for i, text := range texts {
		out, err := l.store.PutBytes([]byte(text))
		l.check(err)
		r.Outputs[fmt.Sprintf("out%d", i)] = out
	}
	log, err := l.store.PutBytes([]byte("log of " + name))
	l.check(err)
	r.Log = log.Digest
	l.check(l.store.Commit(r, store.PartialKey{}))
	return r
}

// share sends records, and ends what serves the tier: the next tier knows nothing.
func (l *lab) share(list ...store.Record) shared.Sent {
	l.t.Helper()
	for _, r := range list {
		l.tier.Send(r, store.PartialKey{})
	}
	sent := l.tier.Drain(l.t.Context())
	if sent.Err != nil || sent.Left > 0 {
		l.t.Fatalf("%+v", sent)
	}
	l.tier = shared.NewTier(l.bucket, l.store, false)
	return sent
}

func recordName(r store.Record) string {
	k := r.Key().String()
	return "records/" + k[:2] + "/" + k
}

func objectName(text string) string {
	d := strings.TrimPrefix(store.Sum([]byte(text)).String(), "sha256:")
	return "objects/" + d[:2] + "/" + d
}

// there reports whether the bucket has a blob.
func (l *lab) there(name string) bool {
	l.t.Helper()
	_, err := l.bucket.Stat(l.t.Context(), name)
	if err != nil && !errors.Is(err, shared.ErrAbsent) {
		l.t.Fatal(err)
	}
	return err == nil
}

// flip changes one bit of a blob's file, and not its time.
func (l *lab) flip(name string) {
	l.t.Helper()
	path := filepath.Join(l.dir, filepath.FromSlash(name))
	fi, err := os.Stat(path)
	l.check(err)
	data, err := regular.Read(path, 1<<20)
	l.check(err)
	data[len(data)/2] ^= 1
	l.check(os.Chmod(path, 0o644))
	f, err := regular.OpenFile(path, os.O_WRONLY, 0)
	l.check(err)
	_, err = f.WriteAt(data, 0)
	l.check(errors.Join(err, f.Close(), os.Chtimes(path, time.Now(), fi.ModTime())))
}

// age makes all blobs of a prefix so old.
func (l *lab) age(prefix string, by time.Duration) {
	l.t.Helper()
	n := 0
	l.check(l.bucket.List(l.t.Context(), prefix, func(blobs []shared.Blob) error {
		for _, b := range blobs {
			n++
			then := time.Now().Add(-by)
			err := os.Chtimes(filepath.Join(l.dir, filepath.FromSlash(b.Name)), then, then)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	if n == 0 {
		l.t.Fatalf("there is no %s", prefix)
	}
}

func (l *lab) verify(tier *shared.Tier) *shared.Health {
	l.t.Helper()
	dir, remove, err := l.store.Workspace()
	l.check(err)
	defer remove()
	var last, total int64
	h, err := tier.Verify(l.t.Context(), dir, func(done, all int64) { last, total = done, all })
	l.check(err)
	if last != total || h.Bytes != total {
		l.t.Errorf("read %d bytes of %d, %+v", last, total, h)
	}
	entries, err := os.ReadDir(dir)
	l.check(err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "fetch-") {
			l.t.Errorf("%s is left", e.Name())
		}
	}
	return h
}

// remedies returns what was done, by name.
func remedies(h *shared.Health) map[string]shared.Remedy {
	all := map[string]shared.Remedy{}
	for _, f := range h.Faults {
		all[f.Name] = f.Remedy
	}
	return all
}

func testSound(t *testing.T, l *lab) {
	if h := l.verify(l.tier); h.Objects+h.Records+h.Others != 0 {
		t.Errorf("%+v", h)
	}
	l.share(l.commit("a", "x", "y"), l.commit("b", "y", ""))
	for _, name := range []string{"records/ab/README", "objects/x", "shapes/none", "fleet/x"} {
		_, err := l.bucket.Put(t.Context(), name, []byte("text"), shared.When{})
		l.check(err)
	}
	h := l.verify(l.tier)
	if h.Objects != 5 || h.Records != 2 || h.Others != 3 || h.Incomplete != 0 || len(h.Faults) != 0 {
		t.Errorf("%+v", h)
	}
}

func testHealed(t *testing.T, l *lab) {
	a := l.commit("a", "first", "second")
	l.share(a)
	names := []string{recordName(a), objectName("first"), objectName("log of a")}
	slices.Sort(names)
	for _, name := range names {
		l.flip(name)
	}
	h := l.verify(l.tier)
	for _, name := range names {
		if remedies(h)[name] != shared.Healed {
			t.Errorf("%s: %+v", name, h)
		}
	}
	if len(h.Faults) != 3 || h.Incomplete != 0 || h.Faults[0].Why == "" {
		t.Errorf("%+v", h)
	}
	if h := l.verify(l.tier); len(h.Faults) != 0 || h.Objects != 3 || h.Records != 1 {
		t.Errorf("again: %+v", h)
	}
	// What came from there is sent back as it was.
	data, _, err := l.bucket.Get(t.Context(), recordName(a), 1<<20)
	l.check(err)
	if want, _ := a.Encode(); string(data) != string(want) {
		t.Errorf("%s", data)
	}
}

func testRemoved(t *testing.T, l *lab) {
	a, b := l.commit("a", "first", "second"), l.commit("b", "third")
	l.share(a, b)
	l.flip(objectName("first"))
	l.flip(recordName(b))
	l.store = l.newStore() // another person's
	// who has the object damaged, too
	out, err := l.store.PutBytes([]byte("first"))
	l.check(err)
	path := l.store.Path(out.Digest)
	l.check(os.Chmod(path, 0o644))
	l.check(os.WriteFile(path, []byte("f1rst"), 0o644))
	h := l.verify(shared.NewTier(l.bucket, l.store, false))
	got := remedies(h)
	if got[objectName("first")] != shared.Removed || got[recordName(b)] != shared.Removed ||
		len(got) != 2 || h.Incomplete != 1 {
		t.Errorf("%+v", h)
	}
	if l.there(objectName("first")) || l.there(recordName(b)) || !l.there(objectName("third")) {
		t.Error("it is still there, or too much is gone")
	}
}

func testLeft(t *testing.T, l *lab) {
	a := l.commit("a", "first")
	l.share(a)
	l.flip(objectName("first"))
	l.flip(recordName(a))
	before, err := l.bucket.Stat(t.Context(), recordName(a))
	l.check(err)
	h := l.verify(shared.NewTier(l.bucket, l.store, true))
	for name, remedy := range remedies(h) {
		if remedy != shared.Left {
			t.Errorf("%s: %s", name, remedy)
		}
	}
	after, err := l.bucket.Stat(t.Context(), recordName(a))
	l.check(err)
	if len(h.Faults) != 2 || before != after {
		t.Errorf("%+v, %+v, %+v", h, before, after)
	}
}

// choose chooses records of more than an hour.
func (l *lab) choose(rules shared.Rules) *shared.Choice {
	l.t.Helper()
	rules.Kind = func(manifest string) string { return strings.Fields(manifest)[3] }
	c, err := l.tier.Choose(l.t.Context(), rules, func(int, int) {})
	l.check(err)
	return c
}

func (l *lab) collect(c *shared.Choice) *shared.Choice {
	l.t.Helper()
	done, err := l.tier.Collect(l.t.Context(), c, func(int, int) {})
	l.check(err)
	return done
}

// markers counts the blobs of shapes.
func (l *lab) markers() (n int) {
	l.t.Helper()
	l.check(l.bucket.List(l.t.Context(), "shapes/", func(blobs []shared.Blob) error {
		n += len(blobs)
		return nil
	}))
	return n
}

func testCollect(t *testing.T, l *lab) {
	if c := l.choose(shared.Rules{Before: time.Now()}); len(c.Records)+len(c.Objects) != 0 {
		t.Errorf("%+v", c)
	}
	old := l.commit("old", "its own", "of both")
	l.share(old)
	l.age("", 48*time.Hour)
	young := l.commit("young", "of both", "new")
	loose, err := l.store.PutBytes([]byte("loose"))
	l.check(err)
	_, err = l.bucket.Send(t.Context(), objectName("loose"), l.store.Path(loose.Digest),
		shared.When{}, nil)
	l.check(err)
	_, err = l.bucket.Put(t.Context(), "objects/mine.txt", []byte("x"), shared.When{})
	l.check(err)
	l.share(young)

	// Without an age only old loose objects go; this one is young.
	if c := l.choose(shared.Rules{}); len(c.Records)+len(c.Objects) != 0 || c.Young != 1 ||
		c.Kept != 2 || c.Others != 1 {
		t.Errorf("%+v", c)
	}
	c := l.choose(shared.Rules{Before: time.Now().Add(-24 * time.Hour)})
	if len(c.Records) != 1 || c.Records[0].Key != old.Key() || c.Records[0].Kind != "old" ||
		c.Took != time.Minute || len(c.Objects) != 2 || c.Kept != 1 || c.Young != 1 {
		t.Errorf("%+v", c)
	}
	if !l.there(recordName(old)) || !l.there(objectName("its own")) {
		t.Error("choosing removes nothing")
	}
	done := l.collect(c)
	if len(done.Records) != 1 || len(done.Objects) != 2 || done.Bytes != c.Bytes ||
		done.Left != c.Left || done.Took != c.Took {
		t.Errorf("%+v, not %+v", done, c)
	}
	for name, want := range map[string]bool{
		recordName(old): false, objectName("its own"): false, objectName("log of old"): false,
		objectName("of both"): true, objectName("new"): true, recordName(young): true,
		objectName("loose"): true, "objects/mine.txt": true,
	} {
		if l.there(name) != want {
			t.Errorf("%s is there: %v", name, !want)
		}
	}
	if n := l.markers(); n != 1 {
		t.Errorf("%d markers", n)
	}
	l.age("objects/", 48*time.Hour)
	if done := l.collect(l.choose(shared.Rules{})); len(done.Objects) != 1 ||
		l.there(objectName("loose")) || !l.there("objects/mine.txt") {
		t.Errorf("%+v", done)
	}
	// A read-only tier removes nothing.
	reader := shared.NewTier(l.bucket, l.store, true)
	c = l.choose(shared.Rules{Before: time.Now().Add(time.Hour)})
	if _, err := reader.Collect(t.Context(), c, nil); err == nil || !l.there(recordName(young)) {
		t.Errorf("a reader collects: %v", err)
	}
	// All may go.
	done = l.collect(c)
	if got, err := l.tier.List(t.Context()); err != nil || len(got.Records)+len(got.Objects) != 0 ||
		got.Others != 1 || l.markers() != 0 || done.Left != 0 {
		t.Errorf("%+v, %v, %+v", got, err, done)
	}
}

// testHeld: what lock files hold stays: a record with all that it names, and an object.
func testHeld(t *testing.T, l *lab) {
	a, b := l.commit("a", "of a"), l.commit("b", "of b")
	l.share(a, b)
	l.age("", 48*time.Hour)
	c := l.choose(shared.Rules{
		Before:  time.Now().Add(time.Hour),
		Keys:    map[store.Key]string{a.Key(): "a.lock.hcl"},
		Objects: map[store.Digest]string{b.Outputs["out0"].Digest: "b.lock.hcl"},
	})
	if c.Held != 1 || c.Kept != 1 {
		t.Errorf("%+v", c)
	}
	l.collect(c)
	for name, want := range map[string]bool{
		recordName(a): true, objectName("of a"): true, objectName("log of a"): true,
		recordName(b): false, objectName("of b"): true, objectName("log of b"): false,
	} {
		if l.there(name) != want {
			t.Errorf("%s is there: %v", name, !want)
		}
	}
}

// testChanged: what others send between the choice and the collection stays.
func testChanged(t *testing.T, l *lab) {
	a := l.commit("a", "again", "alone")
	b := l.commit("b", "sent again")
	l.share(a, b)
	l.age("", 48*time.Hour)
	c := l.choose(shared.Rules{Before: time.Now().Add(-24 * time.Hour)})
	if len(c.Records) != 2 {
		t.Fatalf("%+v", c)
	}
	later := l.commit("later", "again") // it names an object that is there already
	l.share(later)
	data, err := b.Encode()
	l.check(err)
	_, err = l.bucket.Put(t.Context(), recordName(b), data, shared.When{})
	l.check(err)
	done := l.collect(c)
	if len(done.Records) != 1 || len(done.Objects) != 2 {
		t.Errorf("%+v", done)
	}
	for name, want := range map[string]bool{
		recordName(a): false, objectName("alone"): false, objectName("again"): true,
		recordName(b): true, objectName("sent again"): true, recordName(later): true,
	} {
		if l.there(name) != want {
			t.Errorf("%s is there: %v", name, !want)
		}
	}
}

// testUnreadable: where a record that stays is damaged, nobody knows what it needs.
func testUnreadable(t *testing.T, l *lab) {
	a := l.commit("a", "of a")
	l.share(a)
	l.age("", 48*time.Hour)
	l.flip(recordName(a))
	_, err := l.tier.Choose(t.Context(), shared.Rules{}, func(int, int) {})
	if err == nil || !strings.Contains(err.Error(), "nothing was removed") {
		t.Errorf("%v", err)
	}
	c := l.choose(shared.Rules{Before: time.Now().Add(time.Hour)})
	l.collect(c)
	if l.there(recordName(a)) || l.there(objectName("of a")) {
		t.Error("an old record that is damaged goes, too")
	}
}

// testPush: what the bucket lacks is sent, and nothing else, whichever store it comes from.
func testPush(t *testing.T, l *lab) {
	a, b, c := l.commit("a", "of a"), l.commit("b", "of b", "more of b"), l.commit("c", "of c")
	l.share(a, b)
	l.check(l.bucket.Remove(t.Context(), objectName("more of b")))
	_, err := l.bucket.Put(t.Context(), objectName("log of a"), []byte("cut"), shared.When{})
	l.check(err)
	c.From = l.tier.Name() // and it was lost there
	push := func() shared.Sent {
		letters := []shared.Letter{{Record: a}, {Record: b}, {Record: c}}
		lacking, err := l.tier.Lacking(t.Context(), letters)
		l.check(err)
		l.tier.SendAll(lacking)
		return l.share()
	}
	want := int64(len("more of b" + "log of a" + "of c" + "log of c"))
	if sent := push(); sent.Records != 3 || sent.Fresh != want {
		t.Errorf("%+v, want %d bytes", sent, want)
	}
	if sent := push(); sent.Records != 0 || sent.Fresh != 0 {
		t.Errorf("again: %+v", sent)
	}
	if h := l.verify(l.tier); len(h.Faults) != 0 || h.Records != 3 || h.Incomplete != 0 {
		t.Errorf("%+v", h)
	}
	log, err := l.tier.Log(context.Background(), a.Log)
	if err != nil || string(log) != "log of a" {
		t.Errorf("%q, %v", log, err)
	}
	l.flip(objectName("log of a"))
	for _, d := range []store.Digest{a.Log, store.Sum(nil)} {
		if _, err := l.tier.Log(context.Background(), d); !errors.Is(err, store.ErrGone) {
			t.Errorf("%v", err)
		}
	}
}
