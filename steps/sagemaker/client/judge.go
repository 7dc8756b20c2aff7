package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	runtimetypes "github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
	"golang.org/x/sync/errgroup"

	"snellen/engine/step"
	"snellen/steps/container"
	"snellen/steps/frames"
	"snellen/steps/sagemaker"
)

// Judge returns the runner of sagemaker.Judge steps.
func (c *Cloud) Judge() step.Runner { return judge{c} }

type judge struct{ cloud *Cloud }

func (j judge) Run(ctx context.Context, job *step.Job) (err error) {
	var params sagemaker.JudgeParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	if j.cloud.stopped() {
		return step.Detached("nothing was judged")
	}
	crops, err := frames.OpenRecords(job.Inputs["crops"])
	if err != nil {
		return err
	}
	defer crops.Close()
	if params.Endpoint != "" {
		if err := j.cloud.checkInService(ctx, params.Endpoint); err != nil {
			return err
		}
		return j.cloud.classifyCrops(ctx, job, params, params.Endpoint, crops)
	}
	image, err := sagemaker.TrainingImage(params.Image, j.cloud.settings.Region)
	if err != nil {
		return err
	}
	model, err := j.cloud.hashFile(job.Inputs["model"], "model.tar.gz")
	if err != nil {
		return err
	}
	warn := func(text string) { job.Report(step.Progress{Warning: maskKeys(text)}) }
	err = j.cloud.withCredentials(ctx, warn,
		func() error { return j.cloud.upload(ctx, []source{model}, job.Report) })
	if err != nil {
		return judgeDetached(err)
	}
	v, err := j.cloud.newServing(ctx, job.Key, job.Address, warn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.remove(ctx)) }()
	if err := v.create(ctx, image, j.cloud.uri(model.key)); err != nil {
		return judgeDetached(err)
	}
	return j.cloud.classifyCrops(ctx, job, params, v.name, crops)
}

// judgeDetached turns an interrupted wait into step.Detached: the step has not failed.
func judgeDetached(err error) error {
	if errors.Is(err, errInterrupted) {
		return step.Detached("nothing was judged")
	}
	return err
}

// checkInService returns an error unless an endpoint of the user's own is in service. Snellen never
// deletes such an endpoint.
func (c *Cloud) checkInService(ctx context.Context, name string) error {
	d, err := c.api().DescribeEndpoint(ctx, &api.DescribeEndpointInput{EndpointName: &name})
	if err != nil {
		return withUsualHint(fmt.Errorf("endpoint %s: %w", name, shortError(err)),
			"is it in "+c.settings.Region+"? snellen cloud list shows Snellen's own")
	}
	if d.EndpointStatus != types.EndpointStatusInService {
		return fmt.Errorf("endpoint %s is %s, not in service", name, d.EndpointStatus)
	}
	return nil
}

// classifyCrops classifies every crop, several at once, and writes the probabilities in the order
// of the crops.
func (c *Cloud) classifyCrops(
	ctx context.Context, job *step.Job, params sagemaker.JudgeParams, endpoint string,
	crops *frames.Records,
) error {
	answers := make([][]float64, crops.Len())
	var done atomic.Int64
	warn := distinct(func(text string) { job.Report(step.Progress{Warning: maskKeys(text)}) })
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(c.settings.Serving.Parallel)
	for i := range answers {
		g.Go(func() error {
			_, image, err := crops.Read(i)
			if err == nil {
				answers[i], err = c.invoke(inner, endpoint, image, params.Classes, warn)
			}
			if err != nil {
				return fmt.Errorf("crop %d: %w", i, err)
			}
			job.Report(step.Progress{Done: float64(done.Add(1)), Total: float64(len(answers)),
				Unit: "crops"})
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return judgeDetached(err)
	}
	return container.WriteAnswers(job, answers)
}

// distinct returns a warn function that drops repeated texts: many parallel calls have the same
// problem. It may be called from any goroutine.
func distinct(warn func(string)) func(string) {
	var sent sync.Map
	return func(text string) {
		if _, repeated := sent.LoadOrStore(text, true); !repeated {
			warn(text)
		}
	}
}

// maxTries limits the calls for one image.
const maxTries = 10

// invoke classifies one JPEG with an endpoint and returns the probabilities of the classes. It
// retries errors that may pass, up to maxTries calls.
func (c *Cloud) invoke(
	ctx context.Context, endpoint string, image []byte, classes int, warn func(string),
) ([]float64, error) {
	if len(image) > container.MaxBody {
		return nil, fmt.Errorf("an image of %d bytes is larger than an endpoint accepts",
			len(image))
	}
	in := &sagemakerruntime.InvokeEndpointInput{
		EndpointName: &endpoint, ContentType: aws.String("image/jpeg"), Body: image,
	}
	wait := c.waiter()
	for try := 1; ; try++ {
		var out *sagemakerruntime.InvokeEndpointOutput
		err := c.withCredentials(ctx, warn, func() (err error) {
			out, err = c.runtime().InvokeEndpoint(ctx, in)
			return err
		})
		if err == nil {
			return container.Answer(bytes.NewReader(out.Body), classes)
		}
		if retry, cause := classifyInvokeError(err); !retry || try == maxTries {
			return nil, cause
		}
		if err := wait.wait(ctx, false); err != nil {
			return nil, err
		}
	}
}

// classifyInvokeError reports whether the call is worth a retry, and returns the error to show. A
// model that refuses an image refuses it again; one that crashed may have been out of memory for a
// moment.
func classifyInvokeError(err error) (retry bool, cause error) {
	if e, ok := errors.AsType[*runtimetypes.ModelError](err); ok {
		status := aws.ToInt32(e.OriginalStatusCode)
		cause := step.WithHint(fmt.Errorf("the model answers %d: %s", status,
			maskKeys(container.Clean(aws.ToString(e.OriginalMessage)))),
			"see its log: "+aws.ToString(e.LogStreamArn))
		return status >= 500, cause
	}
	return isTransient(err), err
}
