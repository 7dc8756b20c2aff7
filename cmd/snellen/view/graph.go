package view

import (
	"fmt"
	"io"
	"strings"

	"snellen/engine"
)

// edges calls each, once, with the indices of every step and of each step that reads from it.
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

// WriteDot writes a graph for Graphviz.
func WriteDot(w io.Writer, g *engine.Graph) error {
	var b strings.Builder
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ")
	b.WriteString("digraph study {\n\trankdir = LR\n\tnode [shape=box]\n")
	for i, n := range g.Nodes {
		fmt.Fprintf(&b, "\tn%d [label=\"%s\"]\n", i, quote.Replace(n.Address))
	}
	edges(g, func(from, to int) { fmt.Fprintf(&b, "\tn%d -> n%d\n", from, to) })
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteMermaid writes a graph for Mermaid, which Markdown viewers draw.
func WriteMermaid(w io.Writer, g *engine.Graph) error {
	var b strings.Builder
	quote := strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "\n", " ")
	b.WriteString("flowchart LR\n")
	for i, n := range g.Nodes {
		fmt.Fprintf(&b, "    n%d[\"%s\"]\n", i, quote.Replace(n.Address))
	}
	edges(g, func(from, to int) { fmt.Fprintf(&b, "    n%d --> n%d\n", from, to) })
	_, err := io.WriteString(w, b.String())
	return err
}
