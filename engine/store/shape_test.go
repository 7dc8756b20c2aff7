package store

import (
	"os"
	"testing"
	"time"
)

func TestHistory(t *testing.T) {
	s := newStore(t)
	shape, a, b := Shape(Sum([]byte("shape"))), Sum([]byte("a")), Sum([]byte("b"))
	if h := s.History(shape); h.Seen(a) || len(h.Runs) != 0 {
		t.Errorf("of nothing: %+v", h)
	}
	out := put(t, s, "hello")
	for i, text := range []string{"1", "2"} {
		r := Record{Manifest: text, Outputs: map[string]Output{"out": out},
			Took: time.Duration(i) * time.Second}
		if err := s.Commit(r, PartialKey{shape, a}); err != nil {
			t.Fatal(err)
		}
	}
	h := s.History(shape)
	if !h.Seen(a) || h.Seen(b) || len(h.Runs) != 2 || h.Runs[1] != (PastRun{a, time.Second, 5}) {
		t.Errorf("%+v", h)
	}
}

// TestTornHistoryPromisesNothing cuts a history at every length: the lost part may have had any
// run.
func TestTornHistoryPromisesNothing(t *testing.T) {
	s := newStore(t)
	shape := Shape(Sum([]byte("shape")))
	if err := s.Commit(Record{Manifest: "1"}, PartialKey{Shape: shape}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(s.shapePath(shape))
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		if err := os.WriteFile(s.shapePath(shape), whole[:i], 0o666); err != nil {
			t.Fatal(err)
		}
		if h := s.History(shape); !h.Seen(Sum([]byte("other"))) || len(h.Runs) != 0 {
			t.Fatalf("%d of %d bytes: %+v", i, len(whole), h)
		}
	}
}
