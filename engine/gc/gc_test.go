package gc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"snellen/engine/store"
)

var noon = time.Date(2020, 4, 1, 12, 0, 0, 0, time.UTC)

func newStore(t testing.TB) *store.Store {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "store"))
	must(t, err)
	must(t, st.Prepare())
	return st
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// commit records a step of that kind, with an output of each text.
func commit(
	t testing.TB, st *store.Store, kind, params string, took time.Duration, used time.Time,
	texts ...string,
) store.Key {
	t.Helper()
	r := store.Record{
		Manifest: "manifest 1\nkind " + kind + " 1\nparam " + params + "\nin video sha256:" +
			strings.Repeat("0", 64) + "\nout out\n",
		Outputs: map[string]store.Output{}, Took: took, Ended: used,
	}
	for i, text := range texts {
		out, err := st.PutBytes([]byte(text))
		must(t, err)
		r.Outputs[fmt.Sprint(i)] = out
	}
	log, err := st.PutBytes([]byte("log of " + params))
	must(t, err)
	r.Log = log.Digest
	must(t, st.Commit(r, store.PartialKey{}))
	return r.Key()
}

func has(st *store.Store, text string) bool {
	return st.Has(store.Output{Digest: store.Sum([]byte(text)), Size: int64(len(text))})
}

func scan(t testing.TB, st *store.Store, pins Pins) *Survey {
	t.Helper()
	s, err := Scan(st, pins)
	must(t, err)
	return s
}

func addresses(c *Choice) []string {
	var list []string
	for _, r := range c.Removals {
		list = append(list, r.Address)
	}
	return list
}

func rules(limits Limits, pins Pins) Rules {
	return Rules{
		Limits: limits, Pins: func() (Pins, error) { return pins, nil },
		Busy: func() {}, Progress: func(int, int) {},
	}
}

func TestCheapestForEachByteGoesFirst(t *testing.T) {
	st := newStore(t)
	big, small := strings.Repeat("b", 1000), strings.Repeat("s", 10)
	keys := map[string]store.Key{
		"probe": commit(t, st, "probe", "1", time.Second, noon, small),      // 100 ms a byte
		"cheap": commit(t, st, "transcode", "2", 2*time.Second, noon, big),  // 2 ms a byte
		"dear":  commit(t, st, "train", "3", time.Hour, noon, small+"dear"), // 257 s a byte
		// the cheapest, and pinned
		"mine": commit(t, st, "train", "4", time.Millisecond, noon, big+"mine"),
	}
	must(t, st.SetLast("/home/me/snacks.hcl", store.Last{Keys: keys}))
	s := scan(t, st, Pins{Keys: map[store.Key]string{keys["mine"]: "snacks.lock.hcl"}})
	c := s.Choose(Limits{MaxSize: 0})
	if got := addresses(c); !slices.Equal(got, []string{"cheap", "probe", "dear"}) {
		t.Errorf("order: %v", got)
	}
	if c.Frees != 1000+10+14 || c.Took != time.Hour+3*time.Second || c.Over != c.Left ||
		c.Left < 1004 {
		t.Errorf("%+v", c)
	}
	c = s.Choose(Limits{MaxSize: s.Bytes - 1})
	if got := addresses(c); !slices.Equal(got, []string{"cheap"}) || c.Over != 0 ||
		c.Removals[0].Spec != "/home/me/snacks.hcl" {
		t.Errorf("one byte too many: %v, %+v", got, c)
	}
	if c = s.Choose(Limits{MaxSize: -1}); len(c.Removals) != 0 || c.Frees != 0 {
		t.Errorf("no limit: %+v", c)
	}
}

