package study

import (
	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
)

// A trainer adds the steps that depend on who trains and judges.
type trainer interface {
	// train adds one training of a resolution and returns its step. Parameters without an origin
	// are hyperparameters; the caller fills those in.
	train(r specs.Resolution, t address.Training) *engine.Node

	// evaluate adds the steps that judge one camera's picture, in one size, by a training's model.
	// It returns the last of them, which makes the evaluation's outputs. The caller fills in the
	// origins of the evaluation's parameters.
	evaluate(r specs.Resolution, t address.Training, v view) *engine.Node

	// crops adds the step that cuts out a view's areas, if the trainer's evaluate does not cut them
	// out itself. All resolutions share it.
	crops(v view)

	// ask adds the step that asks a training's model about images, and returns it. The images are
	// that output of the step at address.Crops, and the answers are probabilities.jsonl.
	ask(r specs.Resolution, t address.Training, v view, images string) *engine.Node
}

// newTrainer returns the study's trainer.
func newTrainer(b *builder) trainer {
	switch t := b.study.Trainer; t.Name {
	case "sagemaker":
		return sagemakerTrainer{remote{b}, t.SageMaker}
	case "command":
		return commandTrainer{remote{b}, t.Command}
	default:
		return localTrainer{b}
	}
}

// train adds a training by the study's trainer.
func (b *builder) train(r specs.Resolution, t address.Training) {
	n := b.trainer.train(r, t)
	n.KeepOutputs = true
	for _, name := range r.Hyperparameters.Names() {
		if _, other := n.Origins[name]; !other {
			n.Origins[name] = origin("hyperparameters."+name, r.Hyperparameters.Where[name])
		}
	}
}

// datasetInputs returns what a training reads.
func (b *builder) datasetInputs(t address.Training) []engine.Input {
	dataset := t.Dataset()
	inputs := []engine.Input{from("dataset", dataset, "dataset.json")}
	for _, set := range sets {
		if b.study.Dataset.Format == "image" {
			inputs = append(inputs,
				from(set, dataset, set+"/"), from(set+".lst", dataset, set+".lst"))
			continue
		}
		inputs = append(inputs, from(set, dataset, set+".rec"))
	}
	return inputs
}

// datasetLists returns what a training reads that knows the images' features.
func (b *builder) datasetLists(t address.Training) []engine.Input {
	inputs := []engine.Input{from("dataset", t.Dataset(), "dataset.json")}
	for _, set := range sets {
		inputs = append(inputs, from(set+".lst", t.Dataset(), set+".lst"))
	}
	return inputs
}

// formatOrigin returns where the dataset's format was written, which is a parameter of trainings
// elsewhere.
func (b *builder) formatOrigin() engine.Origin {
	return origin("dataset.format", b.study.Dataset.Where["format"])
}
