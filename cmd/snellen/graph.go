package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/steps/study"
)

func (a *app) graphCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use: "graph [SPEC]", Short: "Print the study's steps as a graph", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			forms := map[string]func(io.Writer, *engine.Graph) error{"dot": view.WriteDot, "mermaid": view.WriteMermaid}
			write, ok := forms[format]
			if !ok {
				return fmt.Errorf("-format is dot or mermaid, not %q", format)
			}
			s, err := a.load(args, project.ToRead)
			if err != nil {
				return err
			}
			g, err := study.Build(s)
			if err != nil {
				return err
			}
			return write(a.out, g)
		},
	}
	a.specFlags(c)
	c.Flags().StringVar(&format, "format", "dot", "`FORM` of the graph: dot (for Graphviz) or mermaid")
	return c
}
