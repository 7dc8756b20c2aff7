package gc

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"

	"snellen/engine/store"
)

// A Fault is an object or a record whose bytes do not match its name.
type Fault struct {
	Digest store.Digest // of an object; zero for a record
	Key    store.Key    // of a record; zero for an object
	Steps  []string     // addresses of the steps that it belongs to
	Why    string       // what is wrong, and what was done about it
}

// A Health is the result of Verify.
type Health struct {
	Objects int
	Records int
	Bytes   int64 // read
	Faults  []Fault
}

// Verify reads every object and every record of a store and compares them with their names. It
// moves a damaged object to the quarantine, so that it is made again when something needs it. A
// damaged record stays, since it already counts as a miss.
//
// progress is called with bytes, from the goroutine that called Verify; it is not nil. Verify
// returns the first error with what it found out in spite of it, or a nil Health where it could not
// begin.
func Verify(
	ctx context.Context, st *store.Store, progress func(done, total int64),
) (*Health, error) {
	survey, err := Scan(st, Pins{})
	if err != nil {
		return nil, err
	}
	var all []store.Output
	err = st.Objects(func(o store.Output) error {
		all = append(all, o)
		return nil
	})
	if err != nil {
		return nil, err
	}
	h := &Health{
		Records: len(survey.Steps) + len(survey.Damaged), Faults: survey.damagedRecords(st),
	}
	v := &verifier{ctx: ctx, store: st, found: make(chan found)}
	go v.read(all)
	for f := range v.found {
		if f.err != nil {
			err = cmp.Or(err, f.err)
			continue
		}
		h.Objects++
		h.Bytes += f.object.Size
		if f.why != "" {
			digest := f.object.Digest
			h.Faults = append(h.Faults,
				Fault{Digest: digest, Steps: survey.owners(digest), Why: f.why})
		}
		progress(h.Bytes, survey.Bytes)
	}
	slices.SortFunc(h.Faults, func(a, b Fault) int {
		return slices.Compare(a.Digest[:], b.Digest[:])
	})
	return h, err
}

// damagedRecords returns a fault for each damaged record. A record that was written again since the
// survey is no fault.
func (s *Survey) damagedRecords(st *store.Store) []Fault {
	var faults []Fault
	for _, k := range s.Damaged {
		if _, err := st.Lookup(k); err != nil {
			why := strings.TrimPrefix(err.Error(), store.ErrMiss.Error()+": ")
			faults = append(faults, Fault{Key: k, Steps: s.addresses(k), Why: why})
		}
	}
	return faults
}

// addresses returns the address that a damaged record's key had last, if a spec knows it.
func (s *Survey) addresses(k store.Key) []string {
	if n := s.names[k]; n.address != "" {
		return []string{n.address}
	}
	return nil
}

// owners returns the addresses of the steps that hold an object.
func (s *Survey) owners(d store.Digest) []string {
	var list []string
	for _, step := range s.Steps {
		if slices.ContainsFunc(step.holds(), func(o store.Output) bool { return o.Digest == d }) {
			list = append(list, step.Address)
		}
	}
	return list
}

// A verifier reads objects on all cores.
type verifier struct {
	ctx   context.Context
	store *store.Store
	found chan found // closed when all objects were read, or the context is done
}

// found is the result for one object.
type found struct {
	object store.Output
	why    string // what is wrong with it, "" for a sound one
	err    error  // the object could not be checked
}

// read checks all objects and sends each result. It returns when all its goroutines have ended.
func (v *verifier) read(all []store.Output) {
	defer close(v.found)
	work := make(chan store.Output)
	var readers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for o := range work {
				v.found <- v.check(o)
			}
		})
	}
	for _, o := range all {
		if v.ctx.Err() != nil {
			v.found <- found{err: context.Cause(v.ctx)}
			break
		}
		work <- o
	}
	close(work)
	readers.Wait()
}

// check reads an object. A damaged one is read again with the store held alone before it is moved
// away, since a writer may be replacing it with a sound one.
func (v *verifier) check(o store.Output) found {
	f := found{object: o}
	damaged, err := v.store.Damaged(o)
	if err != nil || !damaged {
		f.err = err
		return f
	}
	alone, err := v.store.Collect(v.ctx, func() {})
	if err != nil {
		f.err = err
		return f
	}
	defer alone.Close()
	// The bare ErrGone is an object that was removed meanwhile, which is no fault.
	if err := v.store.Check(o); errors.Is(err, store.ErrGone) && err != store.ErrGone {
		f.why = strings.TrimPrefix(err.Error(), store.ErrGone.Error()+": ")
	} else if err != store.ErrGone {
		f.err = err
	}
	return f
}
