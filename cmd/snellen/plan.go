package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/specs"
	"snellen/steps/sagemaker/price"
	"snellen/steps/study"
)

func (a *app) planCommand() *cobra.Command {
	var out string
	var detailed bool
	c := &cobra.Command{
		Use: "plan [SPEC]", Short: "Show which steps would run, and why", Args: cobra.MaximumNArgs(1),
		Long: `Show which steps apply would run, and why. Nothing is run and nothing is written but a memo of files' digests.

A step that runs has a cause: what was written otherwise, a file, a tool. What is below it will run too where nothing like
it was ever run; else it only may, for the step above may give the bytes that it gave before.

SPEC is a file or a folder; without it, the current folder's only *.hcl is taken.`,
		RunE: func(c *cobra.Command, args []string) error { return a.plan(c.Context(), args, out, detailed) },
	}
	a.specFlags(c)
	a.choiceFlags(c)
	a.storeFlag(c)
	a.parallelismFlag(c)
	a.streamFlag(c, "print JSON lines, one for each step among them")
	c.Flags().BoolVarP(&a.flags.verbose, "verbose", "v", false, "list each step")
	c.Flags().StringVar(&out, "out", "", "save the plan in `FILE`, for apply FILE to do exactly that")
	c.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 where steps would run")
	return c
}

func (a *app) plan(ctx context.Context, args []string, out string, detailed bool) error {
	if err := errors.Join(a.cores(), savable(out)); err != nil {
		return err
	}
	p, err := a.open(args, project.ToRun)
	if err != nil {
		return err
	}
	if err := p.Choose(a.flags.choice); err != nil {
		return err
	}
	plan, err := p.Decide(ctx)
	if err != nil {
		return err
	}
	o, err := a.overview(ctx, p, plan)
	if err != nil {
		return err
	}
	if err := a.showPlan(a.out, o); err != nil {
		return err
	}
	if out != "" {
		if err := savePlan(p, out, a.flags.choice, o); err != nil {
			return err
		}
	}
	if view.Pending(plan) {
		a.nextOf(args, out)
		if detailed {
			return shown{exitChanges}
		}
	}
	return nil
}

// nextOf tells how to apply what was planned.
func (a *app) nextOf(args []string, out string) {
	if out == "" {
		a.next("Next: ", append([]string{"apply"}, args...)...)
		return
	}
	a.nextSaved("Saved. Next: ", "apply", out)
}

// An overview is a plan with all that people want to know of it.
type overview struct {
	view.Plan
	notes []project.Note // on the footage, of steps that are done
}

func (a *app) overview(ctx context.Context, p *project.Project, plan *engine.Plan) (*overview, error) {
	bill, err := p.Estimate(ctx, plan)
	if err != nil {
		return nil, err
	}
	o := &overview{notes: p.Notes(plan), Plan: view.Plan{
		Plan: plan, Resolutions: p.Resolutions(), Kinds: kindNames(), Pools: a.pools(p),
		Left: p.Left(plan), Costing: costing(bill), Steps: a.flags.verbose,
	}}
	if o.Costing != nil {
		o.Bill = bill.Text()
	}
	return o, nil
}

// kindNames returns the names of all kinds of steps, in the order of the work.
func kindNames() []string {
	var names []string
	for _, k := range study.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// showPlan writes a plan in the form that was asked for, and the notes on the footage.
func (a *app) showPlan(w io.Writer, o *overview) error {
	return errors.Join(a.writePlan(w, &o.Plan), a.warnOfFootage(o.notes))
}

func (a *app) writePlan(w io.Writer, p *view.Plan) error {
	if a.stream != nil {
		return a.stream.Plan(p)
	}
	if !view.Pending(p.Plan) && !p.Steps {
		_, err := fmt.Fprintln(w, p.Unchanged())
		return err
	}
	wide := view.Columns
	if n := view.Width(w); n > 0 {
		wide = min(n, wide)
	}
	return p.Write(w, wide, a.colour(w))
}

// warnOfFootage warns of what is known of the footage.
func (a *app) warnOfFootage(notes []project.Note) error {
	for _, n := range notes {
		if a.stream == nil {
			a.warn(n.Text)
		} else if err := a.stream.Diagnose(n.Address, specs.Diagnostic{Warning: true, Message: n.Text}); err != nil {
			return err
		}
	}
	return nil
}

// costing is a bill for machines, or nil where nothing would cost anything.
func costing(b project.Bill) *view.Costing {
	if len(b.Items) == 0 {
		return nil
	}
	usd, known := price.Sum(b.Items)
	c := &view.Costing{USD: usd, Known: known, Date: b.Prices.Date, Source: b.Prices.Source}
	for _, i := range b.Items {
		c.AtMost = c.AtMost || i.UpperBound
	}
	return c
}
