package journal

import (
	"slices"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// A Measure is what a step reported of an epoch while it ran, and when.
type Measure struct {
	Time time.Time
	step.Metrics
}

// Measures returns what steps reported of their epochs while they made these records, by the
// records' keys and by epoch. A record whose run has no journal any more has none.
func Measures(
	st *store.Store, records []store.Record,
) (map[store.Key]map[int]Measure, error) {
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

// measuresOf reads one run's journal into all. A step reports its epochs before it is complete,
// and its key when it is.
func measuresOf(
	st *store.Store, id string, wanted map[string]store.Record, all map[store.Key]map[int]Measure,
) error {
	j, err := Open(st, id)
	if err != nil {
		return err
	}
	defer j.Close()
	reported := map[string][]Measure{} // by address
	for {
		e, err := j.Next()
		if err != nil { // the end, or the last entry that can be read
			return nil
		}
		switch {
		case e.Type == StartEntry:
			delete(reported, e.Address)
		case e.Type == MetricEntry && e.Metric != nil:
			reported[e.Address] = append(reported[e.Address], Measure{e.Time, *e.Metric})
		case e.Type == CompleteEntry && e.With == "":
			if r, ok := wanted[e.Key]; ok && r.Took.Seconds() == e.Seconds {
				all[r.Key()] = byEpoch(reported[e.Address])
			}
		}
	}
}

// byEpoch indexes measures by epoch. Of an epoch that was begun again, the last measure counts.
func byEpoch(list []Measure) map[int]Measure {
	epochs := map[int]Measure{}
	for _, m := range slices.Backward(list) {
		if _, ok := epochs[m.Epoch]; !ok {
			epochs[m.Epoch] = m
		}
	}
	return epochs
}
