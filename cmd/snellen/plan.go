package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"snellen/engine"
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
	p, err := a.open(args)
	if err != nil {
		return err
	}
	if err := p.choose(a.flags.choice); err != nil {
		return err
	}
	plan, err := p.decide(ctx)
	if err != nil {
		return err
	}
	view, err := a.overview(ctx, p, plan)
	if err != nil {
		return err
	}
	if err := a.showPlan(a.out, view); err != nil {
		return err
	}
	if out != "" {
		if err := p.save(out, a.flags.choice, view); err != nil {
			return err
		}
	}
	if pending(plan) {
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

// overview is a plan with what people want to know of it.
func (a *app) overview(ctx context.Context, p *project, plan *engine.Plan) (*planned, error) {
	bill, err := p.estimate(ctx, plan)
	if err != nil {
		return nil, err
	}
	view := &planned{
		plan: plan, resolutions: p.resolutions(), pools: a.pools(p), left: len(p.graph.Nodes) - len(plan.Decisions),
		costing: bill.costing(), steps: a.flags.verbose, notes: p.notes(plan),
	}
	if view.costing != nil {
		view.bill = bill.text()
	}
	return view, nil
}

// showPlan writes a plan in the form that was asked for.
func (a *app) showPlan(w io.Writer, view *planned) error {
	return errors.Join(a.writePlan(w, view), a.tellNotes(view.notes))
}

func (a *app) writePlan(w io.Writer, view *planned) error {
	if a.stream != nil {
		return a.stream.plan(view)
	}
	if !pending(view.plan) && !view.steps {
		_, err := fmt.Fprintln(w, view.unchanged())
		return err
	}
	wide := columns
	if n := width(w); n > 0 {
		wide = min(n, columns)
	}
	return view.write(w, wide, a.colour(w))
}
