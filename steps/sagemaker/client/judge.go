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
		if err := j.cloud.serves(ctx, params.Endpoint); err != nil {
			return err
		}
		return j.cloud.askAll(ctx, job, params, params.Endpoint, crops)
	}
	image, err := sagemaker.TrainingImage(params.Image, j.cloud.settings.Region)
	if err != nil {
		return err
	}
	model, err := j.cloud.file(job.Inputs["model"], "model.tar.gz")
	if err != nil {
		return err
	}
	warn := func(text string) { job.Report(step.Progress{Warning: hide(text)}) }
	err = j.cloud.ask(ctx, warn, func() error { return j.cloud.upload(ctx, []source{model}, job.Report) })
	if err != nil {
		return interrupted(err)
	}
	v, err := j.cloud.serve(ctx, job.Key, job.Address, warn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.down(ctx)) }()
	if err := v.up(ctx, image, j.cloud.uri(model.key)); err != nil {
		return interrupted(err)
	}
	return j.cloud.askAll(ctx, job, params, v.name, crops)
}

// interrupted makes of an interrupted wait the error of a step that has not failed.
func interrupted(err error) error {
	if errors.Is(err, errStop) {
		return step.Detached("nothing was judged")
	}
	return err
}

// serves wants an endpoint of somebody else's to be in service. It is never deleted.
func (c *Cloud) serves(ctx context.Context, name string) error {
	d, err := c.api().DescribeEndpoint(ctx, &api.DescribeEndpointInput{EndpointName: &name})
	if err != nil {
		return step.WithHint(fmt.Errorf("endpoint %s: %w", name, friendly(err)), "is it in "+c.settings.Region+"? snellen cloud list shows Snellen's own")
	}
	if d.EndpointStatus != types.EndpointStatusInService {
		return fmt.Errorf("endpoint %s is %s, not in service", name, d.EndpointStatus)
	}
	return nil
}

// askAll asks about every crop, several at once, and writes the answers in order.
func (c *Cloud) askAll(ctx context.Context, job *step.Job, params sagemaker.JudgeParams, endpoint string, crops *frames.Records) error {
	answers := make([][]float64, crops.Len())
	var done atomic.Int64
	warn := once(func(text string) { job.Report(step.Progress{Warning: hide(text)}) })
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
			job.Report(step.Progress{Done: float64(done.Add(1)), Total: float64(len(answers)), Unit: "crops"})
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return interrupted(err)
	}
	return container.WriteAnswers(job, answers)
}

// once passes each text on once: many questions have one trouble.
func once(tell func(string)) func(string) {
	var said sync.Map
	return func(text string) {
		if _, before := said.LoadOrStore(text, true); !before {
			tell(text)
		}
	}
}

// maxTries bounds one question.
const maxTries = 10

// invoke asks an endpoint about one image. It is asked again where the error's class says that this may help.
func (c *Cloud) invoke(ctx context.Context, endpoint string, image []byte, classes int, warn func(string)) ([]float64, error) {
	if len(image) > container.MaxBody {
		return nil, fmt.Errorf("an image of %d bytes is more than an endpoint takes", len(image))
	}
	in := &sagemakerruntime.InvokeEndpointInput{
		EndpointName: &endpoint, ContentType: aws.String("image/jpeg"), Body: image,
	}
	wait := c.waiter()
	for try := 1; ; try++ {
		var out *sagemakerruntime.InvokeEndpointOutput
		err := c.ask(ctx, warn, func() (err error) {
			out, err = c.runtime().InvokeEndpoint(ctx, in)
			return err
		})
		if err == nil {
			return container.Answer(bytes.NewReader(out.Body), classes)
		}
		if again, blame := invokeAgain(err); !again || try == maxTries {
			return nil, blame
		}
		if err := wait.wait(ctx, false); err != nil {
			return nil, err
		}
	}
}

// invokeAgain tells whether asking once more may help. A model that refuses an image will do so again; one that broke may
// have been out of memory for a moment.
func invokeAgain(err error) (again bool, blame error) {
	if e, ok := errors.AsType[*runtimetypes.ModelError](err); ok {
		status := aws.ToInt32(e.OriginalStatusCode)
		blame := step.WithHint(fmt.Errorf("the model answers %d: %s", status, hide(container.Clean(aws.ToString(e.OriginalMessage)))), "see its log: "+aws.ToString(e.LogStreamArn))
		return status >= 500, blame
	}
	return passing(err), err
}
