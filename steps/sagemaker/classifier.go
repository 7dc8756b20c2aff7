package sagemaker

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// A Classifier asks an endpoint that is there already, for whoever shows it a camera live. It never deletes anything.
type Classifier struct {
	cloud    *Cloud
	endpoint string
	classes  []string
}

// Classifier gives one of an endpoint that must be in service. Classes are the labels, in the order of its answers.
func (c *Cloud) Classifier(ctx context.Context, endpoint string, classes []string) (*Classifier, error) {
	if err := c.serves(ctx, endpoint); err != nil {
		return nil, err
	}
	return &Classifier{c, endpoint, classes}, nil
}

// Classes are the labels, in the order of probabilities.
func (k *Classifier) Classes() []string { return k.classes }

// Classify asks about all pictures at once, within the limit of the study's endpoint block.
func (k *Classifier) Classify(ctx context.Context, jpegs [][]byte) ([][]float64, error) {
	answers := make([][]float64, len(jpegs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(k.cloud.settings.Serving.Parallel)
	for i, image := range jpegs {
		g.Go(func() (err error) {
			if answers[i], err = k.cloud.invoke(ctx, k.endpoint, image, len(k.classes), func(string) {}); err != nil {
				err = fmt.Errorf("picture %d: %w", i+1, err)
			}
			return err
		})
	}
	return answers, g.Wait()
}

// Close does nothing: the endpoint is somebody else's.
func (k *Classifier) Close() error { return nil }
