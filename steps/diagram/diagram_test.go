package diagram

import (
	"fmt"
	"strings"
	"testing"

	"snellen/engine"
	"snellen/engine/step"
)

// study is a graph of 17 labels at two resolutions, one of which has run.
func study() *Diagram {
	d := &Diagram{Graph: &engine.Graph{}, Resolutions: []string{"64x48", "32x24"}}
	add := func(v engine.Verdict, kind, address string, from ...string) {
		n := &engine.Node{Address: address, Kind: &step.Kind{Name: kind}}
		for _, f := range from {
			n.Inputs = append(n.Inputs, engine.Input{From: f})
		}
		d.Graph.Nodes = append(d.Graph.Nodes, n)
		d.Decisions = append(d.Decisions, &engine.Decision{Node: n, Verdict: v})
	}
	label := func(i int) string { return fmt.Sprintf(`L%d "<x>"`, i) }
	for i := range 17 {
		add(engine.Cached, "probe", "probe/"+label(i))
	}
	for i, r := range d.Resolutions {
		verdict := []engine.Verdict{engine.Cached, engine.Run}[i]
		var all []string
		for i := range 17 {
			if i > 2 {
				verdict = engine.Cached
			}
			all = append(all, r+"/extract/"+label(i))
			add(verdict, "extract", all[i], "probe/"+label(i))
		}
		add([]engine.Verdict{engine.Cached, engine.Maybe}[i], "train", r+"/train", all...)
	}
	return d
}

func written(t *testing.T, write func(d *Diagram, b *strings.Builder) error, d *Diagram) string {
	t.Helper()
	var b strings.Builder
	if err := write(d, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func dot(d *Diagram, b *strings.Builder) error     { return d.WriteDot(b) }
func mermaid(d *Diagram, b *strings.Builder) error { return d.WriteMermaid(b) }

// However many labels there are, a kind is one node of a resolution.
func TestByKind(t *testing.T) {
	want := `digraph study {
	rankdir = LR
	node [shape=box, style=filled, fillcolor=white]
	n0 [label="probe\n17 cached", fillcolor="#d8eedb"]
	subgraph cluster_0 {
	label="64x48"
	n1 [label="extract\n17 cached", fillcolor="#d8eedb"]
	n2 [label="train\n1 cached", fillcolor="#d8eedb"]
	}
	subgraph cluster_1 {
	label="32x24"
	n3 [label="extract\n14 cached, 3 to run", fillcolor="#fdeac0"]
	n4 [label="train\n1 may run", fillcolor="#dfe5f5"]
	}
	n0 -> n1
	n1 -> n2
	n0 -> n3
	n3 -> n4
}
`
	if got := written(t, dot, study()); got != want {
		t.Errorf("%s", got)
	}
	for _, want := range []string{`n3["extract<br>14 cached, 3 to run"]:::run`,
		"    subgraph r1[\"32x24\"]\n", "    n0 --> n1\n", "classDef maybe fill:"} {
		if got := written(t, mermaid, study()); !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

func TestBySteps(t *testing.T) {
	d := study()
	d.Steps = true
	got := written(t, dot, d)
	if n := strings.Count(got, "[label="); n != 17+2*18 {
		t.Errorf("there are %d nodes", n)
	}
	if want := `[label="32x24/extract/L0 \"<x>\"\nto run", fillcolor="#fdeac0"]`; !strings.Contains(
		got, want) {
		t.Errorf("%s is not in\n%s", want, got)
	}
	if want := `"probe/L0 #quot;#lt;x#gt;#quot;<br>cached"]:::cached`; !strings.Contains(
		written(t, mermaid, d), want) {
		t.Errorf("%s is not there", want)
	}
}

// What is not known is not said.
func TestWithoutDecisions(t *testing.T) {
	d := study()
	d.Decisions = nil
	got := written(t, dot, d)
	if !strings.Contains(got, `n0 [label="probe\n17 steps"]`) || strings.Contains(got, "cached") {
		t.Errorf("%s", got)
	}
}
