package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"snellen/engine/step"
	"snellen/steps/container"
	"snellen/steps/frames"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/ledger"
)

// Trainer returns the runner of sagemaker.Train steps.
func (c *Cloud) Trainer() step.Runner { return trainer{c} }

type trainer struct{ cloud *Cloud }

func (t trainer) Run(ctx context.Context, job *step.Job) error {
	w := &training{cloud: t.cloud, job: job}
	if err := json.Unmarshal(job.Params, &w.params); err != nil {
		return err
	}
	var err error
	if w.data, err = container.ReadDataset(job.Inputs["dataset"], w.params.MiniBatchSize); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		ended, err := w.attempt(ctx, attempt)
		if err != nil || ended == complete {
			return err
		}
		if attempt >= t.cloud.settings.Attempts {
			return step.WithHint(fmt.Errorf("%d jobs failed; the last, %s: %s", attempt, w.name, w.reason), "apply again later with a higher max_attempts, or name other instance types in fallback")
		}
		w.warn(fmt.Sprintf("job %s: %s; trying again", w.name, w.reason))
		if err := t.cloud.waiter().wait(ctx, true); errors.Is(err, errStop) {
			return step.Detached("no other job was begun")
		} else if err != nil {
			return err
		}
	}
}

// A training is the work of one step: as many jobs, one after the other, as it takes.
type training struct {
	cloud    *Cloud
	job      *step.Job
	params   sagemaker.TrainParams
	data     frames.Summary
	channels []sagemaker.Channel // once uploaded

	name    string // of the present job
	number  int    // of the present attempt
	full    int    // attempts that ended for want of capacity
	reason  string // why the last one ended badly
	started bool   // the present job was begun by this process
	log     *jobLog
}

func (w *training) warn(text string) { w.job.Report(step.Progress{Warning: hide(text)}) }

func (w *training) resource() ledger.Resource {
	s := w.cloud.settings
	return ledger.Resource{Kind: ledger.Job, Name: w.name, Region: s.Region, Profile: s.Profile, Key: w.job.Key, Address: w.job.Address}
}

// attempt finds the job of an attempt or begins it, follows it to its end, and takes its result.
func (w *training) attempt(ctx context.Context, number int) (ending, error) {
	w.name, w.number, w.started = sagemaker.JobName(w.job.Key, number), number, false
	d, err := w.describe(ctx)
	if err != nil {
		return final, err
	}
	if d == nil {
		if err := w.begin(ctx); err != nil {
			return final, err
		}
	} else if err := w.same(d); err != nil {
		return final, err
	} else if end, reason := endOf(d); end == stopped || w.worthMore(d) {
		w.reason = reason // it ended before this apply began, which is a wish for another
		return another, w.gone()
	}
	return w.follow(ctx)
}

// worthMore tells whether a job ran out of a time that is longer now.
func (w *training) worthMore(d *api.DescribeTrainingJobOutput) bool {
	end, _ := endOf(d)
	return end == final && d.SecondaryStatus == "MaxRuntimeExceeded" && int(limitOf(d)) < w.cloud.settings.MaxRuntime
}

// describe asks for the present job; nil says that there is none.
func (w *training) describe(ctx context.Context) (d *api.DescribeTrainingJobOutput, err error) {
	err = w.cloud.ask(ctx, w.warn, func() error {
		d, err = w.cloud.api().DescribeTrainingJob(ctx, &api.DescribeTrainingJobInput{TrainingJobName: &w.name})
		return err
	})
	if missing(err) {
		return nil, nil
	}
	return d, w.left(err)
}

// same refuses a job of our name that somebody made for something else.
func (w *training) same(d *api.DescribeTrainingJobOutput) error {
	want := w.params.Strings(len(w.data.Classes), container.Sum(w.data.Train))
	if maps.Equal(d.HyperParameters, want) {
		return nil
	}
	return step.WithHint(fmt.Errorf("there is a training job %s with other hyperparameters; it is not of this study", w.name),
		"delete it, if you know what it is: snellen cloud clean "+w.name)
}

// begin uploads the dataset and begins the present job. Where somebody else begins it meanwhile, it is theirs and ours.
func (w *training) begin(ctx context.Context) error {
	if w.channels == nil {
		var channels []sagemaker.Channel
		err := w.cloud.ask(ctx, w.warn, func() (err error) {
			channels, err = w.cloud.send(ctx, w.job, w.params.Format)
			return err
		})
		if err != nil {
			return w.left(err)
		}
		w.channels = channels
	}
	if w.cloud.stopped() {
		return step.Detached("no job was begun")
	}
	instances := w.cloud.settings.Instances
	wait := w.cloud.waiter()
	for try := w.full % len(instances); ; {
		err := w.create(ctx, instances[try])
		limit, waits, refused := quota(err)
		switch {
		case err == nil, taken(err):
			w.started = err == nil
			return w.cloud.ledger.Write(ledger.Created, w.resource())
		case refused && try+1 < len(instances):
			try++
			w.warn(fmt.Sprintf("no quota for %s (%s); trying %s", instances[try-1], limit, instances[try]))
		case refused && waits:
			w.job.Report(step.Progress{Log: "waiting for quota: " + limit})
			if err := wait.wait(ctx, true); err != nil {
				return w.left(err)
			}
		case refused:
			return step.WithHint(errors.Join(err, w.gone()), "ask AWS for a higher quota, or name another instance type: snellen cloud check")
		default:
			return errors.Join(w.left(err), w.refused(err))
		}
	}
}

