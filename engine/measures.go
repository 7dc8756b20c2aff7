package engine

import (
	"slices"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// A Measure is what a step told of an epoch while it ran, and when.
type Measure struct {
	Time time.Time
	step.Metrics
}

// Measures are what steps told of their epochs while they made these records, by the records' keys and by epoch. Of a
// record whose run has no journal any more, there are none.
func Measures(st *store.Store, records []store.Record) (map[store.Key]map[int]Measure, error) {
	runs, err := Runs(st)
	if err != nil {
		return nil, err
	}
	all := map[store.Key]map[int]Measure{}
	for _, run := range runs {
		wanted := map[string]store.Record{}
		for _, r := range records {
			if !r.Ended.Before(run.Start.Time) && !r.Ended.After(run.End.Time) {
				wanted[r.Key().String()] = r
			}
		}
		if len(wanted) == 0 {
			continue
		}
		if err := measuresOf(st, run.ID, wanted, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// measuresOf reads one run's journal. A step tells its epochs before it is complete, and its key when it is.
func measuresOf(st *store.Store, id string, wanted map[string]store.Record, all map[store.Key]map[int]Measure) error {
	j, err := OpenRun(st, id)
	if err != nil {
		return err
	}
	defer j.Close()
	told := map[string][]Measure{} // by address
	for {
		e, err := j.Next()
		if err != nil { // the end, or what cannot be read any further
			return nil
		}
		switch {
		case e.Type == StartEntry:
			delete(told, e.Address)
		case e.Type == MetricEntry && e.Metric != nil:
			told[e.Address] = append(told[e.Address], Measure{e.Time, *e.Metric})
		case e.Type == CompleteEntry && e.With == "":
			r, ok := wanted[e.Key]
			if !ok || r.Took.Seconds() != e.Seconds {
				continue
			}
			epochs := map[int]Measure{}
			for _, m := range slices.Backward(told[e.Address]) { // of an epoch that was begun again, the last word counts
				if _, ok := epochs[m.Epoch]; !ok {
					epochs[m.Epoch] = m
				}
			}
			all[r.Key()] = epochs
		}
	}
}
