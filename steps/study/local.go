package study

import (
	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/evaluate"
	"snellen/steps/train"
)

// A localTrainer trains and judges on the machine that runs the steps.
type localTrainer struct{ b *builder }

func (l localTrainer) train(r specs.Resolution, training address.Training) *engine.Node {
	s, t := l.b.study, l.b.study.Trainer
	n := l.b.add(training.Address(), train.Train, train.Params{
		Local: r.Hyperparameters.Local(),
		Seed:  training.Seed(s.Seed), Threads: t.Threads, Device: t.Device,
	}, l.b.datasetInputs(training)...)
	n.Weight = t.Threads
	n.Origins = origins("trainer.", t.Where, "threads", "device")
	seed := l.b.seedOrigin()
	seed.Derived = training.Seed(s.Seed) != s.Seed
	n.Origins["seed"] = seed
	return n
}

func (l localTrainer) evaluate(_ specs.Resolution, t address.Training, v view) *engine.Node {
	trainer, model := l.b.study.Trainer, t.Address()
	params := v.params()
	params.Quality, params.Threads, params.Device = v.Quality, trainer.Threads, trainer.Device
	n := l.b.add(t.Evaluation(v.Name, v.size.Name), evaluate.Evaluate, params,
		append([]engine.Input{
			from("model.safetensors", model, "model.safetensors"),
			from("model.json", model, "model.json"),
		}, v.inputs()...)...)
	n.Weight = trainer.Threads
	return n
}

func (l localTrainer) ask(
	_ specs.Resolution, t address.Training, v view, images string,
) *engine.Node {
	trainer, model := l.b.study.Trainer, t.Address()
	n := l.b.add(t.EvaluationStep("judge", v.Name, v.size.Name), evaluate.Classify,
		evaluate.ClassifyParams{Threads: trainer.Threads, Device: trainer.Device},
		from("images", address.Crops(v.Name, v.size.Name), images),
		from("model.safetensors", model, "model.safetensors"),
		from("model.json", model, "model.json"))
	n.Weight = trainer.Threads
	n.Origins = origins("trainer.", trainer.Where, "threads", "device")
	return n
}
