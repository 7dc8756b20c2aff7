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

// Run trains one network. It returns step.Detached if it was interrupted while a job runs on; a
// later run then finds the job by its name.
func (t trainer) Run(ctx context.Context, job *step.Job) error {
	w := &training{cloud: t.cloud, job: job}
	if err := json.Unmarshal(job.Params, &w.params); err != nil {
		return err
	}
	var err error
	w.data, err = container.ReadDataset(job.Inputs["dataset"], w.params.MiniBatchSize)
	if err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		outcome, err := w.attempt(ctx, attempt)
		if err != nil || outcome == completed {
			return err
		}
		if attempt >= t.cloud.settings.Attempts {
			return step.WithHint(
				fmt.Errorf("%d jobs failed; the last, %s: %s", attempt, w.name, w.reason),
				"apply again later with a higher max_attempts, "+
					"or name other instance types in fallback")
		}
		w.warn(fmt.Sprintf("job %s: %s; trying again", w.name, w.reason))
		if err := t.cloud.waiter().wait(ctx, true); errors.Is(err, errInterrupted) {
			return step.Detached("no other job was started")
		} else if err != nil {
			return err
		}
	}
}

// A training is the work of one step: one job, or several in sequence if jobs fail.
type training struct {
	cloud    *Cloud
	job      *step.Job
	params   sagemaker.TrainParams
	data     frames.Summary
	channels []sagemaker.Channel // once uploaded

	name             string // of the current job
	number           int    // of the current attempt, from 1
	capacityFailures int    // attempts that found no capacity
	reason           string // why the last job failed
	log              *jobLog
}

// warn reports a warning, without access keys.
func (w *training) warn(text string) { w.job.Report(step.Progress{Warning: maskKeys(text)}) }

func (w *training) resource() ledger.Resource {
	s := w.cloud.settings
	return ledger.Resource{Kind: ledger.Job, Name: w.name, Region: s.Region, Profile: s.Profile,
		Key: w.job.Key, Address: w.job.Address}
}

// attempt finds or starts the job of an attempt, follows it to its end, and writes its outputs.
func (w *training) attempt(ctx context.Context, number int) (outcome, error) {
	w.name, w.number = sagemaker.JobName(w.job.Key, number), number
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
		w.reason = reason // it ended before this apply, so the user wants another one
		return retryable, w.recordGone()
	}
	return w.follow(ctx)
}

// hasMoreTime reports whether a job exceeded a time limit that the spec has raised since.
func (w *training) hasMoreTime(d *api.DescribeTrainingJobOutput) bool {
	end, _ := jobOutcome(d)
	return end == failed && d.SecondaryStatus == "MaxRuntimeExceeded" &&
		int(runtimeLimit(d)) < w.cloud.settings.MaxRuntime
}

// describe returns the current job, or nil if it does not exist.
func (w *training) describe(ctx context.Context) (d *api.DescribeTrainingJobOutput, err error) {
	err = w.cloud.withCredentials(ctx, w.warn, func() error {
		d, err = w.cloud.api().DescribeTrainingJob(ctx,
			&api.DescribeTrainingJobInput{TrainingJobName: &w.name})
		return err
	})
	if isNotFound(err) {
		return nil, nil
	}
	return d, w.detached(err)
}

// checkOwner refuses a job that has our name but other hyperparameters: somebody else made it.
func (w *training) checkOwner(d *api.DescribeTrainingJobOutput) error {
	want := w.params.Strings(len(w.data.Classes), container.Sum(w.data.Train))
	if maps.Equal(d.HyperParameters, want) {
		return nil
	}
	return step.WithHint(
		fmt.Errorf("training job %s exists with other hyperparameters; "+
			"it does not belong to this study", w.name),
		"delete it, if you know what it is: snellen cloud clean "+w.name)
}

