package journal

import (
	"testing"
	"time"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
)

// A step's measures are found by its record, in the run that made the record and in no other.
func TestMeasures(t *testing.T) {
	st := newStore(t)
	record := store.Record{Manifest: "manifest 1\n", Took: 1234567 * time.Microsecond}
	key := record.Key()
	write := func(j *Writer, took time.Duration, with string, rates ...float64) {
		j.Write(engine.Started{Address: "a"})
		for i, rate := range rates {
			j.Write(engine.Progressed{Address: "a",
				Progress: step.Progress{Metrics: &step.Metrics{Epoch: i % 2,
					Values: map[string]float64{"rate": rate}}}})
		}
		r := record
		r.Took = took
		j.Write(engine.Finished{Address: "a", Key: key, With: with, Record: r})
	}
	j := openJournal(t, st, time.Now())
	write(j, record.Took, "", 1, 2, 3) // epoch 0 was begun again
	record.Ended = time.Now()
	write(j, record.Took, "b", 7) // another step's run did the work
	write(j, time.Second, "", 8)  // another record of the same key
	if err := j.Close(Done, nil); err != nil {
		t.Fatal(err)
	}
	late := openJournal(t, st, time.Now().Add(time.Hour))
	write(late, record.Took, "", 9)
	if err := late.Close(Done, nil); err != nil {
		t.Fatal(err)
	}
	other := store.Record{Manifest: "manifest 1\nother\n", Ended: record.Ended}
	all, err := Measures(st, []store.Record{record, other})
	if err != nil {
		t.Fatal(err)
	}
	got := all[key]
	if len(all) != 1 || len(got) != 2 || got[0].Values["rate"] != 3 || got[1].Values["rate"] != 2 ||
		got[0].Time.IsZero() {
		t.Errorf("%v", all)
	}
}
