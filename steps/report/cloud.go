package report

import (
	"fmt"
	"time"

	"snellen/steps/report/document"
)

// cloud reads the job of a training on SageMaker into t. It changes nothing for a local training.
// The time of a job is what the service reports, not how long an apply waited for it.
func (in reader) cloud(address string, t *training) error {
	var c document.Cloud
	ok, err := in.json(address, "job.json", &c)
	if err != nil || !ok {
		return err
	}
	t.cloud, t.took = &c, time.Duration(c.Seconds*float64(time.Second))
	return nil
}

// jobs returns the cloud jobs of all trainings.
func (r *results) jobs() []*document.Cloud {
	var list []*document.Cloud
	for _, f := range r.resolutions {
		trainings := []*training{f.other}
		for _, run := range f.runs {
			trainings = append(trainings, run.training)
		}
		for _, t := range trainings {
			if t != nil && t.cloud != nil {
				list = append(list, t.cloud)
			}
		}
	}
	return list
}

// cloudText compares the cost of the cloud jobs with the estimate. It returns "" without jobs.
func (r *Report) cloudText() string {
	jobs, billed, paid, expected := 0, 0.0, 0.0, 0.0
	priced, date := true, ""
	for _, c := range r.results.jobs() {
		jobs++
		billed += c.Billable * float64(c.Count)
		paid, expected = paid+c.BilledUSD, expected+c.EstimatedUSD
		priced, date = priced && c.PriceDate != "", c.PriceDate
	}
	if jobs == 0 {
		return ""
	}
	text := fmt.Sprintf("Cloud: %d training jobs, %.0f s billed", jobs, billed)
	if jobs == 1 {
		text = fmt.Sprintf("Cloud: one training job, %.0f s billed", billed)
	}
	if !priced {
		return text + "; some prices are not known."
	}
	text += fmt.Sprintf(", %.2f USD at the prices of %s", paid, date)
	if expected > 0 {
		text += fmt.Sprintf("; the estimate was at most %.2f USD", expected)
	}
	return text + "."
}
