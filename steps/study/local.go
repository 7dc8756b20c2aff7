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
	params := train.Params{
		Local: r.Hyperparameters.Local(),
		Seed:  training.Seed(s.Seed), Threads: t.Threads, Device: t.Device,
	}
	kind, inputs := train.Train, l.b.datasetInputs(training)
	if begin := l.transfer(r); begin != nil {
		if training.Replicate == 1 {
			begin.features(training.Split)
		}
		begin.complete(&params, t.FineTune)
		switch {
		case !t.FineTune:
			kind, inputs = train.Head, l.b.datasetLists(training)
		case s.Dataset.Format != "image": // there are no lists among the inputs yet
			inputs = append(inputs, l.b.datasetLists(training)[1:]...)
		}
		inputs = append(inputs, begin.inputs(training.Split)...)
	}
	n := l.b.add(training.Address(), kind, params, inputs...)
	n.Weight = params.Threads
	n.Origins = origins("trainer.", t.Where, "threads", "device")
	threads := n.Origins["threads"]
	threads.OfKind = true // a head is trained with one
	n.Origins["threads"] = threads
	for name, what := range map[string]string{
		"pretrained": "pretrained network", "cosine": "learning rate schedule",
		"cuts": "augmentation", "head": "training of the head",
	} {
		n.Origins[name] = derived(what, specs.Position{})
	}
	n.Origins["kind"] = origin("hyperparameters.use_pretrained_model",
		r.Hyperparameters.Where["use_pretrained_model"])
	if t.FineTune {
		n.Origins["kind"] = origin("trainer.fine_tune", t.Where["fine_tune"])
	}
	seed := l.b.seedOrigin()
	seed.Derived = training.Seed(s.Seed) != s.Seed
	n.Origins["seed"] = seed
	return n
}

// frozen returns how a resolution's trainings begin if they train a head on features alone, else
// nil. Then the features of what is judged are computed once, and judging reads them.
func (l localTrainer) frozen(r specs.Resolution) *transfer {
	if l.b.study.Trainer.FineTune {
		return nil
	}
	return l.transfer(r)
}

// crops adds the areas of a view if features are computed of them: to judge them, or in the camera's
// own size to compare them with the training frames.
func (l localTrainer) crops(v view) {
	for _, r := range l.b.study.Resolutions {
		if l.frozen(r) != nil || l.transfer(r) != nil && v.size.Name == "" {
			l.b.crops(v)
			return
		}
	}
}

func (l localTrainer) evaluate(r specs.Resolution, t address.Training, v view) *engine.Node {
	params := v.params()
	params.Quality, params.Threads, params.Device = v.Quality, l.b.study.Trainer.Threads,
		l.b.study.Trainer.Device
	inputs := append(modelInputs(t), v.inputs()...)
	if begin := l.frozen(r); begin != nil {
		params.Threads = 1
		inputs = append(inputs, begin.judged(v, "crops.rec"))
	}
	n := l.b.add(t.Evaluation(v.Name, v.size.Name), evaluate.Evaluate, params, inputs...)
	n.Weight = params.Threads
	return n
}

func (l localTrainer) ask(
	r specs.Resolution, t address.Training, v view, images string,
) *engine.Node {
	trainer := l.b.study.Trainer
	params := evaluate.ClassifyParams{Threads: trainer.Threads, Device: trainer.Device}
	inputs := modelInputs(t)
	if begin := l.frozen(r); begin != nil {
		params.Threads = 1
		inputs = append(inputs, begin.judged(v, images))
	} else {
		inputs = append(inputs, from("images", address.Crops(v.Name, v.size.Name), images))
	}
	n := l.b.add(t.EvaluationStep("judge", v.Name, v.size.Name), evaluate.Classify, params,
		inputs...)
	n.Weight = params.Threads
	n.Origins = origins("trainer.", trainer.Where, "threads", "device")
	return n
}

// modelInputs returns a training's model.
func modelInputs(t address.Training) []engine.Input {
	return []engine.Input{
		from("model.safetensors", t.Address(), "model.safetensors"),
		from("model.json", t.Address(), "model.json"),
	}
}
