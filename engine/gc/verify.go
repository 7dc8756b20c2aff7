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

// A Fault is one thing of a store that is not what its name says.
type Fault struct {
	Digest store.Digest // of an object; zero for a record
	Key    store.Key    // of a record; zero for an object
	Steps  []string     // addresses of the steps that it was of
	Why    string
}

// A Health is what a store was found to be.
type Health struct {
	Objects int
	Records int
	Bytes   int64 // read
	Faults  []Fault
}

// Verify reads every object and every record of a store and compares them with their names. An
// object that is damaged is moved to the quarantine, so that it is made again when something needs
// it; a record that is damaged is a miss already, and stays. Tell is called from one goroutine,
// with bytes; it is not nil.
func Verify(ctx context.Context, st *store.Store, tell func(done, of int64)) (*Health, error) {
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
	h := &Health{Records: len(survey.Steps) + len(survey.Damaged)}
	for _, k := range survey.Damaged {
		if _, err := st.Lookup(k); err != nil {
			why := strings.TrimPrefix(err.Error(), store.ErrMiss.Error()+": ")
			h.Faults = append(h.Faults, Fault{Key: k, Steps: survey.calls(k), Why: why})
		}
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
		tell(h.Bytes, survey.Bytes)
	}
	slices.SortFunc(h.Faults, func(a, b Fault) int {
		return slices.Compare(a.Digest[:], b.Digest[:])
	})
	return h, err
}

// calls are what a damaged record's key was called last.
func (s *Survey) calls(k store.Key) []string {
	if n := s.names[k]; n.address != "" {
		return []string{n.address}
	}
	return nil
}

// owners are the addresses of the steps that hold an object.
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
	found chan found
}

type found struct {
	object store.Output
	why    string // what is wrong with it
	err    error  // why that could not be found out
}

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
// away, since somebody may just be putting a good one in its place.
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
	if err := v.store.Check(o); errors.Is(err, store.ErrGone) && err != store.ErrGone {
		f.why = strings.TrimPrefix(err.Error(), store.ErrGone.Error()+": ")
	} else if err != store.ErrGone {
		f.err = err
	}
	return f
}
