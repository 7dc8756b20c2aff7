package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"snellen/engine"
	"snellen/steps"
)

func (a *app) graphCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use: "graph [SPEC]", Short: "Print the study's steps as a graph", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			forms := map[string]func(io.Writer, *engine.Graph) error{"dot": writeDot, "mermaid": writeMermaid}
			write, ok := forms[format]
			if !ok {
				return fmt.Errorf("-format is dot or mermaid, not %q", format)
			}
			a.onlyReads = true
			study, err := a.load(args)
			if err != nil {
				return err
			}
			g, err := steps.Build(study)
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

// edges calls each with the place of every step and of each step that reads from it, once.
func edges(g *engine.Graph, each func(from, to int)) {
	at := map[string]int{}
	for i, n := range g.Nodes {
		at[n.Address] = i
	}
	for i, n := range g.Nodes {
		seen := map[string]bool{"": true}
		for _, in := range n.Inputs {
			if !seen[in.From] {
				each(at[in.From], i)
			}
			seen[in.From] = true
		}
	}
}

func writeDot(w io.Writer, g *engine.Graph) error {
	var b strings.Builder
	b.WriteString("digraph study {\n\trankdir = LR\n\tnode [shape=box]\n")
	for i, n := range g.Nodes {
		fmt.Fprintf(&b, "\tn%d [label=\"%s\"]\n", i, strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(n.Address))
	}
	edges(g, func(from, to int) { fmt.Fprintf(&b, "\tn%d -> n%d\n", from, to) })
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func writeMermaid(w io.Writer, g *engine.Graph) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, n := range g.Nodes {
		fmt.Fprintf(&b, "    n%d[\"%s\"]\n", i, strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "\n", " ").Replace(n.Address))
	}
	edges(g, func(from, to int) { fmt.Fprintf(&b, "    n%d --> n%d\n", from, to) })
	_, err := io.WriteString(w, b.String())
	return err
}