// startJob uploads the dataset and creates the current job. If somebody else creates it at the same
// time, both follow it. If an instance type has no quota, the next one of the spec is tried; if the
// last one's quota is in use, startJob waits.
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
		return step.Detached("no job was started")
	}
	instances := w.cloud.settings.Instances
	wait := w.cloud.waiter()
	for try := w.capacityFailures % len(instances); ; {
		err := w.createJob(ctx, instances[try])
		limit, waits, refused := quotaLimit(err)
		switch {
		case err == nil, isNameInUse(err):
			return w.cloud.ledger.Write(ledger.Created, w.resource())
		case refused && try+1 < len(instances):
			try++
			w.warn(fmt.Sprintf("no quota for %s (%s); trying %s",
				instances[try-1], limit, instances[try]))
		case refused && waits:
			w.job.Report(step.Progress{Log: "waiting for quota: " + limit})
			if err := wait.wait(ctx, true); err != nil {
				return w.detached(err)
			}
		case refused:
			return step.WithHint(errors.Join(err, w.recordGone()),
				"ask AWS for a higher quota, or name another instance type: snellen cloud check")
		default:
			return errors.Join(w.detached(err), w.withdrawIntent(err))
		}
	}
}

// withdrawIntent clears the ledger's intent if the service refused the job. If it is not known
// whether the job exists, the intent stays.
func (w *training) withdrawIntent(err error) error {
	if name, _ := errorCode(err); name == "" || isTransient(err) {
		return nil
	}
	return w.recordGone()
}

// createJob makes the call. The intent is written to the ledger first.
func (w *training) createJob(ctx context.Context, instance string) error {
	o := sagemaker.JobSpec{
		Settings: w.cloud.settings, Params: w.params, Name: w.name, Key: w.job.Key,
		Address:  w.job.Address,
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

// recordGone records that the current job costs nothing any more.
func (w *training) recordGone() error { return w.cloud.ledger.Write(ledger.Gone, w.resource()) }

// detached turns an interrupted wait into step.Detached, which says that the job keeps running.
func (w *training) detached(err error) error {
	if errors.Is(err, errInterrupted) {
		return step.Detached(fmt.Sprintf("job %s is still running in %s; "+
			"to follow it, apply again; to stop it, type: snellen cloud stop %s",
			w.name, w.cloud.settings.Region, w.name))
	}
	return err
}

// follow polls the current job until it ends, and reports its log. Only the service's status
// decides that it has ended, not the log.
func (w *training) follow(ctx context.Context) (outcome, error) {
	w.log = &jobLog{cloud: w.cloud, jobs: w.checkpointJobs(), epochs: w.params.Epochs,
		report: w.job.Report}
	w.log.parser.Samples, w.log.parser.Batch = container.Sum(w.data.Train), w.params.MiniBatchSize
	deadline := time.Now().Add(w.cloud.visibilityTimeout())
	wait, status, interruptible := w.cloud.waiter(), "", true
	for {
		d, err := w.describe(ctx)
		if err != nil {
			return failed, err
		}
		if d == nil && time.Now().After(deadline) {
			err := fmt.Errorf("job %s is gone: it was deleted, or was never started", w.name)
			return failed, errors.Join(err, w.recordGone())
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
		if err := wait.wait(ctx, interruptible); errors.Is(err, errInterrupted) &&
			w.cloud.settings.OnInterrupt == "stop" {
			interruptible = false
			if err := w.stopJob(ctx); err != nil {
				return failed, err
			}
		} else if err != nil {
			return failed, w.detached(err)
		}
	}
}

// checkpointJobs returns the jobs that share checkpoints, in order, ending with the current one.
// Each resumed where the one before it stopped.
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

// stopJob stops the current job. One that has already ended is no error.
func (w *training) stopJob(ctx context.Context) error {
	w.warn("stopping job " + w.name)
	err := w.cloud.withCredentials(ctx, w.warn, func() error {
		_, err := w.cloud.api().StopTrainingJob(ctx,
			&api.StopTrainingJobInput{TrainingJobName: &w.name})
		return err
	})
	if isAlreadyEnded(err) {
		return nil
	}
	return err
}

// finish handles the end of a job: it writes the outputs, or returns the error and what to do.
// retryable asks for another attempt.
func (w *training) finish(
	ctx context.Context, d *api.DescribeTrainingJobOutput, end outcome, reason string,
) (outcome, error) {
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
	hint := "it would fail again, so it is not tried again; once the cause is fixed, delete it: " +
		"snellen cloud clean " + w.name + "; then apply again"
	if d.SecondaryStatus == "MaxRuntimeExceeded" {
		hint = fmt.Sprintf("raise max_runtime over %d, and apply again",
			aws.ToInt32(d.StoppingCondition.MaxRuntimeInSeconds))
	}
	return failed, errors.Join(step.WithHint(err, hint), w.recordGone())
}
