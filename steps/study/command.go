package study

import (
	"maps"
	"path"

	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/command"
	"snellen/steps/container"
)

// A commandTrainer trains and judges by the user's own programs.
type commandTrainer struct {
	remote
	t *specs.Command
}

func (c commandTrainer) train(r specs.Resolution, training address.Training) *engine.Node {
	n := c.b.add(training.Address(), command.Train, command.TrainParams{
		Program: programWords(c.t.Program), Files: c.t.Files, Env: c.t.Env, Threads: c.t.Threads,
		GPUs: c.t.GPUs, Format: c.b.study.Dataset.Format,
		Hyperparameters: container.Hyperparameters{Parameters: r.Hyperparameters.Parameters},
		Seed:            training.Seed(c.b.study.Seed),
	}, append(c.b.datasetInputs(training), c.files(c.t.Files)...)...)
	n.Weight = c.t.Threads
	n.Origins = origins("trainer.", c.t.Where, "program", "files", "env", "threads", "gpus")
	n.Origins["code"] = n.Origins["files"]
	n.Origins["seed"] = c.b.seedOrigin()
	n.Origins["format"] = c.b.formatOrigin()
	return n
}

// evaluate adds two steps: judge asks the serving program about every crop, and draw makes the
// evaluation's outputs of the answers.
func (c commandTrainer) evaluate(r specs.Resolution, t address.Training, v view) *engine.Node {
	return c.draw(t, v, c.ask(r, t, v, "crops.rec").Address)
}

func (c commandTrainer) ask(
	_ specs.Resolution, t address.Training, v view, images string,
) *engine.Node {
	s := c.t.Server
	n := c.b.add(t.EvaluationStep("judge", v.Name, v.size.Name), command.Judge, command.JudgeParams{
		Program: programWords(s.Program), Files: s.Files, Env: c.t.Env, Threads: c.t.Threads,
		GPUs: c.t.GPUs, Classes: len(c.b.study.Labels),
	}, append(c.files(s.Files),
		from("crops", address.Crops(v.Name, v.size.Name), images),
		from("model", t.Address(), "model/"))...)
	n.Weight = c.t.Threads
	n.Origins = origins("trainer.serve.", s.Where, "program", "files")
	n.Origins["code"] = n.Origins["files"]
	n.Origins["classes"] = engine.Origin{Attribute: "number of labels"}
	maps.Copy(n.Origins, origins("trainer.", c.t.Where, "env", "threads", "gpus"))
	return n
}

// files returns a program's own files as inputs, numbered in their order.
func (c commandTrainer) files(names []string) []engine.Input {
	var inputs []engine.Input
	for i, name := range names {
		inputs = append(inputs, file(numbered("code", i), c.t.Path(name)))
	}
	return inputs
}

// programWords returns a program's words as parameters. An absolute path is cut to its last part:
// the program's identity is its bytes, not where this machine has it.
func programWords(words []string) []string {
	if path.IsAbs(words[0]) {
		return append([]string{path.Base(words[0])}, words[1:]...)
	}
	return words
}
