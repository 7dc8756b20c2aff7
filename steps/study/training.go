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

	// ask adds the step that asks a training's model about images, and returns it. The images are
	// that output of the step at address.Crops, and the answers are probabilities.jsonl.
	ask(r specs.Resolution, t address.Training, v view, images string) *engine.Node
}

// A cropper is a trainer that has an evaluation's areas cut out by steps of their own, which all
// resolutions share. Default, where a trainer is no cropper: its evaluate cuts them out itself.
type cropper interface {
	// crops adds the step that cuts out a view's areas.
	crops(v view)
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

// formatOrigin returns where the dataset's format was written, which is a parameter of trainings
// elsewhere.
func (b *builder) formatOrigin() engine.Origin {
	return origin("dataset.format", b.study.Dataset.Where["format"])
}
