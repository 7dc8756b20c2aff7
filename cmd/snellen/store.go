package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/storeview"
	"snellen/cmd/snellen/view"
	"snellen/engine/gc"
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
	s := storeview.NewStats(st, survey, len(quarantine))
	if c.json {
		return view.WriteJSON(c.out, s)
	}
	return s.Write(c.out, c.colour(c.out))
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
	err = storeview.WriteHealth(c.out, c.err, health, c.colour(c.err))
	if err != nil || len(health.Faults) == 0 {
		return err
	}
	c.next("What is needed of it is made again by: ", c.words("apply")...)
	return printedError{exitError}
}
