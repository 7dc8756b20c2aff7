package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/view"
	"snellen/steps/export"
	"snellen/steps/export/mlflow"
	"snellen/steps/report/plain"
	"snellen/steps/term"
)

type exportMLflowCommand struct {
	exportCommand
	experiment string
}

func newExportMLflow(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "mlflow URI [SPEC]", Short: "Put runs onto an MLflow tracking server",
		Args: takes(1, 2, "name a server: snellen export mlflow http://127.0.0.1:5000"),
		Long: `Put a run for each training into an experiment of an MLflow tracking server:
parameters, metrics by epoch, results with their intervals, sizes, tags, and the training's files
and the report with its page as artifacts, where the server serves those itself. A run is known
again by the training's key, so that nothing is there twice.

MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, are sent to the
server and nowhere else.`,
		Example: `  snellen export mlflow http://127.0.0.1:5000
  snellen export mlflow https://mlflow.example.com -experiment shelves`,
	}, &exportMLflowCommand{exportCommand: exportCommand{app: a}})
}

func (c *exportMLflowCommand) flags(f *pflag.FlagSet) {
	c.exportCommand.flags(f)
	f.StringVar(&c.experiment, "experiment", "",
		"put them into the experiment `NAME` (default the study's name)")
}

func (c *exportMLflowCommand) run(ctx context.Context, args []string) error {
	credentials := mlflow.Credentials{
		Username: os.Getenv("MLFLOW_TRACKING_USERNAME"),
		Password: os.Getenv("MLFLOW_TRACKING_PASSWORD"), Token: os.Getenv("MLFLOW_TRACKING_TOKEN"),
	}
	client, err := mlflow.Open(args[0], credentials)
	if err != nil {
		return err
	}
	e, err := c.results(ctx, args[1:])
	if err != nil {
		return err
	}
	list, err := c.trainings(e)
	if err != nil {
		return err
	}
	if credentials.IsSet() && client.Exposed() {
		c.warn("the connection is not encrypted: others on the way can read the credentials; " +
			"use https")
	}
	var text, page bytes.Buffer
	if err := errors.Join(plain.WriteMarkdown(&text, e.report.Document(), false),
		e.report.WritePage(&page)); err != nil {
		return err
	}
	experiment := cmp.Or(c.experiment, e.Study.Name)
	tick := view.NewTicker(c.err, "sending runs")
	m := export.MLflow{
		Client: client, Store: e.Store, Experiment: experiment, Spec: filepath.Base(e.Study.File),
		Report: text.Bytes(), Page: page.Bytes(), Progress: tick.Count, Warn: c.warn,
	}
	r, err := m.Put(ctx, list)
	tick.Close()
	if err != nil {
		return fmt.Errorf("export to MLflow: %w", err)
	}
	return c.report("mlflow", r, fmt.Sprintf(
		"%s in the experiment %s", term.Count(len(r.Items), "run"), term.Clean(experiment)))
}
