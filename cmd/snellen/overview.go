package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	notes []project.Note // on the footage, of steps that are done
}

func newOverview(ctx context.Context, p *project.Project, plan *engine.Plan, pools map[string]int,
	steps bool) (*overview, error) {
	bill, err := p.Estimate(ctx, plan)
	if err != nil {
		return nil, err
	}
	o := &overview{notes: p.Notes(plan), Plan: view.Plan{
		Plan: plan, Resolutions: p.Resolutions(), Kinds: project.KindNames(), Pools: pools,
		Left: p.Left(plan), Costing: costing(bill), Steps: steps,
	}}
	if o.Costing != nil {
		o.Bill = bill.Text()
	}
	return o, nil
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
	return p.Write(w, cmp.Or(view.Width(w), view.Columns), a.colour(w))
}

// warnOfDoubt says what a study cannot show, whatever comes out.
func (a *app) warnOfDoubt(s *specs.Study) {
	if text := study.Doubt(s); text != "" {
		a.warn(text)
	}
}

// warnOfFootage prints what is known about the study and its footage as warnings.
func (a *app) warnOfFootage(notes []project.Note) error {
	for _, n := range notes {
		if a.stream == nil {
			a.warn(n.Text)
		} else if err := a.stream.Diagnose(n.Address, specs.Diagnostic{Warning: true,
			Message: n.Text}); err != nil {
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
