package standin

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// This file is the life of a training job. Everything here runs with the server's lock held.

// begin waits for an instance. One from a warm pool takes less time.
func (j *job) begin() {
	wait := j.server.waits.Start
	if other := j.server.warmPool(j); other != nil {
		other.pool, other.reusedBy, other.poolEnded = poolReused, j.name, j.server.now()
		wait = j.server.waits.Reuse
	}
	if j.asked.ResourceConfig.KeepAlivePeriodInSeconds > 0 && j.server.limit(j.poolUsage()) > 0 {
		j.pool = poolInUse
	}
	j.enter("Starting", "Starting the training job")
	if j.asked.EnableManagedSpotTraining {
		j.server.after(time.Duration(j.asked.StoppingCondition.MaxWaitTimeInSeconds)*time.Second,
			func() {
				if !j.terminal() && j.status != "Stopping" {
					j.stop("MaxWaitTimeExceeded")
				}
			})
	}
	j.later(wait, j.provisioned)
}

// later schedules do, unless the job takes another turn before then.
func (j *job) later(d time.Duration, do func()) {
	turn := j.turn
	j.server.after(d, func() {
		if j.turn == turn {
			do()
		}
	})
}

// enter enters a secondary status.
func (j *job) enter(secondary, message string) {
	now := stamp(j.server.now())
	if n := len(j.history); n > 0 {
		j.history[n-1].EndTime = now
	}
	j.secondary, j.changed = secondary, time.Time(now)
	j.history = append(j.history,
		transition{Status: secondary, StartTime: now, StatusMessage: message})
}

func (j *job) provisioned() {
	switch {
	case j.fault.Capacity:
		j.fail(
			"CapacityError: Unable to provision requested ML compute capacity. Please retry " +
				"using a different ML instance type.")
		return
	case j.fault.Starved && j.asked.EnableManagedSpotTraining:
		return // until MaxWaitTimeInSeconds is over
	}
	j.spanBegan = j.server.now()
	if j.started.IsZero() {
		j.started = j.spanBegan
	}
	left := time.Duration(j.asked.StoppingCondition.MaxRuntimeInSeconds)*time.Second - j.held
	j.later(left, func() { j.stop("MaxRuntimeExceeded") })
	j.enter("Downloading", "Downloading input data")
	j.later(j.server.waits.Download, j.download)
}

func (j *job) download() {
	turn := j.turn
	j.dir = filepath.Join(j.server.dir, "jobs", j.name, strconv.Itoa(j.interruptions))
	var d *dataset
	var err error
	j.server.apart(func() { d, err = j.fetch() }, func() {
		switch {
		case j.turn != turn:
		case err != nil:
			j.enter("Training", "Training image download completed. Training in progress.")
			j.fail(reasonOf("ClientError", err))
		default:
			j.train(d)
		}
	})
}

// train starts the training when the data are there.
func (j *job) train(d *dataset) {
	j.enter("Training", "Training image download completed. Training in progress.")
	j.epochs = d.checkpointed
	j.print = j.server.printer(j)
	j.print.opening(j.asked.HyperParameters, d)
	if err := j.algorithm(d); err != nil {
		j.fail(reasonOf("AlgorithmError", err))
		return
	}
	if replay := j.server.options.Replay; replay != nil {
		if curve, ok := replay(
			Subject{Job: j.name, HyperParameters: j.asked.HyperParameters, Width: d.width,
				Height: d.height}); ok {
			j.replay(curve, d)
			return
		}
	}
	if j.server.options.Train == nil {
		j.fail(internalError)
		return
	}
	j.reallyTrain(d)
}

func (j *job) reallyTrain(d *dataset) {
	ctx, cancel := context.WithCancel(j.server.ctx)
	j.cancel = cancel
	turn := j.turn
	t := &Training{Job: j.name, Image: j.asked.AlgorithmSpecification.TrainingImage,
		HyperParameters: j.asked.HyperParameters,
		Channels:        d.channels, Checkpoints: d.checkpoints, Model: j.modelDir()}
	t.Epoch = func(e Epoch) {
		j.server.mu.Lock()
		defer j.server.mu.Unlock()
		if j.turn == turn && ctx.Err() == nil {
			j.epoch(e, d)
		}
		if j.turn == turn && ctx.Err() == nil {
			j.interrupt()
		}
	}
	t.Log = func(line string) {
		j.server.mu.Lock()
		defer j.server.mu.Unlock()
		if j.turn == turn {
			j.print.line(line)
		}
	}
	var err error
	j.server.asLongAsItTakes(func() {
		if err = os.MkdirAll(t.Model, 0o777); err == nil {
			err = j.server.options.Train(ctx, t)
		}
		err = errors.Join(err, j.putCheckpoints(d))
	}, func() {
		cancel()
		j.cancel = nil
		switch {
		case j.status == "Stopping":
			j.later(j.server.waits.Stop, j.save)
		case j.turn != turn:
		case err != nil:
			j.fail(reasonOf("AlgorithmError", err))
		default:
			j.trained()
		}
	})
}

