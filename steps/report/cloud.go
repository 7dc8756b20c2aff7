package report

import (
	"fmt"
	"time"

	"snellen/steps/report/document"
)

// cloud reads how a training on SageMaker went; nil where it was trained here. What such a training took is what the
// service says, not how long an apply waited for it.
func (in reader) cloud(address string, t *training) error {
	var c document.Cloud
	ok, err := in.json(address, "job.json", &c)
	if err != nil || !ok {
		return err
	}
	t.cloud, t.took = &c, time.Duration(c.Seconds*float64(time.Second))
	return nil
}

// cloudText compares what was paid for with what was expected, or is "" where nothing was trained in the cloud.
func (r *Report) cloudText() string {
	jobs, billed, paid, expected := 0, 0.0, 0.0, 0.0
	priced, date := true, ""
	for i := range r.found.resolutions {
		f := &r.found.resolutions[i]
		trainings := []*training{f.other}
		for _, run := range f.runs {
			trainings = append(trainings, run.training)
		}
		for _, t := range trainings {
			if t == nil || t.cloud == nil {
				continue
			}
			c := t.cloud
			jobs++
			billed += c.Billable * float64(c.Count)
			paid, expected = paid+c.BilledUSD, expected+c.EstimatedUSD
			priced, date = priced && c.PriceDate != "", c.PriceDate
		}
	}
	if jobs == 0 {
		return ""
	}
	text := fmt.Sprintf("Cloud: %d training jobs, %.0f s billed", jobs, billed)
	if jobs == 1 {
		text = fmt.Sprintf("Cloud: one training job, %.0f s billed", billed)
	}
	if !priced {
		return text + "; not every price is known."
	}
	text += fmt.Sprintf(", %.2f USD by the prices of %s", paid, date)
	if expected > 0 {
		text += fmt.Sprintf(", where at most %.2f USD were expected", expected)
	}
	return text + "."
}
