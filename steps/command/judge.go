package command

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/container"
	"snellen/steps/frames"
	"snellen/steps/proc"
)

// NewJudge returns the runner of judge steps. program is the path of the serving program, or "" if
// it is one of its own files.
func NewJudge(settings *specs.Command, program string) step.Runner {
	return judge{settings, program}
}

type judge struct {
	settings *specs.Command
	program  string
}

func (j judge) Run(ctx context.Context, job *step.Job) error {
	var p JudgeParams
	if err := json.Unmarshal(job.Params, &p); err != nil {
		return err
	}
	crops, err := frames.OpenRecords(job.Inputs["crops"])
	if err != nil {
		return err
	}
	defer crops.Close()
	r, err := newRoot(ctx, job.Out, job, p.Files)
	if err != nil {
		return err
	}
	defer r.close()
	if err := os.Remove(r.path("model")); err != nil {
		return err
	}
	if err := clone(ctx, job.Inputs["model"], r.path("model")); err != nil {
		return err
	}
	answers, err := j.ask(ctx, job, p, r, crops)
	if err != nil {
		return err
	}
	if err := r.clear(); err != nil {
		return err
	}
	return container.WriteAnswers(job, answers)
}

// ask starts the server, asks it about every crop, and stops it.
func (j judge) ask(ctx context.Context, job *step.Job, p JudgeParams, r root,
	crops *frames.Records) ([][]float64, error) {
	settings := j.settings.Server
	out := newOutput(job, func(line string) step.Progress {
		return step.Progress{Log: container.Clean(line)}
	})
	job.Report(step.Progress{Command: proc.Line(p.Program...)})
	s, err := serve(ctx, r, p.Program, j.program, r.environment(p.Env, p.Threads, p.GPUs), out)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.ready(ctx, time.Duration(settings.MaxWait)*time.Second); err != nil {
		return nil, err
	}
	answers, err := askAll(ctx, s, job, p.Classes, settings.Parallel, crops)
	if err != nil {
		return nil, err
	}
	select {
	case <-s.ended.Done(): // another process may have answered on its port
		return nil, context.Cause(s.ended)
	default:
		return answers, nil
	}
}

// askAll asks a server about all crops, so many at once, and returns the answers in their order.
func askAll(ctx context.Context, s *server, job *step.Job, classes, parallel int,
	crops *frames.Records) ([][]float64, error) {
	answers := make([][]float64, crops.Len())
	var done atomic.Int64
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i := range answers {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error {
			_, image, err := crops.Read(i)
			if err == nil {
				answers[i], err = s.ask(inner, image, classes)
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
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	return answers, nil
}
