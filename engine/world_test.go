package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"snellen/engine/step"
	"snellen/engine/store"
)

// A world is a store, the tools and the runners of a test. Its kind "join" writes its parameter's
// text and then all its inputs; "head" keeps the first byte of its input.
type world struct {
	t       *testing.T
	dir     string // of the store
	tool    string // identity of the tool "glue"
	runners map[string]step.Runner
	options Options
	far     Far

	mu     sync.Mutex
	ran    []string // addresses, in the order in which their runs began
	events []Event
}

type runner func(ctx context.Context, job *step.Job) error

func (r runner) Run(ctx context.Context, job *step.Job) error { return r(ctx, job) }

var (
	join = &step.Kind{Name: "join", Version: 1, Roles: []string{"in", "in/"},
		Outputs: []string{"out"}, Tools: []string{"glue"}, Pool: "cpu"}
	first = &step.Kind{Name: "head", Version: 1, Roles: []string{"in", "inin", "ininin"},
		Outputs: []string{"out"}, Pool: "cpu"}
)

func newWorld(t *testing.T) *world {
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "store"), tool: "1.0"}
	w.runners = map[string]step.Runner{"join": runner(doJoin), "head": runner(doHead)}
	w.options.Pools = map[string]int{"cpu": 4}
	return w
}

func doJoin(_ context.Context, job *step.Job) error {
	var p struct{ Text string }
	if err := json.Unmarshal(job.Params, &p); err != nil {
		return err
	}
	job.Report(step.Progress{Log: "joining " + p.Text})
	all := p.Text
	for _, role := range sortedKeys(job.Inputs) {
		data, err := os.ReadFile(job.Inputs[role])
		if err != nil {
			return err
		}
		all += "(" + string(data) + ")"
	}
	return os.WriteFile(filepath.Join(job.Out, "out"), []byte(all), 0o666)
}

func doHead(_ context.Context, job *step.Job) error {
	f, err := os.Open(job.Inputs["in"])
	if err != nil {
		return err
	}
	defer f.Close()
	one := make([]byte, 1)
	if _, err := io.ReadFull(f, one); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(job.Out, "out"), one, 0o666)
}

// node makes a join node; inputs are addresses, or files where they hold a slash at the start.
func node(address, text string, inputs ...string) *Node {
	n := &Node{Address: address, Kind: join, Params: params(text), Weight: 1}
	for i, in := range inputs {
		role := fmt.Sprintf("in/%d", i)
		if filepath.IsAbs(in) {
			n.Inputs = append(n.Inputs, Input{Role: role, File: in})
			continue
		}
		n.Inputs = append(n.Inputs, Input{Role: role, From: in, Output: "out"})
	}
	return n
}

func headOf(address, file string) *Node {
	return &Node{Address: address, Kind: first, Params: []byte("{}"),
		Inputs: []Input{{Role: "in", File: file}}, Weight: 1}
}

func params(text string) json.RawMessage {
	data, err := json.Marshal(struct{ Text string }{text})
	if err != nil {
		panic(err)
	}
	return data
}

func (w *world) file(name, text string) string {
	w.t.Helper()
	path := filepath.Join(filepath.Dir(w.dir), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) store() *store.Store {
	w.t.Helper()
	st, err := store.Open(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

func (w *world) plan(nodes ...*Node) *Plan {
	w.t.Helper()
	p, err := w.tryPlan(nodes...)
	if err != nil {
		w.t.Fatalf("plan: %v", err)
	}
	return p
}

func (w *world) tryPlan(nodes ...*Node) (*Plan, error) {
	w.t.Helper()
	g, err := NewGraph(nodes)
	if err != nil {
		w.t.Fatal(err)
	}
	st := w.store()
	d := &Decider{Store: st, Memo: st.Memo(), Last: st.Last("spec"), Far: w.far,
		Tools: func(context.Context, string) (string, error) { return w.tool, nil }}
	return d.Decide(w.t.Context(), g)
}

func (w *world) apply(nodes ...*Node) *Result {
	w.t.Helper()
	return w.carryOut(w.t.Context(), w.plan(nodes...))
}

func (w *world) carryOut(ctx context.Context, p *Plan) *Result {
	w.t.Helper()
	w.mu.Lock()
	w.ran, w.events = nil, nil
	w.mu.Unlock()
	o := w.options
	o.Runners = map[string]step.Runner{}
	for kind, r := range w.runners {
		o.Runners[kind] = r
	}
	if o.Emit == nil {
		o.Emit = w.note
	}
	r, err := p.Apply(ctx, o)
	if err != nil {
		w.t.Fatalf("apply: %v", err)
	}
	st := w.store()
	last := st.Last("spec")
	for _, d := range r.Decisions {
		if d.Record == nil {
			continue
		}
		files, err := d.Node.Files()
		if err != nil {
			w.t.Fatal(err)
		}
		last.Set(d.Node.Address, d.Key, files)
	}
	for _, f := range r.Failures {
		last.Fail(f.Address)
	}
	if err := st.SetLast("spec", last); err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) note(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
	if s, ok := e.(Started); ok {
		w.ran = append(w.ran, s.Address)
	}
}

// expect fails unless just these steps were run, in any order.
func (w *world) expect(addresses ...string) {
	w.t.Helper()
	ran := slices.Clone(w.ran)
	slices.Sort(ran)
	slices.Sort(addresses)
	if !slices.Equal(ran, addresses) {
		w.t.Errorf("ran %q, want %q", ran, addresses)
	}
}

// output is the bytes of a step's only output.
func (w *world) output(r *Result, address string) string {
	w.t.Helper()
	for _, d := range r.Decisions {
		if d.Node.Address == address && d.Record != nil {
			data, err := w.store().Read(d.Record.Outputs["out"], 1<<20)
			if err != nil {
				w.t.Fatalf("%s: %v", address, err)
			}
			return string(data)
		}
	}
	w.t.Fatalf("%s has no record", address)
	return ""
}

func (w *world) object(r *Result, address string) string {
	w.t.Helper()
	for _, d := range r.Decisions {
		if d.Node.Address == address {
			return w.store().Path(d.Record.Outputs["out"].Digest)
		}
	}
	w.t.Fatalf("no step %s", address)
	return ""
}

// verdicts puts a plan in words: "a=cached b=run c=maybe".
func verdicts(p *Plan) string {
	var words []string
	for _, d := range p.Decisions {
		words = append(words, d.Node.Address+"="+d.Verdict.String())
	}
	return strings.Join(words, " ")
}

func why(p *Plan, address string) string {
	for _, d := range p.Decisions {
		if d.Node.Address == address {
			return d.Why.Text
		}
	}
	return "no such step"
}

func (w *world) warnings() string {
	var all []string
	for _, e := range w.events {
		if e, ok := e.(Warned); ok {
			all = append(all, e.Address+": "+e.Text)
		}
	}
	return strings.Join(all, "\n")
}
