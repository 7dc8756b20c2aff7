package main

import (
	"cmp"
	"context"
	"errors"
	"io"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/specs"
	"snellen/steps/sagemaker/price"
	"snellen/steps/study"
)

// An overview is a plan with all that is shown of it.
type overview struct {
	view.Plan
	notes []project.Note // on the footage, of steps that are done, and on the shared store
}

func newOverview(ctx context.Context, p *project.Project, plan *engine.Plan, pools map[string]int,
	steps bool) (*overview, error) {
	bill, err := p.Estimate(ctx, plan)
	if err != nil {
		return nil, err
	}
	o := &overview{notes: p.Notes(plan), Plan: view.Plan{
		Plan: plan, Resolutions: p.Resolutions(), Kinds: project.KindNames(), Pools: pools,
		Left: p.Left(plan), Costing: costing(bill), Steps: steps, From: p.SharedWord(),
	}}
	if o.Costing != nil {
		o.Bill = bill.Text()
	}
	return o, nil
}

// showPlan writes a plan in the form that was asked for, and the notes on it.
func (a *app) showPlan(w io.Writer, o *overview) error {
	return errors.Join(a.writePlan(w, &o.Plan), a.warnOf(o.notes))
}

func (a *app) writePlan(w io.Writer, p *view.Plan) error {
	if a.stream != nil {
		return a.stream.Plan(p)
	}
	return p.Write(w, cmp.Or(view.Width(w), view.Columns), a.colour(w))
}

// warnOfDoubt says what a study cannot show, whatever comes out.
func (a *app) warnOfDoubt(s *specs.Study) {
	if text := study.Doubt(s); text != "" {
		a.warn(text)
	}
}

// warnOf prints notes as warnings.
func (a *app) warnOf(notes []project.Note) error {
	for _, n := range notes {
		if a.stream == nil {
			view.PrintHintedWarning(a.err, n.Text, n.Hint, a.colour(a.err))
		} else if err := a.stream.Diagnose(n.Address, specs.Diagnostic{Warning: true,
			Message: n.Text, Hint: n.Hint}); err != nil {
			return err
		}
	}
	return nil
}

// costing returns a bill as JSON lines have it, or nil where nothing would cost anything.
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
