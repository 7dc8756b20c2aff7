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
		outcome, err := w.attempt(ctx, attempt)
		if err != nil || outcome == completed {
			return err
		}
		if attempt >= t.cloud.settings.Attempts {
			return step.WithHint(fmt.Errorf("%d jobs failed; the last, %s: %s", attempt, w.name, w.reason), "apply again later with a higher max_attempts, or name other instance types in fallback")
		}
		w.warn(fmt.Sprintf("job %s: %s; trying again", w.name, w.reason))
		if err := t.cloud.waiter().wait(ctx, true); errors.Is(err, errInterrupted) {
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

	name             string // of the present job
	number           int    // of the present attempt
	capacityFailures int    // attempts that ended for want of capacity
	reason           string // why the last one ended badly
	started          bool   // the present job was begun by this process
	log              *jobLog
}

func (w *training) warn(text string) { w.job.Report(step.Progress{Warning: maskKeys(text)}) }

func (w *training) resource() ledger.Resource {
	s := w.cloud.settings
	return ledger.Resource{Kind: ledger.Job, Name: w.name, Region: s.Region, Profile: s.Profile, Key: w.job.Key, Address: w.job.Address}
}

// attempt finds the job of an attempt or begins it, follows it to its end, and takes its result.
func (w *training) attempt(ctx context.Context, number int) (outcome, error) {
	w.name, w.number, w.started = sagemaker.JobName(w.job.Key, number), number, false
	d, err := w.describe(ctx)
	if err != nil {
		return failed, err
	}
	if d == nil {
		if err := w.startJob(ctx); err != nil {
			return failed, err
		}
	} else if err := w.checkOwner(d); err != nil {
		return failed, err
	} else if end, reason := jobOutcome(d); end == stopped || w.hasMoreTime(d) {
		w.reason = reason // it ended before this apply began, which is a wish for another
		return retryable, w.recordGone()
	}
	return w.follow(ctx)
}

// hasMoreTime tells whether a job ran out of a time that is longer now.
func (w *training) hasMoreTime(d *api.DescribeTrainingJobOutput) bool {
	end, _ := jobOutcome(d)
	return end == failed && d.SecondaryStatus == "MaxRuntimeExceeded" && int(runtimeLimit(d)) < w.cloud.settings.MaxRuntime
}

// describe asks for the present job; nil says that there is none.
func (w *training) describe(ctx context.Context) (d *api.DescribeTrainingJobOutput, err error) {
	err = w.cloud.withCredentials(ctx, w.warn, func() error {
		d, err = w.cloud.api().DescribeTrainingJob(ctx, &api.DescribeTrainingJobInput{TrainingJobName: &w.name})
		return err
	})
	if isNotFound(err) {
		return nil, nil
	}
	return d, w.detached(err)
}

// checkOwner refuses a job of our name that somebody made for something else.
func (w *training) checkOwner(d *api.DescribeTrainingJobOutput) error {
	want := w.params.Strings(len(w.data.Classes), container.Sum(w.data.Train))
	if maps.Equal(d.HyperParameters, want) {
		return nil
	}
	return step.WithHint(fmt.Errorf("there is a training job %s with other hyperparameters; it is not of this study", w.name),
		"delete it, if you know what it is: snellen cloud clean "+w.name)
}

// startJob uploads the dataset and begins the present job. Where somebody else begins it meanwhile, it is theirs and ours.
func (w *training) startJob(ctx context.Context) error {
	if w.channels == nil {
		var channels []sagemaker.Channel
		err := w.cloud.withCredentials(ctx, w.warn, func() (err error) {
			channels, err = w.cloud.uploadDataset(ctx, w.job, w.params.Format)
			return err
		})
		if err != nil {
			return w.detached(err)
		}
		w.channels = channels
	}
	if w.cloud.stopped() {
		return step.Detached("no job was begun")
	}
	instances := w.cloud.settings.Instances
	wait := w.cloud.waiter()
	for try := w.capacityFailures % len(instances); ; {
		err := w.createJob(ctx, instances[try])
		limit, waits, refused := quotaLimit(err)
		switch {
		case err == nil, isNameInUse(err):
			w.started = err == nil
			return w.cloud.ledger.Write(ledger.Created, w.resource())
		case refused && try+1 < len(instances):
			try++
			w.warn(fmt.Sprintf("no quota for %s (%s); trying %s", instances[try-1], limit, instances[try]))
		case refused && waits:
			w.job.Report(step.Progress{Log: "waiting for quota: " + limit})
			if err := wait.wait(ctx, true); err != nil {
				return w.detached(err)
			}
		case refused:
			return step.WithHint(errors.Join(err, w.recordGone()), "ask AWS for a higher quota, or name another instance type: snellen cloud check")
		default:
			return errors.Join(w.detached(err), w.withdrawIntent(err))
		}
	}
}

