package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"snellen/engine/step"
	"snellen/engine/store"
)

// measure makes bytes and figures, as a training does; the world's files "bytes" and "figures" say
// which.
var measure = &step.Kind{Name: "measure", Version: 1, Roles: []string{"in"},
	Outputs: []string{"figures.json", "model", "pictures/"}, Pool: "cpu"}

// measuring returns a world in which a step of the kind measure, below a step "a", was applied.
func measuring(t *testing.T) (*world, []*Node) {
	w := newWorld(t)
	w.file("bytes", "1")
	w.file("figures", `{"accuracy": 0.8, "areas": [{"rate": 1}, {"rate": 0.50}]}`)
	w.runners["measure"] = runner(func(_ context.Context, job *step.Job) error {
		for from, to := range map[string]string{"bytes": "model", "figures": "figures.json"} {
			data, err := os.ReadFile(filepath.Join(filepath.Dir(w.dir), from))
			if err == nil {
				err = os.WriteFile(filepath.Join(job.Out, to), data, 0o666)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	m := &Node{Address: "m", Kind: measure, Params: []byte("{}"),
		Inputs: []Input{{Role: "in", From: "a", Output: "out"}}, Weight: 1}
	nodes := []*Node{node("a", "A", w.file("in", "x")), m}
	w.apply(nodes...)
	return w, nodes
}

func (w *world) verify(p *Plan, addresses ...string) *Verification {
	w.t.Helper()
	var steps []*Decision
	for _, d := range p.Decisions {
		if slices.Contains(addresses, d.Node.Address) {
			steps = append(steps, d)
		}
	}
	o := w.options
	o.Runners = w.runners
	if o.Emit == nil {
		o.Emit = w.note
	}
	v, err := p.Verify(w.t.Context(), steps, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func TestGrades(t *testing.T) {
	w, nodes := measuring(t)
	for _, c := range []struct {
		name, bytes, figures string
		grade                Grade
		output, difference   string
	}{
		{"same", "1", `{"accuracy": 0.8, "areas": [{"rate": 1}, {"rate": 0.50}]}`, BitExact, "",
			""},
		{"bytes", "2", `{"accuracy": 0.8, "areas": [{"rate": 1}, {"rate": 0.50}]}`, SameNumbers,
			"model", ""},
		{"form", "1", `{"areas":[{"rate":1.0},{"rate":5e-1}],"accuracy":0.80}`, SameNumbers,
			"figures.json", ""},
		{"number", "1", `{"accuracy": 0.7, "areas": [{"rate": 1}, {"rate": 0.50}]}`, Differs,
			"figures.json", "figures.json: accuracy 0.8 -> 0.7"},
		{"inner", "2", `{"accuracy": 0.8, "areas": [{"rate": 1}, {"rate": 0.51}]}`, Differs,
			"figures.json", "figures.json: areas[1].rate 0.50 -> 0.51"},
		{"fewer", "1", `{"accuracy": 0.8, "areas": [{"rate": 1}]}`, Differs, "figures.json",
			"figures.json: areas has 2 elements -> 1"},
		{"new", "1", `{"accuracy": 0.8, "areas": [{"rate": 1}, {"rate": 0.50}], "z": 1}`, Differs,
			"figures.json", "figures.json: z is new"},
		{"gone", "1", `{"areas": [{"rate": 1}, {"rate": 0.50}]}`, Differs, "figures.json",
			"figures.json: accuracy is gone"},
		{"other", "1", `{"accuracy": "0.8"}`, Differs, "figures.json",
			`figures.json: accuracy 0.8 -> "0.8"`},
		{"damaged", "1", `{"accuracy"`, Differs, "figures.json", "figures.json: not JSON"},
	} {
		w.file("bytes", c.bytes)
		w.file("figures", c.figures)
		v := w.verify(w.plan(nodes...), "a", "m")
		if len(v.Steps) != 2 || len(v.Failures) > 0 || v.Interrupted ||
			v.Steps[0].Grade != BitExact {
			t.Fatalf("%s: %+v", c.name, v)
		}
		got := v.Steps[1]
		if got.Grade != c.grade || got.Output != c.output || got.Difference != c.difference {
			t.Errorf("%s: %v, %q, %q", c.name, got.Grade, got.Output, got.Difference)
		}
	}
	if got := verdicts(w.plan(nodes...)); got != "a=cached m=cached" {
		t.Errorf("verifying left another plan: %s", got)
	}
}

func TestVerifiedDigestsAreThoseOfPins(t *testing.T) {
	w, nodes := measuring(t)
	p := w.plan(nodes...)
	pins, err := p.Pins()
	if err != nil {
		t.Fatal(err)
	}
	got := w.verify(p, "m").Steps[0].Outputs
	if want := pins.Steps["m"].Outputs; len(got) != 2 || len(want) != 2 ||
		got["model"] != want["model"] || got["figures.json"] != want["figures.json"] {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestVerifyWhatCannotRun(t *testing.T) {
	w, nodes := measuring(t)
	p := w.plan(nodes...)
	broken := errors.New("broken")
	whole := w.runners["measure"]
	w.runners["measure"] = runner(func(_ context.Context, job *step.Job) error {
		job.Report(step.Progress{Command: "measure -x", Log: "about to break"})
		return broken
	})
	v := w.verify(p, "m")
	if len(v.Failures) != 1 || !errors.Is(v.Failures[0].Err, broken) ||
		v.Failures[0].Log != "about to break" {
		t.Errorf("%+v", v)
	}
	w.runners["measure"] = whole
	if err := os.Remove(w.store().Path(p.Decisions[0].Record.Outputs["out"].Digest)); err != nil {
		t.Fatal(err)
	}
	v = w.verify(p, "m")
	if len(v.Failures) != 1 ||
		step.Hint(v.Failures[0].Err) != "make it again: snellen apply -replace=a" {
		t.Errorf("%+v", v)
	}
}

// TestVerifyIsInterrupted: the first step waits for the interrupt, and the second finds no room
// before it.
func TestVerifyIsInterrupted(t *testing.T) {
	w, nodes := measuring(t)
	p := w.plan(nodes...)
	stop, stopping := make(chan struct{}), make(chan struct{})
	w.options.Stop, w.options.Pools = stop, map[string]int{"cpu": 1}
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		close(stop)
		<-stopping
		return doJoin(ctx, job)
	})
	w.options.Emit = func(e Event) {
		if s, ok := e.(Stopping); ok {
			if !slices.Equal(s.Running, []string{"a"}) {
				t.Errorf("running: %q", s.Running)
			}
			close(stopping)
		}
	}
	v := w.verify(p, "a", "m")
	if !v.Interrupted || len(v.Steps) != 1 || v.Steps[0].Address != "a" {
		t.Errorf("%+v", v)
	}
}

func TestPins(t *testing.T) {
	w := newWorld(t)
	in, other := w.file("in", "x"), w.file("other", "y")
	w.apply(node("a", "A", in))
	p := w.plan(node("a", "A", in), node("b", "B", "a", other), node("c", "C", "b", other))
	pins, err := p.Pins()
	if err != nil {
		t.Fatal(err)
	}
	if pins.Tools["glue"] != "1.0" || pins.Files[in] != store.Sum([]byte("x")) ||
		pins.Files[other] != store.Sum([]byte("y")) {
		t.Errorf("%+v", pins)
	}
	a := pins.Steps["a"]
	if len(pins.Steps) != 1 || a.Key != p.Decisions[0].Key ||
		a.Outputs["out"] != store.Sum([]byte("A(x)")) {
		t.Errorf("%+v", pins.Steps)
	}
}
