// Package storeview shows what a store holds, and what was done to look after it: for people, and
// as JSON. It reads and changes no store.
package storeview

import (
	"fmt"
	"io"

	"snellen/cmd/snellen/view"
	"snellen/engine/gc"
	"snellen/engine/store"
	"snellen/steps/term"
)

// Stats is what store stats -json prints. Names are never changed, only added.
type Stats struct {
	Folder     string      `json:"folder"`
	Bytes      int64       `json:"bytes"` // of all objects
	Kinds      []KindStats `json:"kinds"` // the largest first
	Logs       int64       `json:"log_bytes"`
	Loose      int64       `json:"loose_bytes"`
	Damaged    int         `json:"damaged_records"`
	Quarantine int         `json:"quarantined_objects"`
	Runs       int         `json:"runs"`
	Hits       int         `json:"hits"`
	Misses     int         `json:"misses"`

	Shared *SharedStats `json:"shared,omitempty"` // nil: none is chosen

	kinds []gc.Tally
}

// KindStats are the figures of one kind of step.
type KindStats struct {
	Kind    string  `json:"kind"`
	Steps   int     `json:"steps"`
	Freed   int     `json:"freed_steps"` // whose outputs, or some of them, are gone
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"` // that they took to make
}

// NewStats returns the figures of a store that was surveyed and has so many objects in quarantine.
func NewStats(st *store.Store, survey *gc.Survey, quarantined int) Stats {
	kinds, logs := survey.Tallies()
	s := Stats{
		Folder: st.Dir(), Bytes: survey.Bytes, Kinds: []KindStats{}, Logs: logs,
		Damaged: len(survey.Damaged), Quarantine: quarantined,
		Runs: survey.Usage.Runs, Hits: survey.Usage.Hits, Misses: survey.Usage.Misses, kinds: kinds,
	}
	for _, o := range survey.Loose {
		s.Loose += o.Size
	}
	for _, k := range kinds {
		s.Kinds = append(s.Kinds, KindStats{k.Kind, k.Steps, k.Gone, k.Bytes, k.Took.Seconds()})
	}
	return s
}

// Write writes the figures for people.
func (s Stats) Write(w io.Writer, colour bool) error {
	grid := term.Grid{Right: []bool{false, true, true, true, true}}
	grid.Row("kind", "steps", "size", "took to make", "without outputs")
	for _, k := range s.kinds {
		gone := ""
		if k.Gone > 0 {
			gone = fmt.Sprint(k.Gone)
		}
		grid.Row(term.Clean(k.Kind), fmt.Sprint(k.Steps), term.Bytes(k.Bytes),
			term.Duration(k.Took), gone)
	}
	for _, rest := range []struct {
		what  string
		bytes int64
	}{{"logs", s.Logs}, {"loose objects", s.Loose}} {
		if rest.bytes > 0 {
			grid.Row(rest.what, "", term.Bytes(rest.bytes))
		}
	}
	grid.Row("all", "", term.Bytes(s.Bytes))
	if err := grid.Write(w, view.Width(w), colour); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe store is %s.\n", term.Clean(s.Folder))
	if s.Damaged+s.Quarantine > 0 {
		fmt.Fprintf(w, "Damage found so far: %s, and %s in quarantine.\n",
			term.Count(s.Damaged, "record"), term.Count(s.Quarantine, "object"))
	}
	used := "In no run yet."
	if all := s.Hits + s.Misses; all > 0 {
		used = fmt.Sprintf("In %s, %d of %s were there already (%.0f %%), and %d were run.",
			term.Count(s.Runs, "run"), s.Hits, term.Count(all, "step"),
			100*float64(s.Hits)/float64(all), s.Misses)
	}
	if _, err := fmt.Fprintln(w, used); err != nil || s.Shared == nil {
		return err
	}
	return s.Shared.write(w)
}
