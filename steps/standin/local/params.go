package local

import (
	"snellen/specs/hyper"
	"snellen/steps/train"
)

// params reads a job's hyperparameters as the algorithm does, with its defaults. The stand-in has
// checked them before.
func params(given map[string]string, threads int) (train.Params, error) {
	p, err := hyper.Parse(given)
	return train.Params{Local: p.Local(), Seed: seed, Threads: threads, Device: "cpu"}, err
}
