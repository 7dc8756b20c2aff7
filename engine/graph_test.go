package engine

import (
	"strings"
	"testing"

	"snellen/engine/step"
	"snellen/engine/store"
)

func TestGraphRefuses(t *testing.T) {
	for want, nodes := range map[string][]*Node{
		"two steps have the address a":            {node("a", "1"), node("a", "2")},
		"step a reads from b, which is no step":   {node("a", "1", "b")},
		"steps read from each other: a -> b -> a": {node("a", "1", "b"), node("b", "2", "a")},
		"steps read from each other: c -> c":      {node("x", "1", "c"), node("c", "2", "c")},
	} {
		if _, err := NewGraph(nodes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// A typo in a role or an output fails before anything runs, and names what there is.
func TestGraphRefusesTypos(t *testing.T) {
	kind := &step.Kind{Name: "k", Roles: []string{"video", "probe/"}, Outputs: []string{"a", "d/"}}
	read := func(in Input) []*Node {
		n := &Node{Address: "reader", Kind: kind, Inputs: []Input{in}}
		bare := &Node{Address: "b", Kind: &step.Kind{Name: "bare"}}
		return []*Node{n, {Address: "source", Kind: kind}, bare}
	}
	for _, in := range []Input{
		{Role: "video", File: "x"}, {Role: "probe/0", From: "source", Output: "a"},
		{Role: "probe/BANANA", From: "source", Output: "d/"},
		{Role: "video", From: "source", Output: "d/file"},
	} {
		if _, err := NewGraph(read(in)); err != nil {
			t.Errorf("%+v: %v", in, err)
		}
	}
	for want, in := range map[string]Input{
		`step reader has an input "vido", and steps of kind k read video, probe/`:  {Role: "vido", File: "x"},
		`step reader has an input "probe", and steps of kind k read video, probe/`: {Role: "probe", File: "x"},
		`step reader reads "b" from source, and steps of kind k make a, d/`:        {Role: "video", From: "source", Output: "b"},
		`step reader reads "d" from source, and steps of kind k make a, d/`:        {Role: "video", From: "source", Output: "d"},
		`step reader reads "" from source, and steps of kind k make a, d/`:         {Role: "video", From: "source"},
		`step reader reads "out" from b, and steps of kind bare make nothing`:      {Role: "video", From: "b", Output: "out"},
	} {
		if _, err := NewGraph(read(in)); err == nil || err.Error() != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestManifestIsNotMovedByAddressOrRoleOrder(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	a := w.plan(node("a", "A", in)).Decisions[0]
	b := w.plan(node("b/elsewhere", "A", in)).Decisions[0]
	if a.Key != b.Key || a.Manifest != b.Manifest {
		t.Errorf("keys differ:\n%s\n%s", a.Manifest, b.Manifest)
	}
	if strings.Contains(a.Manifest, in) {
		t.Errorf("the manifest names a path:\n%s", a.Manifest)
	}
}

func TestKindOfAManifest(t *testing.T) {
	text := manifest(node("a", "kind x", "/file"), []string{"1.0"}, []store.Digest{{1}})
	if got := KindOf(text); got != "join" {
		t.Errorf("kind %q", got)
	}
	if KindOf("") != "" || KindOf("kind") != "" {
		t.Error("a kind of nothing")
	}
}
