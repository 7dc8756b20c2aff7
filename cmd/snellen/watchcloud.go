package main

import (
	"context"
	"errors"

	"snellen/cmd/snellen/project"
	"snellen/engine/step"
	"snellen/steps/sagemaker"
)

// endpointAsker gives what asks a SageMaker endpoint that serves already.
func (a *app) endpointAsker(ctx context.Context, p *project.Project, name string, classes []string) (asker, error) {
	if p.Study.Trainer.SageMaker == nil {
		return nil, step.WithHint(errors.New("-endpoint: the spec does not say where SageMaker is"), `write trainer "sagemaker" { region = "..." ... }`)
	}
	cloud, err := p.OpenCloud(ctx, sagemaker.Options{})
	if err != nil {
		return nil, err
	}
	endpoint, err := cloud.Classifier(ctx, name, classes)
	if err != nil {
		return nil, err
	}
	return endpoint.Classify, nil
}
