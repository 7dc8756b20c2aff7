package container

import (
	"strconv"

	"snellen/specs/hyper"
)

// Hyperparameters are all hyperparameters of a training, as the contract passes them.
type Hyperparameters struct {
	hyper.Parameters
}

// Strings returns the hyperparameters as a container gets them, with the sizes of the dataset,
// which the contract passes in the same way.
func (p Hyperparameters) Strings(classes, samples int) map[string]string {
	all := p.Parameters.Strings()
	all["num_classes"], all["num_training_samples"] = strconv.Itoa(classes), strconv.Itoa(samples)
	return all
}
