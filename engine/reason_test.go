package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine/step"
)

// Two labels' videos are swapped: their steps are cached, and what reads both is told who changed
// places. A third one takes part, or other bytes come beside.
func TestChangedPlaces(t *testing.T) {
	w := newWorld(t)
	x, y, z := w.file("x.mp4", "x"), w.file("y.mp4", "y"), w.file("z.mp4", "z")
	study := func(files ...string) []*Node {
		nodes := []*Node{node("large/extract/COFFEE", "", files[0]),
			node("large/extract/TEA", "", files[1]), node("large/extract/MILK", "", files[2])}
		return append(nodes, node("large/dataset", "", "large/extract/COFFEE",
			"large/extract/TEA", "large/extract/MILK"))
	}
	w.apply(study(x, y, z)...)
	w.apply(node("other/1", "", w.file("w.mp4", "w")), node("other/2", "", "other/1"))
	for want, nodes := range map[string][]*Node{
		"COFFEE and TEA changed places":       study(y, x, z),
		"COFFEE, TEA and MILK changed places": study(y, z, x),
		"COFFEE and TEA changed places, other bytes from large/extract/MILK: out": append(
			study(y, x, filepath.Join(filepath.Dir(w.dir), "w.mp4")), node("other/1", "", x)),
	} {
		if got := why(w.plan(nodes...), "large/dataset"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What nobody knows is not said: a label that has another name now did not change places.
func TestUnknownPlaces(t *testing.T) {
	w := newWorld(t)
	x, y := w.file("x", "x"), w.file("y", "y")
	w.apply(node("A", "", x), node("B", "", y), node("both", "", "A", "B"))
	p := w.plan(node("B", "", y), node("C", "", x), node("both", "", "B", "C"))
	if got := why(p, "both"); got != "its inputs are in another order" {
		t.Error(got)
	}
}

// A record is said to be gone only where it was there.
func TestRecordIsGone(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	w.apply(node("a", "A", in), node("b", "B", in))
	w.apply(node("a", "AA", in), node("b", "B", in))
	records, err := filepath.Glob(filepath.Join(w.dir, "records", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range records {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	p := w.plan(node("a", "AAA", in), node("b", "B", in), node("c", "B", in), node("d", "D", in))
	for address, want := range map[string]string{
		"a": "changed; its earlier record is gone", "b": "its record is gone",
		"c": "its record is gone", "d": neverRun,
	} {
		if got := why(p, address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	w.carryOut(t.Context(), p)
	records, err = filepath.Glob(filepath.Join(w.dir, "records", "*", "*"))
	if err != nil || len(records) != 3 {
		t.Fatalf("%q, %v", records, err)
	}
	for _, path := range records {
		damage(t, path)
	}
	want := "changed; its earlier record cannot be read"
	if got := why(w.plan(node("a", "A", in)), "a"); got != want {
		t.Error(got)
	}
}

// A step that failed was run.
func TestFailedIsNotNeverRun(t *testing.T) {
	w := newWorld(t)
	w.runners["join"] = runner(func(context.Context, *step.Job) error {
		return errors.New("no luck")
	})
	w.apply(node("a", "A"), node("b", "B", "a"))
	p := w.plan(node("a", "AA"), node("b", "B", "a"))
	if a, b := why(p, "a"), why(p, "b"); a != "failed before" || b != "never run, after a" {
		t.Errorf("%q, %q", a, b)
	}
	w.runners["join"] = runner(doJoin)
	w.apply(node("a", "AA"), node("b", "B", "a"))
	if got := why(w.plan(node("a", "A")), "a"); got != `Text "AA" -> "A"` {
		t.Error(got)
	}
}

// A step that did not exist made no other bytes, and a file that is new did not change.
func TestNewInputsAreNew(t *testing.T) {
	w := newWorld(t)
	one, two := w.file("1.jpg", "1"), w.file("2.jpg", "2")
	w.apply(node("A", "", one, two), node("all", "", "A"), node("apart", "B", two))
	zero := w.file("0.jpg", "0")
	w.apply(node("apart", "B", two), node("B", "", two))
	p := w.plan(node("A", "", zero, one, two), node("B", "", two), node("all", "", "B"))
	if got := why(p, "A"); got != zero+" is new" {
		t.Error(got)
	}
	three := w.file("3.jpg", "3")
	origin := node("A", "", one, three)
	origin.Origins = map[string]Origin{"in": {Attribute: "pictures", File: "s.hcl", Line: 3}}
	if got := why(w.plan(origin), "A"); got != "pictures "+two+" -> "+three+" (s.hcl:3)" {
		t.Error(got)
	}
}

// Steps upstream are named and counted when all verdicts are final.
func TestAllStepsUpstreamAreCounted(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	nodes := func(text string) []*Node {
		return []*Node{node("a", text, in), node("b", "B", in), node("c", "C", "a", "b")}
	}
	r := w.apply(nodes("A")...)
	if err := os.Remove(w.object(r, "b")); err != nil {
		t.Fatal(err)
	}
	if got := why(w.plan(nodes("AA")...), "c"); got != "after a and 1 more" {
		t.Error(got)
	}
}

// Outputs that a kind makes beside are a cause of their own only where there is no other.
func TestReasonsOfKinds(t *testing.T) {
	n := &Node{Address: "a", Inputs: []Input{{Role: "in", From: "b", Output: "out"}}}
	manifest := func(kind, param, in, out string) string {
		return fmt.Sprintf("manifest 1\nkind %s\nparam %s\nin %s\nout %s\n", kind, param, in, out)
	}
	before := manifest("join 1", `{"a":1}`, "in sha256:1", "x")
	for want, now := range map[string]string{
		"steps of kind join make other outputs now": manifest("join 1", `{"a":1}`, "in sha256:1",
			"x y"),
		"a 1 -> 2":                            manifest("join 1", `{"a":2}`, "in sha256:1", "x y"),
		"version of step kind join 1 -> 2":    manifest("join 2", `{"a":1}`, "in sha256:1", "x y"),
		"kind of step join -> head, a 1 -> 2": manifest("head 1", `{"a":2}`, "in sha256:1", "x"),
		"other bytes from b: out":             manifest("join 1", `{"a":1}`, "in sha256:2", "x"),
		"its inputs have other roles":         manifest("join 1", `{"a":1}`, "old sha256:1", "x"),
	} {
		if got := strings.Join(Difference(n, before, now, true), ", "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	now := manifest("join 1", `{"a":1}`, "in sha256:2", "x")
	if got := strings.Join(Difference(n, before, now, false), ", "); got != "input in changed" {
		t.Errorf("between two runs: %q", got)
	}
}

// What a step was told is its kind and its parameters. A value that is computed is not shown, with
// or without places in the spec.
func TestTold(t *testing.T) {
	n := &Node{
		Address: "a", Kind: &step.Kind{Name: "join", Version: 1, Tools: []string{"t"}},
		Params: json.RawMessage(`{"a":2,"d":[9]}`),
		Origins: map[string]Origin{
			"a": {Attribute: "block.a", File: "s.hcl", Line: 3},
			"d": {Attribute: "block.d", File: "s.hcl", Line: 4, Derived: true},
		},
	}
	before := "manifest 1\nkind join 1\ntool t old\nparam {\"a\":1,\"d\":[8]}\nin x sha256:1\nout y\n"
	for placed, want := range map[bool]string{
		true:  "block.a 1 -> 2 (s.hcl:3), block.d changed (s.hcl:4)",
		false: "block.a 1 -> 2, block.d changed",
	} {
		if got := strings.Join(Told(n, before, n.Told(), placed), ", "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	other := strings.NewReplacer("old", "new", "sha256:1", "sha256:2").Replace(before)
	if got := Told(n, before, other, true); got != nil {
		t.Errorf("other tools and inputs: %q", got)
	}
}

// A saved plan is told what changed since, and another file is no other step.
func TestStaleReasonsAreTrue(t *testing.T) {
	w := newWorld(t)
	one, two := w.file("1", "1"), w.file("2", "2")
	nodes := func(files []string, up ...string) []*Node {
		return []*Node{node("a", "", files...), node("b", "B"), node("c", "C", up...)}
	}
	saved := w.plan(nodes([]string{one}, "a", "b")...).Snapshot()
	for want, p := range map[string]*Plan{
		two + " is new or changed": w.plan(nodes([]string{one, two}, "a", "b")...),
		"c reads outputs of other steps in another order": w.plan(
			nodes([]string{one}, "b", "a")...),
		"c reads other outputs than before": w.plan(nodes([]string{one}, "b")...),
	} {
		if got := strings.Join(p.Stale(saved), "; "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
