package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/ledger"
	"snellen/steps/sagemaker/price"
	"snellen/steps/study"
	"snellen/steps/worker"
)

// CloudDir returns where the store keeps the journal of cloud resources.
func (p *Project) CloudDir() string { return filepath.Join(p.Store.Dir(), "cloud") }

// cloudSession returns what a worker must know of a study that trains on SageMaker.
func (p *Project) cloudSession() (*sagemaker.Session, error) {
	s := &sagemaker.Session{Settings: p.Study.Trainer.SageMaker, Dir: p.CloudDir()}
	if text := os.Getenv("SNELLEN_CLOUD_POLL"); text != "" {
		poll, err := time.ParseDuration(text)
		if err != nil || poll <= 0 {
			return nil, step.WithHint(fmt.Errorf("SNELLEN_CLOUD_POLL is %q, which is not a time",
				text), "write it like 5s")
		}
		s.Poll = poll
	}
	return s, nil
}

// cloudWorker returns a worker for a session. It is not started yet.
func (p *Project) cloudWorker(s *sagemaker.Session) (*worker.Shared, error) {
	start, err := p.workerStart()
	start.Setup, start.Grace = study.Setup{Cloud: s}, sagemaker.CleanupTimeout+10*time.Second
	return worker.NewShared(start), err
}

// Account returns the study's SageMaker account, and a function that ends the worker which asks it.
func (p *Project) Account(warn func(string)) (sagemaker.Account, func(), error) {
	s, err := p.cloudSession()
	if err != nil {
		return sagemaker.Account{}, nil, err
	}
	w, err := p.cloudWorker(s)
	return sagemaker.Account{Ask: w.Ask, Warn: warn}, w.Close, err
}

// CloudRunners adds what runs the steps of a study that trains on SageMaker, and returns what ends
// it. Nothing new is started there once stop is closed.
func (p *Project) CloudRunners(ctx context.Context, all map[string]step.Runner, plan *engine.Plan,
	stop <-chan struct{}) (end func(), err error) {
	if p.Study.Trainer.SageMaker == nil {
		return func() {}, nil
	}
	bill, err := p.Estimate(ctx, plan)
	if err != nil {
		return nil, err
	}
	s, err := p.cloudSession()
	if err != nil {
		return nil, err
	}
	s.Prices, s.Estimates = bill.Prices, map[string]float64{}
	for _, i := range bill.Items {
		s.Estimates[i.Address] = i.USD
	}
	w, err := p.cloudWorker(s)
	if err != nil {
		return nil, err
	}
	for _, k := range []*step.Kind{sagemaker.Train, sagemaker.Judge} {
		all[k.Name] = w.Runner(k.Name)
	}
	over := make(chan struct{})
	go func() {
		select {
		case <-stop:
			w.Stop()
		case <-over:
		}
	}()
	return func() { close(over); w.Close() }, nil
}

// Sweep removes what a crashed apply left behind: beside the spec, in the store, and endpoints. Where
// these cannot be deleted, it warns: results are results.
func (p *Project) Sweep(ctx context.Context, warn func(string)) {
	Tidy(p.Study.File)
	p.Store.Sweep() // what it cannot remove stays for the next apply
	if ctx.Err() != nil {
		return // the next apply does it
	}
	orphans, damage, err := sagemaker.Orphans(p.CloudDir())
	if err != nil {
		warn(err.Error())
	}
	if damage != "" {
		warn(damage)
	}
	if len(orphans) == 0 {
		return
	}
	if p.Study.Trainer.SageMaker != nil {
		account, end, err := p.Account(warn)
		if err == nil {
			err = account.DeleteOrphans(ctx, orphans)
			end()
		}
		if err != nil {
			warn(err.Error())
		}
		if orphans, _, err = sagemaker.Orphans(p.CloudDir()); err != nil {
			warn(err.Error())
		}
	}
	for _, r := range orphans {
		if r.Kind == ledger.Endpoint {
			warn(fmt.Sprintf("endpoint %s in %s, which an apply of %s left behind, may still "+
				"cost money; apply that study again, or type snellen cloud clean beside it",
				r.Name, r.Region, r.Address))
		}
	}
}

// A Bill is what a plan would cost in the cloud.
type Bill struct {
	Items  []price.Item
	Prices *price.Table
}

