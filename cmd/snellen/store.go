package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/gc"
	"snellen/engine/store"
	"snellen/steps/term"
)

func newStore(a *app) *cobra.Command {
	stats := a.command(&cobra.Command{
		Use: "stats", Short: "Show what the store holds, and how often it saved a step",
		Args:    takes(0, 0, ""),
		Example: `  snellen store stats`,
	}, &storeStatsCommand{app: a})
	verify := a.command(&cobra.Command{
		Use: "verify", Short: "Read all that the store holds, and move away what is damaged",
		Args: takes(0, 0, ""),
		Long: `Read all that the store holds, and compare it with its names, which are digests. A
damaged object is moved to the store's folder quarantine, so that the next apply that needs it makes
it again; a damaged record counts as none already.`,
		Example: `  snellen store verify`,
	}, &storeVerifyCommand{app: a})
	return group(&cobra.Command{
		Use: "store", Short: "Look after the store: stats, verify",
		Example: `  snellen store stats`,
	}, stats, verify)
}

type storeStatsCommand struct {
	*app
	storeOptions
	jsonOptions
}

func (c *storeStatsCommand) flags(f *pflag.FlagSet) {
	c.storeOptions.flags(f)
	c.jsonOptions.flags(f, "print one JSON value")
}

type storeVerifyCommand struct {
	*app
	storeOptions
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

func (c *storeStatsCommand) run(context.Context, []string) error {
	st, err := project.OpenStore(c.store)
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
		Folder: st.Dir(), Bytes: survey.Bytes, Kinds: []kindStats{}, Logs: logs,
		Damaged: len(survey.Damaged), Quarantine: len(quarantine),
		Runs: survey.Usage.Runs, Hits: survey.Usage.Hits, Misses: survey.Usage.Misses,
	}
	for _, o := range survey.Loose {
		s.Loose += o.Size
	}
	for _, k := range kinds {
		s.Kinds = append(s.Kinds, kindStats{k.Kind, k.Steps, k.Gone, k.Bytes, k.Took.Seconds()})
	}
	if c.json {
		return view.WriteJSON(c.out, s)
	}
	return c.print(s, kinds)
}

func (c *storeStatsCommand) print(s stats, kinds []gc.Tally) error {
	grid := term.Grid{Right: []bool{false, true, true, true, true}}
	grid.Row("kind", "steps", "size", "took to make", "without outputs")
	for _, k := range kinds {
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
	if err := grid.Write(c.out, view.Width(c.out), c.colour(c.out)); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "\nThe store is %s.\n", term.Clean(s.Folder))
	if s.Damaged+s.Quarantine > 0 {
		fmt.Fprintf(c.out, "Damage found so far: %s, and %s in quarantine.\n",
			term.Count(s.Damaged, "record"), term.Count(s.Quarantine, "object"))
	}
	used := "In no run yet."
	if all := s.Hits + s.Misses; all > 0 {
		used = fmt.Sprintf("In %s, %d of %s were there already (%.0f %%), and %d were run.",
			term.Count(s.Runs, "run"), s.Hits, term.Count(all,
				"step"), 100*float64(s.Hits)/float64(all), s.Misses)
	}
	_, err := fmt.Fprintln(c.out, used)
	return err
}

func (c *storeVerifyCommand) run(ctx context.Context, _ []string) error {
	st, err := project.OpenStore(c.store)
	if err != nil {
		return err
	}
	tick := view.NewTicker(c.err, "reading")
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
		view.PrintProblem(c.err, what+": "+strings.TrimPrefix(f.Why, "record "), "", "",
			c.colour(c.err))
	}
	fmt.Fprintf(c.out, "Read %s (%s) and %s: ", term.Count(health.Objects, "object"),
		term.Bytes(health.Bytes), term.Count(health.Records, "record"))
	if len(health.Faults) == 0 {
		_, err := fmt.Fprintln(c.out, "all whole.")
		return err
	}
	fmt.Fprintf(c.out, "%d damaged.\n", len(health.Faults))
	c.next("What is needed of it is made again by: ", c.words("apply")...)
	return printedError{exitError}
}
