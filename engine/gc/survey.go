// Package gc looks after a store: what it holds, what of that may go and what would be lost by it,
// and whether it is whole.
//
// Scan makes a Survey, which is a value; Choose picks from it what goes; Collect does the same with
// the store held alone, and removes. What a lock file pins, and what a running apply relies on,
// never goes.
package gc

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/store"
)

// A Step is a record of a store, with what is there of its outputs.
type Step struct {
	Key     store.Key
	Address string        // that it had last, or its kind and the start of its key where no journal names it
	Study   string        // file name of the spec that had it last, or ""
	Kind    string        //
	Took    time.Duration // to make it; it takes as long to make it again where its inputs are there
	Used    time.Time     // when an apply made it or found it last
	Bytes   int64         // of its outputs that are there
	Kept    string        // why it must stay, such as "snacks.lock.hcl"; "" where it may go

	outputs []store.Output // that are there, each once
	gone    int            // outputs that are not
	log     store.Output   // zero where it is gone, or an output too
}

// A Survey is what a store holds.
type Survey struct {
	Steps   []*Step        // by key
	Loose   []store.Output // objects that no record names, and no pin
	Damaged []store.Key    // of records that cannot be used, and that nobody holds on to
	Bytes   int64          // of all objects
	Usage   *journal.Usage // what the journals say

	kept  map[store.Digest]bool // objects that must stay
	names map[store.Key]name    // what specs call keys
}

// Pins say what lock files hold on to: who wants it, by key and by digest.
type Pins struct {
	Keys    map[store.Key]string
	Objects map[store.Digest]string
}

// Scan surveys a store.
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
		return nil, fmt.Errorf("look through the store: %w", err)
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
	named  map[store.Digest]bool  // by a record
}

// A name is what a spec calls a key.
type name struct{ study, address string }

// names returns the name of every key that a spec's addresses had last.
func names(st *store.Store) map[store.Key]name {
	all := map[store.Key]name{}
	lasts := st.Lasts()
	for _, spec := range slices.Sorted(maps.Keys(lasts)) {
		for _, address := range slices.Sorted(maps.Keys(lasts[spec].Keys)) {
			all[lasts[spec].Keys[address]] = name{filepath.Base(spec), address}
		}
	}
	return all
}

func (l *scanner) record(k store.Key, r store.Record, err error) error {
	kept := l.pins.Keys[k]
	if kept == "" && l.needed[k] {
		kept = "a running apply"
	}
	switch {
	case err != nil && !errors.Is(err, store.ErrMiss):
		return err
	case err != nil && kept == "":
		l.survey.Damaged = append(l.survey.Damaged, k)
		return nil
	case err != nil:
		return nil
	}
	s := &Step{Key: k, Kind: engine.KindOf(r.Manifest), Took: r.Took, Used: r.Ended, Kept: kept}
	l.title(s)
	l.outputs(s, r)
	isLog := func(o store.Output) bool { return o.Digest == r.Log }
	if size, ok := l.sizes[r.Log]; ok && !slices.ContainsFunc(s.outputs, isLog) {
		s.log = store.Output{Digest: r.Log, Size: size}
	}
	for _, o := range s.holds() {
		l.named[o.Digest] = true
		if s.Kept != "" {
			l.survey.kept[o.Digest] = true
		}
	}
	l.survey.Steps = append(l.survey.Steps, s)
	return nil
}

// title finds what a step is called, and when it was used.
func (l *scanner) title(s *Step) {
	use, known := l.survey.Usage.Keys[s.Key], l.survey.names[s.Key]
	if use != nil && use.Last.After(s.Used) {
		s.Used = use.Last
	}
	switch {
	case known.address != "":
		s.Address, s.Study = known.address, known.study
	case use != nil:
		s.Address = use.Addresses[len(use.Addresses)-1]
	default:
		s.Address = strings.TrimSpace(s.Kind + " " + s.Key.String()[:12])
	}
}

// outputs finds which of a record's outputs are there.
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

// holds are all the objects that a step keeps from being loose.
func (s *Step) holds() []store.Output {
	if s.log == (store.Output{}) {
		return s.outputs
	}
	return append(s.outputs[:len(s.outputs):len(s.outputs)], s.log)
}

func (l *scanner) loose() {
	for d, size := range l.sizes {
		if _, pinned := l.pins.Objects[d]; pinned {
			l.survey.kept[d] = true
		} else if !l.named[d] {
			l.survey.Loose = append(l.survey.Loose, store.Output{Digest: d, Size: size})
		}
	}
}
