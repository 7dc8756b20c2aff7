package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/steps/diagram"
)

// A graphCommand prints the graph of steps.
type graphCommand struct {
	*app
	studyOptions
	format string
	steps  bool
}

func newGraph(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "graph [SPEC]", Short: "Print the study's steps as a graph, and what will run",
		Args: aSpec,
		Example: `  snellen graph | dot -Tsvg > study.svg
  snellen graph -format mermaid snacks.hcl`,
	}, &graphCommand{app: a})
}

func (c *graphCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	f.StringVar(&c.format, "format", "dot", "`FORM` of the graph: dot (for Graphviz) or mermaid")
	f.BoolVar(&c.steps, "steps", false, "draw each step, not each kind of step of a resolution")
}

func (c *graphCommand) run(ctx context.Context, args []string) error {
	write, err := diagram.Form(c.format)
	if err != nil {
		return err
	}
	p, err := c.open(c.app, args, project.ToRead)
	if err != nil {
		return err
	}
	d := diagram.Diagram{Graph: p.Graph, Resolutions: p.Resolutions(), Steps: c.steps}
	if d.Decisions, err = c.decisions(ctx, p); err != nil {
		c.warn("what will run is not shown: " + strings.Split(err.Error(), "\n")[0])
	}
	return write(&d, c.out)
}
