package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/gc"
	"snellen/engine/store"
	"snellen/steps/term"
)

func (a *app) storeCommand() *cobra.Command {
	stats := &cobra.Command{
		Use: "stats", Short: "Show what the store holds, and how often it saved a step", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.stats() },
	}
	a.jsonFlag(stats, "print one JSON value")
	verify := &cobra.Command{
		Use: "verify", Short: "Read all that the store holds, and move away what is damaged", Args: cobra.NoArgs,
		Long: `Read all that the store holds, and compare it with its names, which are digests. A damaged object is moved to the
store's folder quarantine, so that the next apply that needs it makes it again; a damaged record counts as none already.`,
		RunE: func(c *cobra.Command, _ []string) error { return a.verifyStore(c.Context()) },
	}
	for _, c := range []*cobra.Command{stats, verify} {
		a.storeFlag(c)
	}
	return group(&cobra.Command{Use: "store", Short: "Look after the store: stats, verify"}, stats, verify)
}

// Stats is what store stats -json prints. Names are never changed, only added.
type stats struct {
	Folder     string      `json:"folder"`
	Bytes      int64       `json:"bytes"` // of all objects
	Kinds      []kindStats `json:"kinds"` // the largest first
	Logs       int64       `json:"log_bytes"`
	Loose      int64       `json:"loose_bytes"`
	Damaged    int         `json:"damaged_records"`
	Quarantine int         `json:"quarantined_objects"`
	Runs       int         `json:"runs"`
	Hits       int         `json:"hits"`
	Misses     int         `json:"misses"`
}

type kindStats struct {
	Kind    string  `json:"kind"`
	Steps   int     `json:"steps"`
	Freed   int     `json:"freed_steps"` // whose outputs, or some of them, are gone
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"` // that they took to make
}

func (a *app) stats() error {
	st, err := project.OpenStore(a.flags.store)
	if err != nil {
		return err
	}
	survey, err := gc.Scan(st, gc.Pins{})
	if err != nil {
		return err
	}
	quarantine, err := st.Quarantined()
	if err != nil {
		return err
	}
	kinds, logs := survey.Tallies()
	s := stats{
		Folder: st.Dir(), Bytes: survey.Bytes, Kinds: []kindStats{}, Logs: logs, Damaged: len(survey.Damaged), Quarantine: len(quarantine),
		Runs: survey.Usage.Runs, Hits: survey.Usage.Hits, Misses: survey.Usage.Misses,
	}
	for _, o := range survey.Loose {
		s.Loose += o.Size
	}
	for _, k := range kinds {
		s.Kinds = append(s.Kinds, kindStats{k.Kind, k.Steps, k.Gone, k.Bytes, k.Took.Seconds()})
	}
	if a.flags.json {
		return view.WriteJSON(a.out, s)
	}
	return a.showStats(s, kinds)
}

func (a *app) showStats(s stats, kinds []gc.Tally) error {
	grid := term.Grid{Right: []bool{false, true, true, true, true}}
	grid.Row("kind", "steps", "size", "took to make", "without outputs")
	for _, k := range kinds {
		gone := ""
		if k.Gone > 0 {
			gone = fmt.Sprint(k.Gone)
		}
		grid.Row(term.Clean(k.Kind), fmt.Sprint(k.Steps), term.Bytes(k.Bytes), term.Duration(k.Took), gone)
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
	if err := grid.Write(a.out, view.Width(a.out), a.colour(a.out)); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\nThe store is %s.\n", term.Clean(s.Folder))
	if s.Damaged+s.Quarantine > 0 {
		fmt.Fprintf(a.out, "Damage found so far: %s, and %s in quarantine.\n", term.Count(s.Damaged, "record"), term.Count(s.Quarantine, "object"))
	}
	used := "In no run yet."
	if all := s.Hits + s.Misses; all > 0 {
		used = fmt.Sprintf("In %s, %d of %s were there already (%.0f %%), and %d were run.",
			term.Count(s.Runs, "run"), s.Hits, term.Count(all, "step"), 100*float64(s.Hits)/float64(all), s.Misses)
	}
	_, err := fmt.Fprintln(a.out, used)
	return err
}

func (a *app) verifyStore(ctx context.Context) error {
	st, err := project.OpenStore(a.flags.store)
	if err != nil {
		return err
	}
	tick := view.NewTicker(a.err, "reading")
	health, err := gc.Verify(ctx, st, tick.Bytes)
	tick.Close()
	if err != nil {
		return err
	}
	for _, f := range health.Faults {
		what := "object " + f.Digest.String()
		if f.Digest == (store.Digest{}) {
			what = "record " + f.Key.String()
		}
		if len(f.Steps) > 0 {
			what += " of " + view.ShortList(f.Steps, 3)
		}
		view.PrintProblem(a.err, what+": "+strings.TrimPrefix(f.Why, "record "), "", "", a.colour(a.err))
	}
	fmt.Fprintf(a.out, "Read %s (%s) and %s: ", term.Count(health.Objects, "object"), term.Bytes(health.Bytes), term.Count(health.Records, "record"))
	if len(health.Faults) == 0 {
		_, err := fmt.Fprintln(a.out, "all whole.")
		return err
	}
	fmt.Fprintf(a.out, "%d damaged.\n", len(health.Faults))
	a.next("What is needed of it is made again by: ", "apply")
	return shown{exitError}
}
