package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/view"
	"snellen/steps/export"
	"snellen/steps/export/mlflow"
	"snellen/steps/term"
)

func (a *app) exportMLflowCommand() *cobra.Command {
	var experiment string
	c := &cobra.Command{
		Use: "mlflow URI [SPEC]", Short: "Put runs onto an MLflow tracking server",
		Args: between(1, 2, "name a server: snellen export mlflow http://127.0.0.1:5000"),
		Long: `Put a run for each training into an experiment of an MLflow tracking server: parameters, metrics by epoch, results, tags,
and the training's files and the report as artifacts, where the server serves those itself. A run is known again by the
training's key, so that nothing is there twice.

MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, are sent to the server and nowhere else.`,
		RunE: func(c *cobra.Command, args []string) error { return a.exportMLflow(c, args, experiment) },
	}
	c.Flags().StringVar(&experiment, "experiment", "", "put them into the experiment `NAME` (default the study's name)")
	return c
}

func (a *app) exportMLflow(c *cobra.Command, args []string, experiment string) error {
	credentials := mlflow.Credentials{
		Username: os.Getenv("MLFLOW_TRACKING_USERNAME"), Password: os.Getenv("MLFLOW_TRACKING_PASSWORD"), Token: os.Getenv("MLFLOW_TRACKING_TOKEN"),
	}
	client, err := mlflow.Open(args[0], credentials)
	if err != nil {
		return err
	}
	e, err := a.results(c.Context(), args[1:])
	if err != nil {
		return err
	}
	list, err := a.trainings(e)
	if err != nil {
		return err
	}
	if credentials.IsSet() && !client.Encrypted() && !loopback(client.Host()) {
		a.warn("the connection is not encrypted: others on the way can read the credentials; https would keep them")
	}
	var text bytes.Buffer
	if err := e.report.WriteMarkdown(&text); err != nil {
		return err
	}
	if experiment == "" {
		experiment = e.Study.Name
	}
	tick := view.NewTicker(a.err, "sending runs")
	m := export.MLflow{
		Client: client, Store: e.Store, Experiment: experiment, Spec: filepath.Base(e.Study.File), Report: text.Bytes(), Progress: tick.Count, Warn: a.warn,
	}
	r, err := m.Put(c.Context(), list)
	tick.Close()
	if err != nil {
		return fmt.Errorf("export to MLflow: %w", err)
	}
	return a.exported("mlflow", r, fmt.Sprintf("%s in the experiment %s", term.Count(len(r.Items), "run"), term.Clean(experiment)))
}

// loopback tells whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