// refused takes an intent back where the service said no; where nothing is known, it stays.
func (w *training) refused(err error) error {
	if name, _ := code(err); name == "" || passing(err) {
		return nil
	}
	return w.gone()
}

func (w *training) create(ctx context.Context, instance string) error {
	o := sagemaker.Order{
		Settings: w.cloud.settings, Params: w.params, Name: w.name, Key: w.job.Key, Address: w.job.Address,
		Instance: instance, Channels: w.channels,
		Hyperparameters: w.params.Strings(len(w.data.Classes), container.Sum(w.data.Train)),
	}
	r, err := o.Request()
	if err != nil {
		return err
	}
	in, err := input[api.CreateTrainingJobInput](r)
	if err != nil {
		return err
	}
	if err := w.cloud.ledger.Write(ledger.Intended, w.resource()); err != nil {
		return err
	}
	return w.cloud.ask(ctx, w.warn, func() error {
		_, err := w.cloud.api().CreateTrainingJob(ctx, in)
		return err
	})
}

func (w *training) gone() error { return w.cloud.ledger.Write(ledger.Gone, w.resource()) }

// left makes of an interrupted wait the error of a job that runs on.
func (w *training) left(err error) error {
	if errors.Is(err, errStop) {
		return step.Detached(fmt.Sprintf("job %s runs on in %s; to follow it, apply again; to end it, type: snellen cloud stop %s", w.name, w.cloud.settings.Region, w.name))
	}
	return err
}

// follow waits for the present job's end, telling what its log says. The end is what the service says.
func (w *training) follow(ctx context.Context) (ending, error) {
	w.log = &jobLog{cloud: w.cloud, jobs: w.lineage(), epochs: w.params.Epochs, report: w.job.Report}
	w.log.parser.Samples, w.log.parser.Batch = container.Sum(w.data.Train), w.params.MiniBatchSize
	unseen := time.Now().Add(w.cloud.patience())
	wait, status, heed := w.cloud.waiter(), "", true
	for {
		d, err := w.describe(ctx)
		if err != nil {
			return final, err
		}
		if d == nil && time.Now().After(unseen) {
			return final, errors.Join(fmt.Errorf("job %s is gone: it was deleted, or never began", w.name), w.gone())
		}
		if d != nil {
			if now := string(d.SecondaryStatus); now != status {
				status = now
				wait.soon()
				w.job.Report(step.Progress{Log: "job " + w.name + ": " + container.Clean(now)})
			}
			if err := w.readLog(ctx); err != nil {
				return final, err
			}
			if end, reason := endOf(d); end != running {
				return w.ended(ctx, d, end, reason)
			}
		}
		if err := wait.wait(ctx, heed); errors.Is(err, errStop) && w.cloud.settings.OnInterrupt == "stop" {
			heed = false
			if err := w.stop(ctx); err != nil {
				return final, err
			}
		} else if err != nil {
			return final, w.left(err)
		}
	}
}

// lineage are the jobs that share the present one's checkpoints, and it: each went on where the one before it was.
func (w *training) lineage() []string {
	if !w.cloud.settings.Spot {
		return []string{w.name}
	}
	var names []string
	for n := range w.number {
		names = append(names, sagemaker.JobName(w.job.Key, n+1))
	}
	return names
}

func (w *training) readLog(ctx context.Context) error {
	return w.left(w.cloud.ask(ctx, w.warn, func() error {
		_, err := w.log.read(ctx)
		return err
	}))
}

func (w *training) stop(ctx context.Context) error {
	w.warn("stopping job " + w.name)
	err := w.cloud.ask(ctx, w.warn, func() error {
		_, err := w.cloud.api().StopTrainingJob(ctx, &api.StopTrainingJobInput{TrainingJobName: &w.name})
		return err
	})
	if over(err) {
		return nil
	}
	return err
}

// ended does what a job's end asks for.
func (w *training) ended(ctx context.Context, d *api.DescribeTrainingJobOutput, end ending, reason string) (ending, error) {
	w.reason = hide(reason)
	switch end {
	case complete:
		if err := w.take(ctx, d); err != nil {
			return final, err
		}
		return complete, w.gone()
	case crowded:
		w.full++
		return another, w.gone()
	case another:
		return another, w.gone()
	case stopped:
		err := fmt.Errorf("job %s was stopped", w.name)
		if w.cloud.stopped() {
			err = step.Detached(err.Error())
		}
		return final, errors.Join(err, w.gone())
	}
	err := fmt.Errorf("job %s failed: %s", w.name, w.reason)
	hint := "it would fail again, so it is not tried again; when its cause is mended, delete it: snellen cloud clean " + w.name + "; then apply again"
	if d.SecondaryStatus == "MaxRuntimeExceeded" {
		hint = fmt.Sprintf("raise max_runtime over %d, and apply again", aws.ToInt32(d.StoppingCondition.MaxRuntimeInSeconds))
	}
	return final, errors.Join(step.WithHint(err, hint), w.gone())
}
