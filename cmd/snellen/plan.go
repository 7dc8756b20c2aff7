package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/planfile"
	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
)

// A planCommand decides what apply would run, shows it, and saves it where -out says.
type planCommand struct {
	*app
	studyOptions
	streamOptions
	choiceOptions
	coresOptions
	verbose, detailed bool
	file              string // to save the plan in
}

func newPlan(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "plan [SPEC]", Short: "Show which steps would run, and why",
		Args: aSpec,
		Long: `Show which steps apply would run, and why. Nothing is run and nothing is written but
a memo of files' digests.

A step that runs has a cause: an attribute, a file or a tool that changed. The steps below it run
too where nothing like them was ever run. Else they only may: the step above may make the bytes
that it made before.

Footage that is to be read is looked at first, as validate does: evaluations, some of the labels'
videos, and all pictures. Where something is wrong with it, nothing is planned.

SPEC is a file or a folder; without it, the current folder's only *.hcl is taken.`,
		Example: `  snellen plan
  snellen plan snacks.hcl -var footage=clips -v
  snellen plan -target='320x240/**' -out snacks.plan`,
	}, &planCommand{app: a})
}

func (c *planCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	c.choiceOptions.flags(f)
	c.coresOptions.flags(f)
	c.streamOptions.flags(f, "print JSON lines, one for each step among them")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "list each step")
	f.StringVar(&c.file, "out", "", "save the plan in `FILE`, for apply FILE to do exactly that")
	f.BoolVar(&c.detailed, "detailed-exitcode", false, "exit with 2 where steps would run")
}

func (c *planCommand) run(ctx context.Context, args []string) error {
	if err := errors.Join(c.check(), planfile.Check(c.file)); err != nil {
		return err
	}
	p, err := c.open(c.app, args, project.ToRun)
	if err != nil {
		return err
	}
	if err := p.Choose(c.choice); err != nil {
		return err
	}
	plan, err := p.Decide(ctx)
	if err != nil {
		return err
	}
	if err := c.checkFootage(ctx, p, plan); err != nil {
		return err
	}
	o, err := newOverview(ctx, p, plan, c.pools(p), c.verbose)
	if err != nil {
		return err
	}
	if err := c.showPlan(c.out, o); err != nil {
		return err
	}
	if c.file != "" {
		if err := planfile.Save(c.file, ownVersion(), p, c.choice, &o.Plan); err != nil {
			return err
		}
	}
	if !view.Pending(plan) {
		return nil
	}
	c.printNext(args)
	if c.detailed && view.Runs(plan) {
		return printedError{exitChanges}
	}
	return nil
}

// printNext prints how to apply what was planned. A saved plan has its variables and its store.
func (c *planCommand) printNext(args []string) {
	if c.file != "" {
		c.next("Saved. Next: ", "apply", c.file)
		return
	}
	c.next("Next: ", c.words(append([]string{"apply"}, args...)...)...)
}