// Estimate prices the steps of a plan that would run in the cloud, by what such steps took before.
// Where that is not known, it takes the most that they can take.
func (p *Project) Estimate(ctx context.Context, plan *engine.Plan) (Bill, error) {
	var b Bill
	c := p.Study.Trainer.SageMaker
	if c == nil {
		return b, nil
	}
	var err error
	if p.table == nil {
		if p.table, err = p.prices(ctx); err != nil {
			return b, err
		}
	}
	b.Prices = p.table
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
			b.Items = append(b.Items, b.Prices.Estimate(item, c.Region, price.Training))
		case sagemaker.Judge.Name:
			// an endpoint that is there, or one without instances
			if len(d.Node.Inputs) == 1 || c.Serving.MemoryMB > 0 {
				continue
			}
			item.Instance, item.Count, item.Seconds = c.Serving.Instance, c.Serving.Count, judged
			if judged == 0 {
				item.Seconds, item.UpperBound = float64(c.Serving.MaxWait), true
			}
			b.Items = append(b.Items, b.Prices.Estimate(item, c.Region, price.Hosting))
		}
	}
	return b, nil
}

// prices returns the prices that the study's budget names: live ones, a file's, or the built-in
// ones.
func (p *Project) prices(ctx context.Context) (*price.Table, error) {
	switch b := p.Study.Budget; {
	case b == nil:
		return price.BuiltIn(), nil
	case b.Live:
		account, end, err := p.Account(func(string) {})
		if err != nil {
			return nil, err
		}
		defer end()
		return account.Prices(ctx)
	case b.Prices != "":
		return price.Read(b.Prices)
	}
	return price.BuiltIn(), nil
}

// history returns how many seconds training and judging took on average in the study's records; 0
// where there are none.
func (p *Project) history(plan *engine.Plan) (trained, judged float64) {
	var trainings, judgings []float64
	for _, d := range plan.Decisions {
		record, err := p.Store.Lookup(p.Last.Keys[d.Node.Address])
		if err != nil {
			continue
		}
		switch d.Node.Kind.Name {
		case sagemaker.Train.Name:
			if data, err := p.Store.Read(record.Outputs["job.json"], maxJob); err == nil {
				if job, err := sagemaker.ReadJob(data); err == nil &&
					job.Instance == p.Study.Trainer.SageMaker.Instances[0] {
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

// Text returns the bill's total in words.
func (b Bill) Text() string {
	usd, known := price.Sum(b.Items)
	most := "about"
	hours := 0.0
	for _, i := range b.Items {
		hours += i.Seconds * float64(i.Count) / 3600
		if i.UpperBound {
			most = "at most"
		}
	}
	if !known {
		return fmt.Sprintf("Cloud: %s %.1f machine hours; not every price is known (prices of %s).",
			most, hours, b.Prices.Date)
	}
	return fmt.Sprintf("Cloud: %s %.2f USD for %.1f machine hours (prices of %s: %s).", most, usd,
		hours, b.Prices.Date, b.Prices.Source)
}

// WithinBudget refuses a plan that could cost more than the study allows.
func (p *Project) WithinBudget(ctx context.Context, plan *engine.Plan) error {
	limit := p.Study.Budget
	if limit == nil || p.Study.Trainer.SageMaker == nil {
		return nil
	}
	b, err := p.Estimate(ctx, plan)
	if err != nil {
		return err
	}
	usd, known := price.Sum(b.Items)
	at := limit.Where["max_usd"]
	if !known {
		err := fmt.Errorf("the budget of %.2f USD (%s:%d) cannot be kept: "+
			"no price is known for what would run in %s",
			limit.MaxUSD, at.File, at.Line, p.Study.Trainer.SageMaker.Region)
		return step.WithHint(err,
			"write live = true into the budget, or name a file with prices")
	}
	if usd > limit.MaxUSD {
		err := fmt.Errorf("this could cost %.2f USD, more than the budget of %.2f USD (%s:%d); "+
			"nothing was run",
			usd, limit.MaxUSD, at.File, at.Line)
		return step.WithHint(err,
			"raise max_usd, lower max_runtime, or choose fewer resolutions")
	}
	return nil
}
