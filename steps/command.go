package steps

import (
	"path"
	"path/filepath"

	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/command"
)

// commandTrain adds a training by a program of the user's own.
func (b *builder) commandTrain(r specs.Resolution, training address.Training) *engine.Node {
	c := b.study.Trainer.Command
	n := b.add(training.Address(), command.Train, command.TrainParams{
		Program: commandWords(c.Program), Files: c.Files, Env: c.Env, Threads: c.Threads, GPUs: c.GPUs,
		Format: b.study.Dataset.Format, Hyperparameters: tuned(r.Hyperparameters), Seed: training.Seed(b.study.Seed),
	}, append(b.datasetInputs(training), commandFiles(c.Dir, c.Files)...)...)
	n.Weight = c.Threads
	n.Origins = origins("trainer.", c.Where, "program", "files", "env", "threads", "gpus")
	n.Origins["seed"] = origin("study.seed", b.study.Where["seed"])
	n.Origins["format"] = origin("dataset.format", b.study.Dataset.Where["format"])
	return n
}

// commandEvaluate adds the steps of an evaluation whose model is served by a program of the user's own: ask, and draw.
func (b *builder) commandEvaluate(t address.Training, e specs.Evaluation, size specs.Size) *engine.Node {
	c := b.study.Trainer.Command
	s := c.Server
	judge := t.Judged("judge", e.Name, size.Name)
	n := b.add(judge, command.Judge, command.JudgeParams{
		Program: commandWords(s.Program), Files: s.Files, Env: c.Env, Threads: c.Threads, GPUs: c.GPUs, Classes: len(b.study.Labels),
	}, append(commandFiles(c.Dir, s.Files), from("crops", address.Crops(e.Name, size.Name), "crops.rec"), from("model", t.Address(), "model/"))...)
	n.Weight = c.Threads
	n.Origins = origins("trainer.serve.", s.Where, "program", "files")
	for name, o := range origins("trainer.", c.Where, "env", "threads", "gpus") {
		n.Origins[name] = o
	}
	return b.draw(t, e, size, judge)
}

// commandFiles are a program's own files, by their place among them.
func commandFiles(dir string, files []string) []engine.Input {
	var inputs []engine.Input
	for i, name := range files {
		inputs = append(inputs, file(numbered("code", i), filepath.Join(dir, filepath.FromSlash(name))))
	}
	return inputs
}

// commandWords are a program's words as parameters. Where it is on this machine is none of them: its bytes are its identity.
func commandWords(words []string) []string {
	if path.IsAbs(words[0]) {
		return append([]string{path.Base(words[0])}, words[1:]...)
	}
	return words
}