func (j *job) modelDir() string { return filepath.Join(j.dir, "model") }

// epoch handles the end of an epoch: its log lines, its metrics, and the faults that are due.
func (j *job) epoch(e Epoch, d *dataset) {
	validation := e.validation(j.epochs, d.batch)
	j.print.epoch(j.epochs, e.Train, validation, d)
	j.epochs++
	now := stamp(j.server.now())
	j.metrics = append(j.metrics, metric{trainAccuracy, float32(e.Train), now},
		metric{validationAccuracy, float32(validation), now})
	if j.fault.Stalls > 0 && j.epochs == j.fault.Stalls {
		j.print.stall()
	}
	if j.epochs == j.fault.Dies {
		j.fail(cmp.Or(j.fault.Reason, internalError))
	}
}

// internalError is the FailureReason of an internal failure of the service.
const internalError = "InternalServerError: We encountered an internal error. Please try again."

// interrupt reclaims the spot instance, if that is due. Epochs without a checkpoint are trained
// again.
func (j *job) interrupt() {
	if j.interruptions == len(j.fault.Interrupted) || !j.asked.EnableManagedSpotTraining ||
		j.epochs != j.fault.Interrupted[j.interruptions] {
		return
	}
	j.print.close()
	j.leave()
	j.interruptions++
	j.enter("Interrupted", "Training job interrupted")
	j.later(j.server.waits.Start, func() {
		j.enter("Starting", "Preparing the instances for training")
		j.later(j.server.waits.Start, j.provisioned)
	})
}

// leave releases the instance. What is scheduled, and what runs on it, is cancelled.
func (j *job) leave() {
	j.turn++
	if j.cancel != nil {
		j.cancel()
	}
	if !j.spanBegan.IsZero() {
		j.held += j.server.now().Sub(j.spanBegan)
		j.spanBegan = time.Time{}
	}
}

func (j *job) trained() {
	j.print.close()
	j.enter("Uploading", "Uploading generated training model")
	j.later(j.server.waits.Upload, func() {
		j.upload(func() { j.finish("Completed", "Completed", "Training job completed") })
	})
}

// upload uploads the model.
func (j *job) upload(done func()) {
	uri := j.output()
	if j.fault.Lost {
		j.modelURI = uri
		done()
		return
	}
	turn := j.turn
	var err error
	j.server.apart(func() { err = j.server.putModel(uri, j.modelDir()) }, func() {
		switch {
		case j.turn != turn:
		case err != nil:
			j.fail(reasonOf("ClientError", err))
		default:
			j.modelURI = uri
			done()
		}
	})
}

// stop stops a job early. What it has saved until then is its model.
func (j *job) stop(outcome string) {
	j.turn++
	j.outcome = outcome
	if j.spanBegan.IsZero() {
		j.finish("Stopped", outcome, "Training job stopped")
		return
	}
	j.status = "Stopping"
	j.enter("Stopping", "Stopping the training job")
	if j.cancel != nil {
		j.cancel() // SIGTERM: save runs when the training has returned
		return
	}
	j.later(min(j.server.waits.Stop, 120*time.Second), j.save)
}

// save uploads what a stopped training left. A job that left nothing names an object nevertheless.
func (j *job) save() {
	if files, err := os.ReadDir(j.modelDir()); err != nil || len(files) == 0 {
		j.modelURI = j.output()
		j.finish("Stopped", j.outcome, "Training job stopped")
		return
	}
	j.upload(func() { j.finish("Stopped", j.outcome, "Training job stopped") })
}

func (j *job) fail(reason string) {
	j.reason = reason
	j.finish("Failed", "Failed", "Training job failed")
}

func (j *job) finish(status, secondary, message string) {
	j.leave()
	j.status = status
	j.enter(secondary, message)
	j.history[len(j.history)-1].EndTime = j.history[len(j.history)-1].StartTime
	if !j.started.IsZero() {
		j.ended = j.server.now()
	}
	if j.print != nil {
		j.print.close()
	}
	j.keepWarm()
	dir := filepath.Join(j.server.dir, "jobs", j.name)
	j.server.apart(func() { os.RemoveAll(dir) }, func() {})
}

// maxReason bounds a FailureReason, in characters.
const maxReason = 1024

// reasonOf returns the FailureReason of an error: whose fault it is, and what went wrong.
func reasonOf(class string, err error) string {
	if c, ok := errors.AsType[*clientError](err); ok {
		class, err = "ClientError", c.err
	}
	text := []rune(class + ": " + err.Error())
	return string(text[:min(len(text), maxReason)])
}

// A said is an error in the service's own words, which begin with a capital and may end with a
// period.
type said string

func (s said) Error() string { return string(s) }

// A clientError is an error of the user's.
type clientError struct{ err error }

func (e *clientError) Error() string { return e.err.Error() }
func (e *clientError) Unwrap() error { return e.err }
