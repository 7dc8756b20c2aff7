package main

import (
	"context"
	"errors"

	"snellen/cmd/snellen/live"
	"snellen/cmd/snellen/project"
	"snellen/engine/step"
)

// endpointAsker returns what asks a SageMaker endpoint that serves already, and a function that
// ends the worker which does.
func (a *app) endpointAsker(ctx context.Context, p *project.Project, name string,
	classes int) (live.Asker, func(), error) {
	if p.Study.Trainer.SageMaker == nil {
		err := errors.New("-endpoint: the spec does not say where SageMaker is")
		return nil, nil, step.WithHint(err, `write trainer "sagemaker" { region = "..." ... }`)
	}
	account, end, err := p.Account(a.warn)
	if err != nil {
		return nil, nil, err
	}
	if err := account.Serves(ctx, name); err != nil {
		end()
		return nil, nil, err
	}
	return func(ctx context.Context, images [][]byte) ([][]float64, error) {
		return account.Classify(ctx, name, classes, images)
	}, end, nil
}