func TestOldIsForgottenAndTheRestIsOnlyEmptied(t *testing.T) {
	st := newStore(t)
	old := commit(t, st, "train", "old", time.Hour, noon.Add(-48*time.Hour), "shared", "old model")
	young := commit(t, st, "train", "young", time.Hour, noon, "shared", "young model")
	_, err := st.PutBytes([]byte("loose"))
	must(t, err)
	must(t, st.SetLast("/s.hcl",
		store.Last{Keys: map[string]store.Key{"old": old, "young": young}}))
	done, err := Collect(t.Context(), st,
		rules(Limits{Before: noon.Add(-24 * time.Hour), MaxSize: -1}, Pins{}))
	must(t, err)
	if got := addresses(done); !slices.Equal(got, []string{"old"}) || len(done.Loose) != 1 {
		t.Errorf("%v, %+v", got, done)
	}
	if _, err := st.Lookup(old); !errors.Is(err, store.ErrMiss) {
		t.Errorf("the old record: %v", err)
	}
	for text, want := range map[string]bool{"old model": false, "log of old": false, "loose": false,
		"shared": true, "young model": true, "log of young": true} {
		if has(st, text) != want {
			t.Errorf("%s is there: %v", text, !want)
		}
	}
	must(t, os.WriteFile(filepath.Join(t.TempDir(), "x"), nil, 0o666))
	if _, err = Collect(t.Context(), st, rules(Limits{MaxSize: 0}, Pins{})); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Lookup(young); err != nil || has(st, "young model") || has(st, "shared") ||
		!has(st, "log of young") {
		t.Errorf("emptied: %v", err)
	}
	again := scan(t, st, Pins{})
	if kinds, logs := again.Tallies(); len(kinds) != 1 || kinds[0].Gone != 1 ||
		kinds[0].Bytes != 0 || logs == 0 {
		t.Errorf("%+v, logs of %d bytes", kinds, logs)
	}
}

func TestWhatWasNotAgreedToStays(t *testing.T) {
	st := newStore(t)
	a := commit(t, st, "train", "1", 1, noon, "a", "both")
	b := commit(t, st, "train", "2", 1, noon, "b", "both")
	r := rules(Limits{Before: noon.Add(1), MaxSize: 0}, Pins{})
	r.May = map[store.Key]bool{a: true}
	_, err := Collect(t.Context(), st, r)
	must(t, err)
	if _, err := st.Lookup(b); err != nil || has(st, "a") || !has(st, "b") || !has(st, "both") {
		t.Errorf("%v", err)
	}
}