// withdrawIntent takes an intent back where the service said no; where nothing is known, it stays.
func (w *training) withdrawIntent(err error) error {
	if name, _ := errorCode(err); name == "" || isTransient(err) {
		return nil
	}
	return w.recordGone()
}

func (w *training) createJob(ctx context.Context, instance string) error {
	o := sagemaker.JobSpec{
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
	return w.cloud.withCredentials(ctx, w.warn, func() error {
		_, err := w.cloud.api().CreateTrainingJob(ctx, in)
		return err
	})
}

func (w *training) recordGone() error { return w.cloud.ledger.Write(ledger.Gone, w.resource()) }

// detached makes of an interrupted wait the error of a job that runs on.
func (w *training) detached(err error) error {
	if errors.Is(err, errInterrupted) {
		return step.Detached(fmt.Sprintf("job %s runs on in %s; to follow it, apply again; to end it, type: snellen cloud stop %s", w.name, w.cloud.settings.Region, w.name))
	}
	return err
}

// follow waits for the present job's end, telling what its log says. The end is what the service says.
func (w *training) follow(ctx context.Context) (outcome, error) {
	w.log = &jobLog{cloud: w.cloud, jobs: w.checkpointJobs(), epochs: w.params.Epochs, report: w.job.Report}
	w.log.parser.Samples, w.log.parser.Batch = container.Sum(w.data.Train), w.params.MiniBatchSize
	deadline := time.Now().Add(w.cloud.visibilityTimeout())
	wait, status, interruptible := w.cloud.waiter(), "", true
	for {
		d, err := w.describe(ctx)
		if err != nil {
			return failed, err
		}
		if d == nil && time.Now().After(deadline) {
			return failed, errors.Join(fmt.Errorf("job %s is gone: it was deleted, or never began", w.name), w.recordGone())
		}
		if d != nil {
			if now := string(d.SecondaryStatus); now != status {
				status = now
				wait.reset()
				w.job.Report(step.Progress{Log: "job " + w.name + ": " + container.Clean(now)})
			}
			if err := w.readLog(ctx); err != nil {
				return failed, err
			}
			if end, reason := jobOutcome(d); end != running {
				return w.finish(ctx, d, end, reason)
			}
		}
		if err := wait.wait(ctx, interruptible); errors.Is(err, errInterrupted) && w.cloud.settings.OnInterrupt == "stop" {
			interruptible = false
			if err := w.stopJob(ctx); err != nil {
				return failed, err
			}
		} else if err != nil {
			return failed, w.detached(err)
		}
	}
}

// checkpointJobs are the jobs that share the present one's checkpoints, and it: each went on where the one before it was.
func (w *training) checkpointJobs() []string {
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
	return w.detached(w.cloud.withCredentials(ctx, w.warn, func() error {
		_, err := w.log.read(ctx)
		return err
	}))
}

func (w *training) stopJob(ctx context.Context) error {
	w.warn("stopping job " + w.name)
	err := w.cloud.withCredentials(ctx, w.warn, func() error {
		_, err := w.cloud.api().StopTrainingJob(ctx, &api.StopTrainingJobInput{TrainingJobName: &w.name})
		return err
	})
	if isAlreadyEnded(err) {
		return nil
	}
	return err
}

// finish does what a job's end asks for.
func (w *training) finish(ctx context.Context, d *api.DescribeTrainingJobOutput, end outcome, reason string) (outcome, error) {
	w.reason = maskKeys(reason)
	switch end {
	case completed:
		if err := w.writeOutputs(ctx, d); err != nil {
			return failed, err
		}
		return completed, w.recordGone()
	case noCapacity:
		w.capacityFailures++
		return retryable, w.recordGone()
	case retryable:
		return retryable, w.recordGone()
	case stopped:
		err := fmt.Errorf("job %s was stopped", w.name)
		if w.cloud.stopped() {
			err = step.Detached(err.Error())
		}
		return failed, errors.Join(err, w.recordGone())
	}
	err := fmt.Errorf("job %s failed: %s", w.name, w.reason)
	hint := "it would fail again, so it is not tried again; when its cause is mended, delete it: snellen cloud clean " + w.name + "; then apply again"
	if d.SecondaryStatus == "MaxRuntimeExceeded" {
		hint = fmt.Sprintf("raise max_runtime over %d, and apply again", aws.ToInt32(d.StoppingCondition.MaxRuntimeInSeconds))
	}
	return failed, errors.Join(step.WithHint(err, hint), w.recordGone())
}
