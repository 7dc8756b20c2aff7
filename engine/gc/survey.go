// Package gc looks after a store: what it holds, what may be removed and what that costs, and
// whether all of it is intact.
//
// Scan makes a Survey, which is a value. Choose selects from a Survey what to remove. Collect does
// the same while it holds the store alone, and removes what was chosen. It never removes what a
// lock file pins or what a running apply relies on.
package gc

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/store"
)

// A Step is a record of a store, with the outputs that are still there.
type Step struct {
	Key     store.Key
	Address string        // its latest; its kind and the start of its key where nothing names it
	Spec    string        // path of the spec that had it last, or ""
	Kind    string        // "" where the manifest does not say
	Took    time.Duration // of the run that made it: what making it again costs if its inputs exist
	Used    time.Time     // when an apply last made it or found it cached
	Bytes   int64         // of its outputs that are there
	Holder  string        // what it must stay for, such as "snacks.lock.hcl"; "" if it may go

	outputs []store.Output // that are there, each once
	gone    int            // the number of outputs that are not
	log     store.Output   // zero where it is gone, or is an output too
}

// A Survey is what a store holds.
type Survey struct {
	Steps   []*Step        // by key
	Loose   []store.Output // objects that no record names, and no pin
	Damaged []store.Key    // of records that cannot be used and that no running apply relies on
	Bytes   int64          // of all objects
	Usage   *journal.Usage // from the journals

	kept  map[store.Digest]bool // objects that must stay
	names map[store.Key]name    // the name that a spec has for a key
}

// Pins say what lock files pin: the name of the lock file, by key and by digest.
type Pins struct {
	Keys    map[store.Key]string
	Objects map[store.Digest]string
}

// Scan surveys a store. It reads every record and the name and size of every object, and may run
// beside writers. It returns an error where the store or a journal cannot be read; damaged records
// are part of the Survey.
func Scan(st *store.Store, pins Pins) (*Survey, error) {
	needed, err := st.Needed()
	if err != nil {
		return nil, err
	}
	usage, err := journal.ReadUsage(st)
	if err != nil {
		return nil, err
	}
	l := &scanner{
		survey: &Survey{Usage: usage, kept: map[store.Digest]bool{}, names: names(st)},
		pins:   pins, needed: needed,
		sizes: map[store.Digest]int64{}, named: map[store.Digest]bool{},
	}
	err = st.Objects(func(o store.Output) error {
		l.sizes[o.Digest] = o.Size
		l.survey.Bytes += o.Size
		return nil
	})
	if err == nil {
		err = st.Records(l.record)
	}
	if err != nil {
		return nil, fmt.Errorf("scan the store: %w", err)
	}
	l.loose()
	return l.survey, nil
}

// A scanner makes a Survey.
type scanner struct {
	survey *Survey
	pins   Pins
	needed map[store.Key]bool
	sizes  map[store.Digest]int64 // of the objects that are there
	named  map[store.Digest]bool  // objects that a record names
}

// A name is what a spec calls a key.
type name struct{ spec, address string }

// names returns, for each key that an address of a spec had last, its name. Where several specs
// have the key, the last in the order of paths counts, so that the result is always the same.
func names(st *store.Store) map[store.Key]name {
	all := map[store.Key]name{}
	lasts, _ := st.Lasts() // a name that is lost is no reason to keep or to remove
	for _, spec := range slices.Sorted(maps.Keys(lasts)) {
		for _, address := range slices.Sorted(maps.Keys(lasts[spec].Keys)) {
			all[lasts[spec].Keys[address]] = name{spec, address}
		}
	}
	return all
}

// record adds a record to the survey; err is the error of its Lookup. A damaged record goes though a
// lock file pins its key: it counts as none, and its objects are pinned by their digests. One that a
// running apply relies on is neither a step nor removed.
func (l *scanner) record(k store.Key, r store.Record, err error) error {
	holder := l.pins.Keys[k]
	if holder == "" && l.needed[k] {
		holder = "a running apply"
	}
	switch {
	case err != nil && !errors.Is(err, store.ErrMiss):
		return err
	case err != nil && !l.needed[k]:
		l.survey.Damaged = append(l.survey.Damaged, k)
		return nil
	case err != nil:
		return nil
	}
	s := &Step{Key: k, Kind: engine.KindOf(r.Manifest), Took: r.Took, Used: r.Ended, Holder: holder}
	l.name(s)
	l.outputs(s, r)
	isLog := func(o store.Output) bool { return o.Digest == r.Log }
	if size, ok := l.sizes[r.Log]; ok && !slices.ContainsFunc(s.outputs, isLog) {
		s.log = store.Output{Digest: r.Log, Size: size}
	}
	for _, o := range s.holds() {
		l.named[o.Digest] = true
		if s.Holder != "" {
			l.survey.kept[o.Digest] = true
		}
	}
	l.survey.Steps = append(l.survey.Steps, s)
	return nil
}

// name sets a step's address and study, and when it was last used.
func (l *scanner) name(s *Step) {
	use, known := l.survey.Usage.Keys[s.Key], l.survey.names[s.Key]
	if use != nil && use.Last.After(s.Used) {
		s.Used = use.Last
	}
	switch {
	case known.address != "":
		s.Address, s.Spec = known.address, known.spec
	case use != nil:
		s.Address = use.Addresses[len(use.Addresses)-1]
	default:
		s.Address = strings.TrimSpace(s.Kind + " " + s.Key.String()[:12])
	}
}

// outputs sets which of a record's outputs are there.
func (l *scanner) outputs(s *Step, r store.Record) {
	seen := map[store.Digest]bool{}
	for _, o := range r.Outputs {
		size, ok := l.sizes[o.Digest]
		switch {
		case seen[o.Digest]:
		case ok:
			s.outputs = append(s.outputs, store.Output{Digest: o.Digest, Size: size})
			s.Bytes += size
		default:
			s.gone++
		}
		seen[o.Digest] = true
	}
}

// holds returns all objects that the step's record names and that are there.
func (s *Step) holds() []store.Output {
	if s.log == (store.Output{}) {
		return s.outputs
	}
	// The capacity is cut, so that append never writes into the step's own array.
	return append(s.outputs[:len(s.outputs):len(s.outputs)], s.log)
}

// loose lists the objects that no record names and no lock file pins.
func (l *scanner) loose() {
	for d, size := range l.sizes {
		if _, pinned := l.pins.Objects[d]; pinned {
			l.survey.kept[d] = true
		} else if !l.named[d] {
			l.survey.Loose = append(l.survey.Loose, store.Output{Digest: d, Size: size})
		}
	}
}
