package engine

import (
	"testing"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// What a step told of its epochs is found by the record that it made, of the run that made it and of no other.
func TestMeasures(t *testing.T) {
	st := newWorld(t).store()
	record := store.Record{Manifest: "manifest 1\n", Took: 1234567 * time.Microsecond}
	key := record.Key()
	tell := func(j *Journal, took time.Duration, with string, rates ...float64) {
		j.Write(Started{Address: "a"})
		for i, rate := range rates {
			j.Write(Progressed{Address: "a", Progress: step.Progress{Metrics: &step.Metrics{Epoch: i % 2, Values: map[string]float64{"rate": rate}}}})
		}
		r := record
		r.Took = took
		j.Write(Finished{Address: "a", Key: key, With: with, Record: r})
	}
	j := openJournal(t, st, time.Now())
	tell(j, record.Took, "", 1, 2, 3) // epoch 0 was begun again
	record.Ended = time.Now()
	tell(j, record.Took, "b", 7) // another step's run did the work
	tell(j, time.Second, "", 8)  // another record of the same key
	if err := j.Close(RunDone, nil); err != nil {
		t.Fatal(err)
	}
	late := openJournal(t, st, time.Now().Add(time.Hour))
	tell(late, record.Took, "", 9)
	if err := late.Close(RunDone, nil); err != nil {
		t.Fatal(err)
	}
	other := store.Record{Manifest: "manifest 1\nother\n", Ended: record.Ended}
	all, err := Measures(st, []store.Record{record, other})
	if err != nil {
		t.Fatal(err)
	}
	got := all[key]
	if len(all) != 1 || len(got) != 2 || got[0].Values["rate"] != 3 || got[1].Values["rate"] != 2 || got[0].Time.IsZero() {
		t.Errorf("%v", all)
	}
}
