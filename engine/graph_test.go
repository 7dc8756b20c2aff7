package engine

import (
	"strings"
	"testing"

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
	if got := KindOf(manifest(node("a", "kind x", "/file"), []string{"1.0"}, []store.Digest{{1}})); got != "join" {
		t.Errorf("kind %q", got)
	}
	if KindOf("") != "" || KindOf("kind") != "" {
		t.Error("a kind of nothing")
	}
}
