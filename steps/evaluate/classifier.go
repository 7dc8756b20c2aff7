package evaluate

import "context"

// A Classifier classifies pictures.
type Classifier interface {
	// Classes returns the labels, in the order of the probabilities.
	Classes() []string

	// Classify returns for each JPEG a probability of each class. It may be called by one goroutine
	// at a time.
	Classify(ctx context.Context, jpegs [][]byte) ([][]float64, error)

	Close() error
}

// An OpenFunc opens a model, whose files are model.json and model.safetensors, to compute with so
// many threads on "cpu" or "cuda". The caller must close the Classifier.
type OpenFunc func(modelJSON, weights string, threads int, device string) (Classifier, error)
