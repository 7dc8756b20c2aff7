package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/steps/address"
	"snellen/steps/export"
	"snellen/steps/term"
)

// This file has the exports that fill a folder.

func (a *app) exportTensorBoardCommand() *cobra.Command {
	return &cobra.Command{
		Use: "tensorboard DIR [SPEC]", Short: "Write event files that TensorBoard reads",
		Args: between(1, 2, "name a folder: snellen export tensorboard logs"),
		Long: `Write event files that TensorBoard reads: in DIR, a folder RESOLUTION/REPLICATE for each training. Scalars are the
accuracies, the loss, the learning rate and images a second by epoch, and the results with their hyperparameters. Other
things in DIR are left alone.`,
		RunE: func(c *cobra.Command, args []string) error {
			e, err := a.results(c.Context(), args[1:])
			if err != nil {
				return err
			}
			list, err := a.trainings(e)
			if err != nil {
				return err
			}
			r, err := export.TensorBoard(args[0], list)
			if err != nil {
				return fmt.Errorf("export to TensorBoard: %w", err)
			}
			return a.exported("tensorboard", r, fmt.Sprintf("%s in %s", term.Count(len(r.Items), "run"), term.Clean(args[0])), "tensorboard", "--logdir", args[0])
		},
	}
}

func (a *app) exportDatasetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "dataset RES DIR [SPEC]", Short: "Write a resolution's pictures into folders by label",
		Args: between(2, 3, "name a resolution and a folder: snellen export dataset 320x240 pictures"),
		Long: `Write the pictures that a resolution's models are trained on and validated with into folders by label:
DIR/train/LABEL/000012.jpg and DIR/validation/LABEL/000012.jpg. Equal numbers are the same moment at every resolution.
classes.json tells the labels, their folders and how many pictures they have. DIR must be new, empty, or an earlier
export's.`,
		RunE: func(c *cobra.Command, args []string) error {
			e, err := a.results(c.Context(), args[2:])
			if err != nil {
				return err
			}
			t, err := e.training(args[0], 1)
			if err != nil {
				return err
			}
			record := e.record(t.Dataset())
			if record == nil {
				return noResult(t.Dataset())
			}
			tick := view.NewTicker(a.err, "writing pictures")
			d := export.Dataset{Study: e.Study.Name, Resolution: args[0], Address: t.Dataset(), Record: *record, Progress: tick.Count}
			r, err := d.Write(c.Context(), e.Store, args[1])
			tick.Close()
			if err != nil {
				return remade(fmt.Errorf("export the dataset of %s: %w", args[0], err), t.Dataset())
			}
			return a.exported("dataset", r, fmt.Sprintf("%s of %s in %s", term.Count(r.Files(), "picture"), args[0], term.Clean(args[1])))
		},
	}
}

func (a *app) exportModelCommand() *cobra.Command {
	var replicate int
	c := &cobra.Command{
		Use: "model RES DIR [SPEC]", Short: "Write a model with what it takes to use it",
		Args: between(2, 3, "name a resolution and a folder: snellen export model 320x240 model"),
		Long: `Write a resolution's model into DIR: model.safetensors, the weights; model.json, the classes and the preparation of
pictures; README.md; and classify.py, an example for PyTorch that says what a picture shows. DIR must be new, empty, or an
earlier export's.`,
		RunE: func(c *cobra.Command, args []string) error {
			e, err := a.results(c.Context(), args[2:])
			if err != nil {
				return err
			}
			t, err := e.training(args[0], replicate)
			if err != nil {
				return err
			}
			list, _, err := export.Trainings(e.Store, e.report.Document(), e.decisions)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(list, func(one export.Training) bool { return one.Address == t.Address() })
			if i < 0 {
				return noResult(t.Address())
			}
			r, err := list[i].WriteModel(e.Store, args[1])
			if err != nil {
				return remade(fmt.Errorf("export the model of %s: %w", t.Address(), err), t.Address())
			}
			return a.exported("model", r, fmt.Sprintf("the model of %s in %s", t.Address(), term.Clean(args[1])))
		},
	}
	c.Flags().IntVar(&replicate, "replicate", 1, "the model of training `N` of the resolution")
	return c
}

// training is one that the study declares.
func (e *exporting) training(resolution string, replicate int) (address.Training, error) {
	t := address.Training{Resolution: resolution, Replicate: replicate}
	if !slices.Contains(e.Resolutions(), resolution) {
		return t, step.WithHint(fmt.Errorf("there is no resolution %q", resolution), "one of: "+view.ShortList(e.Resolutions(), 10))
	}
	if replicate < 1 || replicate > e.Study.Replicates {
		return t, step.WithHint(fmt.Errorf("there is no training %d of %s", replicate, resolution), fmt.Sprintf("the study has %d of each resolution", e.Study.Replicates))
	}
	return t, nil
}

// record is that of a step, nil where it has none.
func (e *exporting) record(address string) *store.Record {
	for _, d := range e.decisions {
		if d.Node.Address == address {
			return d.Record
		}
	}
	return nil
}

// remade adds to the error of a result whose files were freed how to make them again.
func remade(err error, address string) error {
	if errors.Is(err, store.ErrGone) {
		return step.WithHint(err, "make it again: snellen apply -replace="+address)
	}
	return err
}
