package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"snellen/engine/step"
	"snellen/steps/container"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/price"
)

// writeOutputs writes the step's outputs from a completed job: its model, and what its log reports.
func (w *training) writeOutputs(ctx context.Context, d *api.DescribeTrainingJobOutput) error {
	if err := w.readWholeLog(ctx, d); err != nil {
		return err
	}
	if d.ModelArtifacts == nil {
		return fmt.Errorf("job %s has completed but names no model", w.name)
	}
	var names []string
	err := w.cloud.withCredentials(ctx, w.warn, func() (err error) {
		path := filepath.Join(w.job.Out, "model.tar.gz")
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		names, err = w.cloud.fetch(ctx, aws.ToString(d.ModelArtifacts.S3ModelArtifacts), path)
		return err
	})
	if err != nil {
		return w.detached(err)
	}
	if len(names) == 0 {
		return fmt.Errorf("the model of job %s holds no files", w.name)
	}
	return w.writeFiles(d)
}

// maxQuietReads is how many reads without a new line complete a log, if the service reports no
// final accuracy to compare with.
const maxQuietReads = 3

// readWholeLog reads until the log is complete: lines arrive some seconds after they were printed.
// The service stores the accuracy of the last epoch, which identifies the last line.
func (w *training) readWholeLog(ctx context.Context, d *api.DescribeTrainingJobOutput) error {
	last, known := lastAccuracy(d)
	deadline, wait := time.Now().Add(w.cloud.visibilityTimeout()), w.cloud.waiter()
	for quiet := 0; ; {
		lines := 0
		err := w.cloud.withCredentials(ctx, w.warn, func() error {
			n, err := w.log.read(ctx)
			lines += n
			return err
		})
		if err != nil {
			return w.detached(err)
		}
		if quiet++; lines > 0 {
			quiet = 0
		}
		epochs := w.log.parser.Epochs()
		whole := quiet >= maxQuietReads
		n := len(epochs)
		if n > 0 && known {
			whole = math.Abs(epochs[n-1].Validation-last) < 1e-5
		}
		if n > 0 && whole {
			return nil
		}
		if time.Now().After(deadline) {
			return step.WithHint(
				fmt.Errorf("job %s has completed, but its log is still incomplete: %d epochs",
					w.name, len(epochs)),
				"apply again in a minute: the job is kept, and nothing is paid twice")
		}
		if err := wait.wait(ctx, true); err != nil {
			return w.detached(err)
		}
	}
}

// lastAccuracy returns the validation accuracy of the last epoch. It is known only for jobs on one
// machine: several machines report one each.
func lastAccuracy(d *api.DescribeTrainingJobOutput) (float64, bool) {
	if d.ResourceConfig != nil && aws.ToInt32(d.ResourceConfig.InstanceCount) > 1 {
		return 0, false
	}
	for _, m := range d.FinalMetricDataList {
		if aws.ToString(m.MetricName) == "validation:accuracy" && m.Value != nil {
			return float64(*m.Value), true
		}
	}
	return 0, false
}

// writeFiles writes the curve, summary.json, model.json and job.json.
func (w *training) writeFiles(d *api.DescribeTrainingJobOutput) error {
	schedule, err := w.params.Schedule()
	if err != nil {
		return err
	}
	model := sagemaker.Model{
		Format: "sagemaker", Image: w.params.Image, Classes: w.data.Classes,
		NumLayers: w.params.NumLayers, ImageShape: w.params.ImageShape,
	}
	return errors.Join(
		container.WriteCurve(w.job, &w.log.parser, w.data, w.params.Hyperparameters, schedule.Rate),
		container.WriteJSON(w.job, "model.json", model),
		container.WriteJSON(w.job, "job.json", w.jobRecord(d)),
	)
}

// jobRecord returns the contents of job.json.
func (w *training) jobRecord(d *api.DescribeTrainingJobOutput) sagemaker.Job {
	j := sagemaker.Job{
		Name: w.name, Region: w.cloud.settings.Region, Attempt: w.number,
		EstimatedUSD: w.cloud.expected[w.job.Address],
		Spot:         aws.ToBool(d.EnableManagedSpotTraining),
		Seconds:      float64(aws.ToInt32(d.TrainingTimeInSeconds)),
		Billable:     float64(aws.ToInt32(d.BillableTimeInSeconds)),
		Artifact:     aws.ToString(d.ModelArtifacts.S3ModelArtifacts),
	}
	if d.TrainingStartTime != nil && d.TrainingEndTime != nil && j.Seconds == 0 {
		j.Seconds = d.TrainingEndTime.Sub(*d.TrainingStartTime).Seconds()
	}
	if r := d.ResourceConfig; r != nil {
		j.Instance, j.Count = string(r.InstanceType), int(aws.ToInt32(r.InstanceCount))
	}
	item := price.Item{Instance: j.Instance, Count: j.Count, Seconds: j.Billable}
	paid := w.cloud.prices.Estimate(item, j.Region, price.Training)
	if !paid.Unknown {
		j.BilledUSD, j.PriceDate = paid.USD, w.cloud.prices.Date
	}
	return j
}
