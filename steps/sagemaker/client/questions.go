package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"snellen/engine/step"
	"snellen/steps/sagemaker"
	"snellen/steps/worker"
)

// Questions returns the runner of sagemaker.AskKind jobs.
func (c *Cloud) Questions() worker.Talker { return questions{c} }

type questions struct{ cloud *Cloud }

func (questions) Run(context.Context, *step.Job) error {
	return errors.New("BUG: a question is asked over a line")
}

// Talk answers one question with one message.
func (q questions) Talk(ctx context.Context, job *step.Job, line worker.Line) error {
	var asked sagemaker.Question
	if err := json.Unmarshal(job.Params, &asked); err != nil {
		return err
	}
	answer, err := q.answer(ctx, asked,
		func(text string) { job.Report(step.Progress{Warning: maskKeys(text)}) })
	if err != nil {
		return err
	}
	return line.Send(answer)
}

// answer returns the answer to a question, or nil if it only asks to do something. warn may be
// called from any goroutine until it returns.
func (r questions) answer(
	ctx context.Context, q sagemaker.Question, warn func(string),
) (any, error) {
	c := r.cloud
	switch q.About {
	case sagemaker.AboutAccount:
		return c.checkAccount(ctx), nil
	case sagemaker.AboutItems:
		return c.list(ctx)
	case sagemaker.AboutPrices:
		return c.livePrices(ctx)
	case sagemaker.AboutEndpoint:
		return nil, c.checkInService(ctx, q.Name)
	case sagemaker.AboutPictures:
		return c.classify(ctx, q.Name, q.Classes, q.Pictures)
	case sagemaker.StopJob:
		return nil, c.stopJob(ctx, q.Name, warn)
	case sagemaker.DeleteItem:
		return nil, c.deleteItem(ctx, *q.Item, warn)
	case sagemaker.DeleteOrphans:
		return nil, c.deleteOrphans(ctx, q.Orphans, warn)
	}
	return nil, fmt.Errorf("unknown question %q", q.About)
}

// classify classifies pictures (JPEG) with an endpoint of the user's own. For each picture it
// returns the probabilities of the classes. Calls run in parallel, within the limit of the study's
// endpoint block.
func (c *Cloud) classify(
	ctx context.Context, endpoint string, classes int, pictures [][]byte,
) ([][]float64, error) {
	answers := make([][]float64, len(pictures))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(c.settings.Serving.Parallel, 1))
	for i, picture := range pictures {
		g.Go(func() (err error) {
			if answers[i], err = c.invoke(ctx, endpoint, picture, classes,
				func(string) {}); err != nil {
				err = fmt.Errorf("picture %d: %w", i+1, err)
			}
			return err
		})
	}
	return answers, g.Wait()
}
