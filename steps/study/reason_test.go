package study_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/study"
)

// TestReasonsAreTrue makes two thousand random edits of a study that was applied: of its spec, its
// files, its tools and its store, one to three at a time. Whatever the plan then says of a step
// that will run, or may, must be so: each cause that it names is compared with what the study, its
// files and its tools were when that step last had a result, and are now.
func TestReasonsAreTrue(t *testing.T) {
	total := &truth{said: map[string]int{}}
	edits, refused := 0, 0
	for seed := uint64(1); edits < 2000 && !t.Failed(); seed++ {
		w := newWalk(t, seed, total)
		w.apply()
		for range 100 {
			before := w.now
			w.now = before.clone()
			made := len(w.edits)
			for range 1 + w.r.IntN(5) {
				w.edit()
			}
			plan, ok := w.plan()
			if !ok {
				w.now, w.edits = before, w.edits[:made]
				refused++
				continue
			}
			edits += len(w.edits) - made
			w.check(plan)
			if w.r.IntN(4) == 0 {
				w.carryOut(plan)
			}
		}
	}
	t.Logf("%d edits (%d others made no study): %d reasons, each true: %v", edits, refused,
		total.reasons, total.said)
	for _, sort := range []string{"attribute", "label", "area", "file", "new", "bytes", "places",
		"order", "tool", "kind", "never", "failed", "gone", "objects", "same", "after"} {
		if total.said[sort] == 0 {
			t.Errorf("no reason was about %q: %v", sort, total.said)
		}
	}
}

// A walk is a study that is edited and applied again and again.
type walk struct {
	t     *testing.T
	r     *rand.Rand
	dir   string
	store *store.Store
	last  store.Last
	now   *sketch
	old   []*sketch          // of earlier applies
	edits []string           // in words, for failures
	past  map[string]moment  // by address: when it last had a result
	tried map[string]bool    // addresses whose runs failed and that never had a result
	kept  map[store.Key]bool // keys that had a record
	fails string             // kind of which the next apply fails
	again map[string]bool
	truth *truth
}

// A moment is what a study was when a step had a result.
type moment struct {
	study  *sketch
	key    store.Key
	record *store.Record
}

func newWalk(t *testing.T, seed uint64, total *truth) *walk {
	t.Helper()
	dir := t.TempDir()
	if fast, err := os.MkdirTemp("/dev/shm", "reasons-"); err == nil { // a disk would be waited for
		dir = fast
		t.Cleanup(func() { os.RemoveAll(fast) })
	}
	t.Chdir(dir) // so that reasons name files as the spec does
	st, err := store.Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	return &walk{t: t, r: rand.New(rand.NewPCG(seed, 0)), dir: dir, store: st, now: newSketch(),
		past: map[string]moment{}, tried: map[string]bool{}, kept: map[store.Key]bool{},
		truth: total}
}

// edit changes one thing of the study or of the store, or goes back to what the study was before.
func (w *walk) edit() {
	switch i := w.r.IntN(20); {
	case i == 0 && len(w.old) > 0:
		w.now = w.old[w.r.IntN(len(w.old))].clone()
		w.edits = append(w.edits, "go back")
	case i == 1:
		w.edits = append(w.edits, w.remove("records"))
	case i == 2:
		w.edits = append(w.edits, w.remove("objects"))
	case i == 3:
		w.fails = []string{"select", "train", "extract", "dataset"}[w.r.IntN(4)]
		w.edits = append(w.edits, w.fails+" fails next time")
	default:
		w.edits = append(w.edits, w.now.edit(w.r))
	}
}

// remove removes some files of a folder of the store.
func (w *walk) remove(folder string) string {
	paths, err := filepath.Glob(filepath.Join(w.store.Dir(), folder, "*", "*"))
	if err != nil {
		w.t.Fatal(err)
	}
	for range min(len(paths), 1+w.r.IntN(len(paths)/4+1)) {
		if err := os.Remove(paths[w.r.IntN(len(paths))]); err != nil &&
			!errors.Is(err, os.ErrNotExist) {
			w.t.Fatal(err)
		}
	}
	return "remove " + folder
}

// plan writes the spec and the files, and plans. ok is false where the sketch is no study.
func (w *walk) plan() (plan *engine.Plan, ok bool) {
	w.t.Helper()
	for name, text := range w.now.files {
		path := filepath.Join(w.dir, name)
		if old, err := os.ReadFile(path); err != nil || string(old) != text {
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile("s.hcl", []byte(w.now.spec()), 0o666); err != nil {
		w.t.Fatal(err)
	}
	s, list := specs.Load("s.hcl", specs.Options{WithoutFootage: true})
	if list.HasErrors() {
		return nil, false
	}
	graph, err := study.Build(s)
	if err != nil {
		w.t.Fatal(err)
	}
	w.again = map[string]bool{}
	if w.r.IntN(10) == 0 {
		w.again[graph.Nodes[w.r.IntN(len(graph.Nodes))].Address] = true
	}
	tools := func(_ context.Context, tool string) (string, error) { return w.now.tools[tool], nil }
	d := &engine.Decider{Store: w.store, Memo: w.store.Memo(), Tools: tools, Last: w.last,
		Replace: w.again}
	if plan, err = d.Decide(w.t.Context(), graph); err != nil {
		w.t.Fatal(err)
	}
	return plan, true
}

func (w *walk) apply() {
	w.t.Helper()
	plan, ok := w.plan()
	if !ok {
		w.t.Fatalf("no study:\n%s", w.now.spec())
	}
	w.carryOut(plan)
}

// carryOut applies a plan with fake runners, and remembers what each step was.
func (w *walk) carryOut(plan *engine.Plan) {
	w.t.Helper()
	o := fakeOptions(plan.Graph)
	for kind, r := range o.Runners {
		o.Runners[kind] = coarse{r.(fakeRunner), w.fails}
	}
	result, err := plan.Apply(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	defer result.Release()
	last := w.last.Clone()
	for _, f := range result.Failures {
		last.Fail(f.Address)
		if _, had := w.past[f.Address]; !had {
			w.tried[f.Address] = true
		}
	}
	for _, d := range result.Decisions {
		if d.Record == nil {
			continue
		}
		files, err := d.Node.Files()
		if err != nil {
			w.t.Fatal(err)
		}
		last.Set(d.Node.Address, d.Record.Key(), files)
		w.past[d.Node.Address] = moment{w.now, d.Record.Key(), d.Record}
		delete(w.tried, d.Node.Address)
		w.kept[d.Record.Key()] = true
	}
	w.last, w.fails = last, ""
	w.old = append(w.old, w.now)
	w.edits = append(w.edits, "apply")
}

// A coarse runner makes the same of files that differ behind their slash where a probe reads them.
// Elsewhere it makes other bytes for each key.
type coarse struct {
	fakeRunner
	fails string // this kind
}

func (c coarse) Run(ctx context.Context, job *step.Job) error {
	if c.kind.Name == c.fails {
		return errors.New("no luck")
	}
	if c.kind.Name != "probe" {
		return c.fakeRunner.Run(ctx, job)
	}
	data, err := os.ReadFile(job.Inputs["video"])
	if err != nil {
		return err
	}
	what, _, _ := strings.Cut(string(data), "/")
	return writeFile(filepath.Join(job.Out, c.kind.Outputs[0]), string(job.Params)+what)
}
