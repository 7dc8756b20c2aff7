// Package diagram draws the graph of a study's steps, for Graphviz and for Mermaid. It has a node
// for each kind and resolution, or one for each step. The steps of a resolution are drawn together,
// and a node says what will become of its steps.
package diagram

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"snellen/engine"
	"snellen/steps/term"
)

// A Diagram is what is drawn.
type Diagram struct {
	Graph       *engine.Graph
	Resolutions []string           // names, in the study's order
	Decisions   []*engine.Decision // nil where nothing is known of the steps
	Steps       bool               // a node for each step
}

// Form returns the method that writes a diagram in a form: dot or mermaid.
func Form(name string) (func(*Diagram, io.Writer) error, error) {
	switch name {
	case "dot":
		return (*Diagram).WriteDot, nil
	case "mermaid":
		return (*Diagram).WriteMermaid, nil
	}
	return nil, fmt.Errorf("-format is dot or mermaid, not %q", name)
}

// states are the words and colours of a node whose steps all have that verdict, and the word of one
// whose steps have several. Words carry the meaning, and colours only help.
var states = map[engine.Verdict]struct{ word, name, colour string }{
	engine.Cached: {"cached", "cached", "#d8eedb"},
	engine.Run:    {"to run", "run", "#fdeac0"},
	engine.Maybe:  {"may run", "maybe", "#dfe5f5"},
}

var verdicts = []engine.Verdict{engine.Cached, engine.Run, engine.Maybe}

// A node is a box of the drawing.
type node struct {
	name       string
	resolution string // "" for what resolutions share
	steps      int
	counts     map[engine.Verdict]int
}

// lines are the lines of text in a node.
func (n *node) lines(each bool) []string {
	all := []string{n.name}
	var parts []string
	for _, v := range verdicts {
		switch count := n.counts[v]; {
		case count > 0 && each:
			parts = append(parts, states[v].word)
		case count > 0:
			parts = append(parts, fmt.Sprintf("%d %s", count, states[v].word))
		}
	}
	switch {
	case len(parts) > 0:
		all = append(all, strings.Join(parts, ", "))
	case !each:
		all = append(all, term.Count(n.steps, "step"))
	}
	return all
}

// verdict returns the one that colours a node: of what runs, if anything does. ok is false where
// nothing is known.
func (n *node) verdict() (v engine.Verdict, ok bool) {
	for _, v := range []engine.Verdict{engine.Run, engine.Maybe, engine.Cached} {
		if n.counts[v] > 0 {
			return v, true
		}
	}
	return 0, false
}

// layout returns the nodes in the order of their first steps, and the edges between them.
func (d *Diagram) layout() (nodes []*node, edges [][2]int) {
	verdict := map[string]engine.Verdict{}
	for _, one := range d.Decisions {
		verdict[one.Node.Address] = one.Verdict
	}
	at := map[[2]string]int{} // node of a resolution and name
	place := map[string]int{} // node of an address
	seen := map[[2]int]bool{} // edges
	for _, step := range d.Graph.Nodes {
		key := [2]string{d.resolution(step.Address), step.Kind.Name}
		if d.Steps {
			key[1] = step.Address
		}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(nodes), len(nodes)
			nodes = append(nodes, &node{name: key[1], resolution: key[0],
				counts: map[engine.Verdict]int{}})
		}
		place[step.Address] = i
		nodes[i].steps++
		if v, ok := verdict[step.Address]; ok {
			nodes[i].counts[v]++
		}
	}
	for _, step := range d.Graph.Nodes {
		for _, in := range step.Inputs {
			from, ok := place[in.From]
			edge := [2]int{from, place[step.Address]}
			if ok && !seen[edge] && edge[0] != edge[1] {
				seen[edge] = true
				edges = append(edges, edge)
			}
		}
	}
	return nodes, edges
}

// resolution returns the resolution that an address begins with, or "".
func (d *Diagram) resolution(address string) string {
	first, _, _ := strings.Cut(address, "/")
	if slices.Contains(d.Resolutions, first) {
		return first
	}
	return ""
}

// groups calls each with the nodes that the resolutions share, and then with those of each
// resolution, which have an index from 0.
func (d *Diagram) groups(nodes []*node, each func(resolution string, index int, inside []int)) {
	for i, r := range append([]string{""}, d.Resolutions...) {
		var inside []int
		for at, n := range nodes {
			if n.resolution == r {
				inside = append(inside, at)
			}
		}
		if len(inside) > 0 {
			each(r, i-1, inside)
		}
	}
}

var dotText = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ")

// WriteDot writes the graph for Graphviz.
func (d *Diagram) WriteDot(w io.Writer) error {
	var b strings.Builder
	b.WriteString("digraph study {\n\trankdir = LR\n\tnode [shape=box, style=filled, " +
		"fillcolor=white]\n")
	nodes, edges := d.layout()
	d.groups(nodes, func(resolution string, index int, inside []int) {
		if resolution != "" {
			fmt.Fprintf(&b, "\tsubgraph cluster_%d {\n\tlabel=\"%s\"\n", index,
				dotText.Replace(resolution))
		}
		for _, i := range inside {
			colour := ""
			if v, ok := nodes[i].verdict(); ok {
				colour = fmt.Sprintf(", fillcolor=\"%s\"", states[v].colour)
			}
			var lines []string
			for _, line := range nodes[i].lines(d.Steps) {
				lines = append(lines, dotText.Replace(line))
			}
			fmt.Fprintf(&b, "\tn%d [label=\"%s\"%s]\n", i, strings.Join(lines, `\n`), colour)
		}
		if resolution != "" {
			b.WriteString("\t}\n")
		}
	})
	for _, e := range edges {
		fmt.Fprintf(&b, "\tn%d -> n%d\n", e[0], e[1])
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

var mermaidText = strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;",
	"\n", " ")

// WriteMermaid writes the graph for Mermaid, which Markdown viewers draw.
func (d *Diagram) WriteMermaid(w io.Writer) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	nodes, edges := d.layout()
	d.groups(nodes, func(resolution string, index int, inside []int) {
		if resolution != "" {
			fmt.Fprintf(&b, "    subgraph r%d[\"%s\"]\n", index, mermaidText.Replace(resolution))
		}
		for _, i := range inside {
			class := ""
			if v, ok := nodes[i].verdict(); ok {
				class = ":::" + states[v].name
			}
			var lines []string
			for _, line := range nodes[i].lines(d.Steps) {
				lines = append(lines, mermaidText.Replace(line))
			}
			fmt.Fprintf(&b, "    n%d[\"%s\"]%s\n", i, strings.Join(lines, "<br>"), class)
		}
		if resolution != "" {
			b.WriteString("    end\n")
		}
	})
	for _, e := range edges {
		fmt.Fprintf(&b, "    n%d --> n%d\n", e[0], e[1])
	}
	if len(d.Decisions) > 0 {
		for _, v := range verdicts {
			fmt.Fprintf(&b, "    classDef %s fill:%s,color:#000\n", states[v].name,
				states[v].colour)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
