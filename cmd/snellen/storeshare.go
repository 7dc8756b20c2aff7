package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/storecare"
)

// A storeShareCommand sends a study's results to the shared store, or fetches them.
type storeShareCommand struct {
	*app
	studyOptions
	jsonOptions
	do func(storecare.Desk, context.Context, *project.Project) (interrupted bool, err error)
}

func newStorePush(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "push [SPEC]", Short: "Send a study's results to the shared store", Args: aSpec,
		Long: `Send the results that the store has of a study to the shared store, as far as they are
not there, and what earlier applies could not send. An apply sends what it runs; push sends what was
run before there was a shared store, or without it. Interrupt at any time: what was sent stays.`,
		Example: `  snellen store push
  snellen store push snacks.hcl -shared s3://lab/snellen`,
	}, &storeShareCommand{app: a, do: storecare.Desk.Push})
}

func newStorePull(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "pull [SPEC]", Short: "Fetch all of a study's results from the shared store", Args: aSpec,
		Long: `Fetch all results that the shared store has of a study: records, every output, and
logs. An apply fetches only what people read, and what steps read that run; after a pull, a study
can be read and changed without a network. Interrupt at any time: what was fetched stays.`,
		Example: `  snellen store pull
  snellen store pull snacks.hcl -shared file:///nfs/lab/snellen`,
	}, &storeShareCommand{app: a, do: storecare.Desk.Pull})
}

func (c *storeShareCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	c.jsonOptions.flags(f, "print one JSON value")
}

func (c *storeShareCommand) run(ctx context.Context, args []string) error {
	p, err := c.open(c.app, args, project.ToRun)
	if err != nil {
		return err
	}
	interruption, err := c.do(c.desk(c.json), ctx, p)
	if err == nil && interruption {
		text, _ := c.typed(interrupted, os.Args[1:])
		fmt.Fprintln(c.err, text)
		return printedError{exitInterrupted}
	}
	return err
}

// desk returns where a command prints that looks after stores.
func (a *app) desk(json bool) storecare.Desk {
	return storecare.Desk{Out: a.out, Err: a.err, Colour: a.colour, JSON: json, Warn: a.warn,
		Gently: func(do func(<-chan struct{})) bool {
			a.interrupts.beginGentle()
			defer a.interrupts.endGentle()
			do(a.interrupts.stop)
			return a.interrupts.stopped()
		}}
}
