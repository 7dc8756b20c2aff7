package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/steps/export"
	"snellen/steps/term"
)

type exportModelCommand struct {
	exportCommand
	replicate int
}

func newExportModel(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "model RES DIR [SPEC]", Short: "Write a model with what it takes to use it",
		Args: takes(2, 3, "name a resolution and a folder: snellen export model 320x240 model"),
		Long: `Write a resolution's model into DIR: model.safetensors, the weights; model.json, the
classes and the preparation of pictures; README.md; and classify.py, an example for PyTorch that
says what a picture shows. DIR must be new, empty, or an earlier export's.`,
		Example: `  snellen export model 320x240 model
  snellen export model 320x240 model -replicate 2   # and then: python3 model/classify.py PICTURE.jpg`,
	}, &exportModelCommand{exportCommand: exportCommand{app: a}})
}

func (c *exportModelCommand) flags(f *pflag.FlagSet) {
	c.exportCommand.flags(f)
	f.IntVar(&c.replicate, "replicate", 1, "the model of training `N` of the resolution")
}

func (c *exportModelCommand) run(ctx context.Context, args []string) error {
	e, err := c.results(ctx, args[2:])
	if err != nil {
		return err
	}
	t, err := e.training(args[0], c.replicate)
	if err != nil {
		return err
	}
	list, _, err := export.Trainings(e.Store, e.report.Document(), e.decisions)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list,
		func(one export.Training) bool { return one.Address == t.Address() })
	if i < 0 {
		return noResult(t.Address())
	}
	r, err := list[i].WriteModel(e.Store, args[1])
	if err != nil {
		return withRemakeHint(fmt.Errorf("export the model of %s: %w", t.Address(), err),
			t.Address(), *e.record(t.Address()))
	}
	return c.report("model", r, fmt.Sprintf("the model of %s in %s", t.Address(),
		term.Clean(args[1])))
}
