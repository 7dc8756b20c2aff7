package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/step"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/ledger"
	"snellen/steps/sagemaker/price"
)

// cloudDir is where the store keeps the journal of what was made in the cloud.
func (p *project) cloudDir() string { return filepath.Join(p.store.Dir(), "cloud") }

// openCloud opens the session of a study that trains on SageMaker. No call is made.
func (p *project) openCloud(ctx context.Context, o sagemaker.Options) (*sagemaker.Cloud, error) {
	o.Settings, o.Dir = p.study.Trainer.SageMaker, p.cloudDir()
	if text := os.Getenv("SNELLEN_CLOUD_POLL"); text != "" {
		poll, err := time.ParseDuration(text)
		if err != nil || poll <= 0 {
			return nil, step.WithHint(fmt.Errorf("SNELLEN_CLOUD_POLL is %q, which is no time", text), "write it like 5s")
		}
		o.Poll = poll
	}
	return sagemaker.Open(ctx, o)
}

// cloudRunners adds what runs the steps of a study that trains on SageMaker.
func (a *app) cloudRunners(ctx context.Context, p *project, all map[string]step.Runner, plan *engine.Plan) error {
	if p.study.Trainer.SageMaker == nil {
		return nil
	}
	bill, err := p.estimate(ctx, plan)
	if err != nil {
		return err
	}
	estimates := map[string]float64{}
	for _, i := range bill.items {
		estimates[i.Address] = i.USD
	}
	cloud, err := p.openCloud(ctx, sagemaker.Options{Stop: a.interrupts.stop, Prices: bill.prices, Estimates: estimates})
	if err != nil {
		return err
	}
	all[sagemaker.Train.Name], all[sagemaker.Judge.Name] = cloud.Trainer(), cloud.Judge()
	return nil
}

// sweep deletes endpoints that a crashed apply left behind. That it cannot is a warning: results are results.
func (a *app) sweep(ctx context.Context, p *project) {
	if ctx.Err() != nil {
		return // the next apply does it
	}
	orphans, err := sagemaker.Orphans(p.cloudDir())
	if err != nil {
		a.warn(err.Error())
	}
	if len(orphans) == 0 {
		return
	}
	if p.study.Trainer.SageMaker != nil {
		cloud, err := p.openCloud(ctx, sagemaker.Options{})
		if err == nil {
			err = cloud.Sweep(ctx, orphans, a.warn)
		}
		if err != nil {
			a.warn(err.Error())
		}
		if orphans, err = sagemaker.Orphans(p.cloudDir()); err != nil {
			a.warn(err.Error())
		}
	}
	for _, r := range orphans {
		if r.Kind == ledger.Endpoint {
			a.warn(fmt.Sprintf("endpoint %s in %s, which an apply of %s left behind, may still cost money; apply that study again, or type snellen cloud clean beside it", r.Name, r.Region, r.Address))
		}
	}
}

// A bill is what a plan would cost.
type bill struct {
	items  []price.Item
	prices *price.Table
}

// estimate prices the steps of a plan that would run in the cloud, by what such steps took before or, where that is not
// known, by the most that they can take.
func (p *project) estimate(ctx context.Context, plan *engine.Plan) (bill, error) {
	var b bill
	c := p.study.Trainer.SageMaker
	if c == nil {
		return b, nil
	}
	var err error
	if p.table == nil {
		if p.table, err = p.prices(ctx); err != nil {
			return b, err
		}
	}
	b.prices = p.table
	trained, judged := p.history(plan)
	for _, d := range plan.Decisions {
		if d.Verdict == engine.Cached {
			continue
		}
		item := price.Item{Address: d.Node.Address}
		switch d.Node.Kind.Name {
		case sagemaker.Train.Name:
			item.Instance, item.Count, item.Seconds = c.Instances[0], c.InstanceCount, trained
			if trained == 0 {
				item.Seconds, item.UpperBound = float64(c.MaxRuntime), true
			}
			b.items = append(b.items, b.prices.Estimate(item, c.Region, price.Training))
		case sagemaker.Judge.Name:
			if len(d.Node.Inputs) == 1 || c.Serving.MemoryMB > 0 { // an endpoint that is there, or one without instances
				continue
			}
			item.Instance, item.Count, item.Seconds = c.Serving.Instance, c.Serving.Count, judged
			if judged == 0 {
				item.Seconds, item.UpperBound = float64(c.Serving.MaxWait), true
			}
			b.items = append(b.items, b.prices.Estimate(item, c.Region, price.Hosting))
		}
	}
	return b, nil
}

