package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"snellen/steps/export"
	"snellen/steps/term"
)

type exportTensorBoardCommand struct{ exportCommand }

func newExportTensorBoard(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "tensorboard DIR [SPEC]", Short: "Write event files that TensorBoard reads",
		Args: takes(1, 2, "name a folder: snellen export tensorboard logs"),
		Long: `Write event files that TensorBoard reads: in DIR, a folder RESOLUTION/REPLICATE for
each training. Scalars are the accuracies, the loss, the learning rate and images a second by epoch,
and the results with their hyperparameters. Other things in DIR are left alone.`,
		Example: `  snellen export tensorboard logs   # and then: tensorboard --logdir logs`,
	}, &exportTensorBoardCommand{exportCommand{app: a}})
}

func (c *exportTensorBoardCommand) run(ctx context.Context, args []string) error {
	dir := args[0]
	e, err := c.results(ctx, args[1:])
	if err != nil {
		return err
	}
	list, err := c.trainings(e)
	if err != nil {
		return err
	}
	r, err := export.TensorBoard(dir, list)
	if err != nil {
		return fmt.Errorf("export to TensorBoard: %w", err)
	}
	what := fmt.Sprintf("%s in %s", term.Count(len(r.Items), "run"), term.Clean(dir))
	return c.report("tensorboard", r, what, "tensorboard", "--logdir", dir)
}
