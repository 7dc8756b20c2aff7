package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/steps/study"
)

// A graphCommand prints the graph of steps.
type graphCommand struct {
	*app
	specOptions
	format string
}

func newGraph(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "graph [SPEC]", Short: "Print the study's steps as a graph",
		Args: aSpec,
		Example: `  snellen graph | dot -Tsvg > study.svg
  snellen graph -format mermaid snacks.hcl`,
	}, &graphCommand{app: a})
}

func (c *graphCommand) flags(f *pflag.FlagSet) {
	c.specOptions.flags(f)
	f.StringVar(&c.format, "format", "dot", "`FORM` of the graph: dot (for Graphviz) or mermaid")
}

func (c *graphCommand) run(_ context.Context, args []string) error {
	forms := map[string]func(io.Writer, *engine.Graph) error{"dot": view.WriteDot,
		"mermaid": view.WriteMermaid}
	write, ok := forms[c.format]
	if !ok {
		return fmt.Errorf("-format is dot or mermaid, not %q", c.format)
	}
	s, err := c.load(c.app, args, project.ToRead)
	if err != nil {
		return err
	}
	g, err := study.Build(s)
	if err != nil {
		return err
	}
	return write(c.out, g)
}