// prices are those that the study's budget names, live ones, or those that are built in.
func (p *project) prices(ctx context.Context) (*price.Table, error) {
	switch b := p.study.Budget; {
	case b == nil:
		return price.BuiltIn(), nil
	case b.Live:
		cloud, err := p.openCloud(ctx, sagemaker.Options{})
		if err != nil {
			return nil, err
		}
		return cloud.LivePrices(ctx)
	case b.Prices != "":
		return price.Read(b.Prices)
	}
	return price.BuiltIn(), nil
}

// history is what training and judging took on average, in seconds, in the study's records; 0 where there are none.
func (p *project) history(plan *engine.Plan) (trained, judged float64) {
	var trainings, judgings []float64
	for _, d := range plan.Decisions {
		record, err := p.store.Lookup(p.last.Keys[d.Node.Address])
		if err != nil {
			continue
		}
		switch d.Node.Kind.Name {
		case sagemaker.Train.Name:
			if data, err := p.store.Read(record.Outputs["job.json"], maxJob); err == nil {
				if job, err := sagemaker.ReadJob(data); err == nil && job.Instance == p.study.Trainer.SageMaker.Instances[0] {
					trainings = append(trainings, job.Billable)
				}
			}
		case sagemaker.Judge.Name:
			judgings = append(judgings, record.Took.Seconds())
		}
	}
	return mean(trainings), mean(judgings)
}

const maxJob = 1 << 20 // bytes of job.json

func mean(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	total := 0.0
	for _, v := range list {
		total += v
	}
	return total / float64(len(list))
}

// costing is a bill for machines, or nil where nothing would cost anything.
func (b bill) costing() *view.Costing {
	if len(b.items) == 0 {
		return nil
	}
	usd, known := price.Sum(b.items)
	c := &view.Costing{USD: usd, Known: known, Date: b.prices.Date, Source: b.prices.Source}
	for _, i := range b.items {
		c.AtMost = c.AtMost || i.UpperBound
	}
	return c
}

// text says what a bill comes to.
func (b bill) text() string {
	usd, known := price.Sum(b.items)
	most := "about"
	hours := 0.0
	for _, i := range b.items {
		hours += i.Seconds * float64(i.Count) / 3600
		if i.UpperBound {
			most = "at most"
		}
	}
	if !known {
		return fmt.Sprintf("Cloud: %s %.1f machine hours; not every price is known (prices of %s).", most, hours, b.prices.Date)
	}
	return fmt.Sprintf("Cloud: %s %.2f USD for %.1f machine hours (prices of %s: %s).", most, usd, hours, b.prices.Date, b.prices.Source)
}

// withinBudget refuses a plan that could cost more than the study allows.
func (p *project) withinBudget(ctx context.Context, plan *engine.Plan) error {
	limit := p.study.Budget
	if limit == nil || p.study.Trainer.SageMaker == nil {
		return nil
	}
	b, err := p.estimate(ctx, plan)
	if err != nil {
		return err
	}
	usd, known := price.Sum(b.items)
	at := limit.Where["max_usd"]
	if !known {
		return step.WithHint(fmt.Errorf("the budget of %.2f USD (%s:%d) cannot be kept: no price is known for what would run in %s", limit.MaxUSD, at.File, at.Line, p.study.Trainer.SageMaker.Region),
			"write live = true into the budget, or name a file with prices")
	}
	if usd > limit.MaxUSD {
		return step.WithHint(fmt.Errorf("this could cost %.2f USD, more than the budget of %.2f USD (%s:%d); nothing was run", usd, limit.MaxUSD, at.File, at.Line),
			"raise max_usd, lower max_runtime, or choose fewer resolutions")
	}
	return nil
}