func TestPinsHoldObjectsOfDamagedRecords(t *testing.T) {
	st := newStore(t)
	k := commit(t, st, "train", "1", 1, noon, "model")
	path := filepath.Join(st.Dir(), "records", k.String()[:2], k.String())
	must(t, errors.Join(os.Chmod(path, 0o666), os.WriteFile(path, []byte("x"), 0o666)))
	folder := commit(t, st, "train", "2", 1, noon, "other")
	path = filepath.Join(st.Dir(), "records", folder.String()[:2], folder.String())
	must(t, errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "full"), 0o777)))
	pinned := Pins{
		Keys:    map[store.Key]string{k: "s.lock.hcl", folder: "s.lock.hcl"},
		Objects: map[store.Digest]string{store.Sum([]byte("model")): "s.lock.hcl"},
	}
	done, err := Collect(t.Context(), st, rules(Limits{Before: noon.Add(1), MaxSize: 0}, pinned))
	must(t, err)
	if !has(st, "model") || len(done.Damaged) != 2 || len(scan(t, st, pinned).Damaged) != 0 {
		t.Errorf("%+v", done)
	}
	h, err := Verify(t.Context(), st, func(int64, int64) {})
	if err != nil || len(h.Faults) != 0 {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestVerify(t *testing.T) {
	st := newStore(t)
	k := commit(t, st, "train", "1", 1, noon, "model", "curve")
	bad := commit(t, st, "train", "2", 1, noon, "other")
	must(t, st.SetLast("/s.hcl",
		store.Last{Keys: map[string]store.Key{"80x60/train": k, "40x30/train": bad}}))
	object := st.Path(store.Sum([]byte("model")))
	record := filepath.Join(st.Dir(), "records", bad.String()[:2], bad.String())
	must(t, errors.Join(os.Chmod(object, 0o666), os.WriteFile(object, []byte("mod"), 0o666),
		os.Chmod(record, 0o666), os.WriteFile(record, []byte("x"), 0o666)))
	h, err := Verify(t.Context(), st, func(int64, int64) {})
	must(t, err)
	if h.Objects != 5 || h.Records != 2 || len(h.Faults) != 2 {
		t.Fatalf("%+v", h)
	}
	if f := h.Faults[0]; f.Key != bad || !slices.Equal(f.Steps, []string{"40x30/train"}) ||
		!strings.Contains(f.Why, "record damaged") {
		t.Errorf("%+v", f)
	}
	if f := h.Faults[1]; f.Digest != store.Sum([]byte("model")) ||
		!slices.Equal(f.Steps, []string{"80x60/train"}) || !strings.Contains(f.Why, "quarantine") {
		t.Errorf("%+v", f)
	}
	if q, err := st.Quarantined(); err != nil || len(q) != 1 {
		t.Errorf("quarantine: %v, %v", q, err)
	}
	if h, err = Verify(t.Context(), st, func(int64, int64) {}); err != nil || len(h.Faults) != 1 {
		t.Errorf("a second time: %+v, %v", h, err)
	}
}

// drawSteps commits steps that share objects, some of them pinned, and returns each one's objects.
func drawSteps(
	t *testing.T, r *rapid.T, st *store.Store,
) (outputs map[store.Key][]string, pins Pins) {
	outputs, pins.Keys = map[store.Key][]string{}, map[store.Key]string{}
	for i := range rapid.IntRange(0, 8).Draw(r, "steps") {
		var own []string
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 5), 0, 3).Draw(r, "objects") {
			own = append(own, strings.Repeat(string(rune('a'+n)), 10*n*n))
		}
		took := time.Duration(rapid.IntRange(0, 100).Draw(r, "seconds")) * time.Second
		age := time.Duration(rapid.IntRange(0, 3).Draw(r, "days")) * 24 * time.Hour
		k := commit(t, st, "train", fmt.Sprint(i), took, noon.Add(-age), own...)
		outputs[k] = own
		if rapid.IntRange(0, 3).Draw(r, "pinned") == 0 {
			pins.Keys[k] = "s.lock.hcl"
		}
	}
	return outputs, pins
}

// TestChoiceIsWhatHappens draws stores whose steps share objects. It compares each choice with what
// the store has after the choice was carried out.
func TestChoiceIsWhatHappens(t *testing.T) {
	st := newStore(t)
	rapid.Check(t, func(r *rapid.T) {
		outputs, pins := drawSteps(t, r, st)
		limits := Limits{MaxSize: int64(rapid.IntRange(-1, 800).Draw(r, "max"))}
		if rapid.Bool().Draw(r, "forgets") {
			limits.Before = noon.Add(-24 * time.Hour)
		}
		want := scan(t, st, pins).Choose(limits)
		done, err := Collect(t.Context(), st, rules(limits, pins))
		must(t, err)
		after := scan(t, st, pins)
		if done.Frees != want.Frees || done.Left != want.Left || after.Bytes != want.Left ||
			!slices.Equal(addresses(done), addresses(want)) {
			r.Fatalf("chosen: %+v\ndone: %+v\nleft: %d bytes", want, done, after.Bytes)
		}
		if limits.MaxSize >= 0 && after.Bytes > limits.MaxSize &&
			len(after.Choose(limits).Removals) > 0 {
			r.Fatalf("%d bytes are left, and more could go", after.Bytes)
		}
		removed := map[store.Key]bool{}
		for _, one := range done.Removals {
			removed[one.Key] = true
		}
		for k, own := range outputs {
			for _, text := range own {
				if !removed[k] && !has(st, text) {
					r.Fatalf("a step that stays lost %q", text)
				}
			}
			if pins.Keys[k] != "" && removed[k] {
				r.Fatalf("a pinned step went")
			}
		}
		_, err = Collect(t.Context(), st, rules(Limits{Before: noon.Add(1), MaxSize: -1}, Pins{}))
		must(t, err)
		if empty := scan(t, st, Pins{}); empty.Bytes != 0 || len(empty.Steps) != 0 {
			r.Fatalf("the store is not empty: %+v", empty)
		}
	})
}
