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

// A FeatureClassifier is a Classifier whose network can begin with features of pictures.
type FeatureClassifier interface {
	Classifier

	// ClassifyFeatures is like Classify on rows of Width features, one after the other.
	ClassifyFeatures(features []float32) ([][]float64, error)
	Width() int
}

// A Quickener is a Classifier that can take less time for few pictures. Its answers then depend, in
// their last digits, on how many there are. Default: the answer of a picture depends on it alone.
type Quickener interface{ Quicken() }

// An OpenFunc opens a model, whose files are model.json and model.safetensors, to compute with so
// many threads on "cpu" or "cuda". The caller must close the Classifier.
type OpenFunc func(modelJSON, weights string, threads int, device string) (Classifier, error)
