package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/view"
	"snellen/steps/export"
	"snellen/steps/term"
)

type exportDatasetCommand struct {
	exportCommand
	format string
}

func newExportDataset(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "dataset RES DIR [SPEC]", Short: "Write a resolution's pictures into folders by label",
		Args: takes(2, 3,
			"name a resolution and a folder: snellen export dataset 320x240 pictures"),
		Long: `Write the pictures that a resolution's models are trained on and validated with into
folders by label: DIR/train/LABEL/000012.jpg and DIR/validation/LABEL/000012.jpg. Equal numbers are
the same moment at every resolution. classes.json has the labels, their folders and how many
pictures they have. DIR must be new, empty, or an earlier export's.

With -format recordio, they are packed as a trainer in the cloud gets them: DIR/train.rec and
DIR/validation.rec, each with a list of its pictures (.lst) and an index of its records (.idx).`,
		Example: `  snellen export dataset 320x240 pictures
  snellen export dataset 320x240 records -format recordio`,
	}, &exportDatasetCommand{exportCommand: exportCommand{app: a}})
}

func (c *exportDatasetCommand) flags(f *pflag.FlagSet) {
	c.exportCommand.flags(f)
	f.StringVar(&c.format, "format", "folders", "`FORM` of the dataset: folders or recordio")
}

func (c *exportDatasetCommand) run(ctx context.Context, args []string) error {
	write, err := export.DatasetForm(c.format)
	if err != nil {
		return err
	}
	resolution, dir := args[0], args[1]
	e, err := c.results(ctx, args[2:])
	if err != nil {
		return err
	}
	t, err := e.training(resolution, 1)
	if err != nil {
		return err
	}
	record := e.record(t.Dataset())
	if record == nil {
		return noResult(t.Dataset())
	}
	tick := view.NewTicker(c.err, "writing pictures")
	d := export.Dataset{
		Study: e.Study.Name, Resolution: resolution, Address: t.Dataset(), Record: *record,
		Progress: tick.Count,
	}
	r, err := write(&d, ctx, e.Store, dir)
	tick.Close()
	if err != nil {
		return withRemakeHint(fmt.Errorf("export the dataset of %s: %w", resolution, err),
			t.Dataset(), *record)
	}
	return c.report("dataset", r, fmt.Sprintf("%s of %s in %s",
		term.Count(d.Images(), "picture"), resolution, term.Clean(dir)))
}
