package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"snellen/engine/shared"
	"snellen/engine/shared/folder"
	"snellen/engine/step"
)

// TestApplyDoesWhatThePlanSays makes random graphs, and edits them, their files, their tools and
// the store at random. Each apply must run all steps that its plan says will run, and no others but
// those that may run.
func TestApplyDoesWhatThePlanSays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		v := newVolatile(t, r)
		defer os.RemoveAll(filepath.Dir(v.dir))
		for range rapid.IntRange(1, 4).Draw(r, "rounds") {
			for range rapid.IntRange(0, 3).Draw(r, "edits") {
				v.edit()
			}
			v.round()
		}
	})
}

// TestApplyDoesWhatThePlanSaysWithOthers is the same for two people, by turns, who share a store.
// Where its objects are lost or damaged, steps that were said to be cached may run.
func TestApplyDoesWhatThePlanSaysWithOthers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		v := newVolatile(t, r)
		root := filepath.Dir(v.dir)
		defer os.RemoveAll(root)
		v.lab = filepath.Join(root, "lab")
		if err := os.Mkdir(v.lab, 0o777); err != nil {
			t.Fatal(err)
		}
		v.lossy = rapid.Bool().Draw(r, "lossy")
		for range rapid.IntRange(2, 4).Draw(r, "rounds") {
			v.dir = filepath.Join(root, rapid.SampledFrom([]string{"ann", "bob"}).Draw(r, "who"))
			for range rapid.IntRange(0, 3).Draw(r, "edits") {
				v.edit()
			}
			tier := shared.NewTier(folder.Open(v.lab), v.store(), false)
			v.far = tier
			v.round()
			if sent := tier.Drain(t.Context()); sent.Err != nil || sent.Left > 0 {
				r.Errorf("%+v", sent)
			}
		}
	})
}

// A volatile is a world in which anything may change.
type volatile struct {
	*world
	r       *rapid.T
	toys    []*toy
	version int // of the kind join
	files   []string
	rolled  atomic.Int64 // by dice steps
	lab     string       // the folder of a shared store, or ""
	lossy   bool         // its objects may be lost or damaged
}

// A toy is a node to be. Its inputs are earlier toys, or files where they are below 0.
type toy struct {
	name, kind, text, batch string
	inputs                  []int
	wanted                  bool
}

func newVolatile(t *testing.T, r *rapid.T) *volatile {
	dir, err := os.MkdirTemp("", "promise-")
	if err != nil {
		t.Fatal(err)
	}
	v := &volatile{world: &world{t: t, dir: filepath.Join(dir, "store"), tool: "1.0"}, r: r,
		version: 1}
	v.runners = map[string]step.Runner{"join": runner(doJoin), "head": runner(doHead),
		"dice": runner(v.roll)}
	v.options.Pools = map[string]int{"cpu": 3}
	for i := range 3 {
		v.files = append(v.files, v.file(fmt.Sprint("file", i), "ab"))
	}
	for range rapid.IntRange(1, 7).Draw(r, "steps") {
		v.add()
	}
	return v
}

// roll makes other bytes each time, but not many different ones.
func (v *volatile) roll(_ context.Context, job *step.Job) error {
	return os.WriteFile(filepath.Join(job.Out, "out"), fmt.Append(nil, v.rolled.Add(1)%3), 0o666)
}

func (v *volatile) add() {
	n := &toy{name: fmt.Sprint("s", len(v.toys)),
		kind: rapid.SampledFrom([]string{"join", "join", "head", "dice"}).Draw(v.r, "kind")}
	v.toys = append(v.toys, n)
	v.rewire(len(v.toys) - 1)
	n.text = v.text()
	n.wanted = rapid.Bool().Draw(v.r, "wanted")
	n.batch = rapid.SampledFrom([]string{"", "b"}).Draw(v.r, "batch")
}

func (v *volatile) text() string {
	return rapid.SampledFrom([]string{"A", "B", "C"}).Draw(v.r, "text")
}

func (v *volatile) rewire(at int) {
	least := 0
	if v.toys[at].kind == "head" {
		least = 1
	}
	v.toys[at].inputs = rapid.SliceOfNDistinct(rapid.IntRange(-len(v.files), at-1), least, 2+least,
		rapid.ID[int]).Draw(v.r, "inputs")
}

func (v *volatile) nodes() []*Node {
	join := &step.Kind{Name: "join", Version: v.version, Roles: []string{"in/"},
		Outputs: []string{"out"}, Tools: []string{"glue"}, Pool: "cpu"}
	kinds := map[string]*step.Kind{"join": join, "head": first,
		"dice": {Name: "dice", Version: 1, Roles: []string{"in/"}, Outputs: []string{"out"},
			Pool: "cpu"}}
	var list []*Node
	for _, s := range v.toys {
		n := &Node{Address: s.name, Kind: kinds[s.kind], Params: params(s.text), Weight: 1,
			KeepOutputs: s.wanted, Batch: s.batch}
		for i, in := range s.inputs {
			input := Input{Role: fmt.Sprint("in/", i), Output: "out"}
			if s.kind == "head" {
				input.Role = strings.Repeat("in", i+1)
			}
			if in < 0 {
				input.File = v.files[-in-1]
			} else {
				input.From = v.toys[in].name
			}
			n.Inputs = append(n.Inputs, input)
		}
		list = append(list, n)
	}
	return list
}

// edit changes one thing.
func (v *volatile) edit() {
	at := rapid.IntRange(0, len(v.toys)-1).Draw(v.r, "at")
	switch what := rapid.SampledFrom([]string{"text", "file", "tool", "version", "add", "rewire",
		"wanted", "objects", "objects", "records"}).Draw(v.r, "edit"); what {
	case "text":
		v.toys[at].text = v.text()
	case "file":
		path := rapid.SampledFrom(v.files).Draw(v.r, "file")
		v.file(filepath.Base(path),
			rapid.SampledFrom([]string{"ab", "ac", "b", "cc"}).Draw(v.r, "bytes"))
	case "tool":
		v.tool = rapid.SampledFrom([]string{"1.0", "2.0"}).Draw(v.r, "tool")
	case "version":
		v.version = rapid.IntRange(1, 2).Draw(v.r, "version")
	case "add":
		v.add()
	case "rewire":
		v.rewire(at)
	case "wanted":
		v.toys[at].wanted = !v.toys[at].wanted
	default:
		dir := v.dir
		if v.lab != "" && (v.lossy || what != "objects") && rapid.Bool().Draw(v.r, "there") {
			dir = v.lab
		}
		v.harm(dir, what)
	}
}

// harm removes or damages one file of a store, or of a shared one.
func (v *volatile) harm(dir, folder string) {
	paths, _ := filepath.Glob(filepath.Join(dir, folder, "*", "*"))
	slices.Sort(paths)
	if len(paths) == 0 {
		return
	}
	path := paths[rapid.IntRange(0, 1000).Draw(v.r, "which")%len(paths)]
	if fi, err := os.Stat(path); err != nil || fi.Size() == 0 || rapid.Bool().Draw(v.r, "remove") {
		if err := os.Remove(path); err != nil {
			v.r.Fatal(err)
		}
		return
	}
	damage(v.t, path)
}

// round plans and applies, and compares the two.
func (v *volatile) round() {
	nodes := v.nodes()
	replace := map[string]bool{}
	if rapid.IntRange(0, 3).Draw(v.r, "replace") == 0 {
		replace[rapid.SampledFrom(v.toys).Draw(v.r, "replaced").name] = true
	}
	g, err := NewGraph(nodes)
	if err != nil {
		v.r.Fatal(err)
	}
	st := v.store()
	d := &Decider{Store: st, Memo: st.Memo(), Last: st.Last("spec"), Replace: replace, Far: v.far,
		Tools: func(context.Context, string) (string, error) { return v.tool, nil }}
	p, err := d.Decide(v.t.Context(), g)
	if err != nil {
		v.r.Fatal(err)
	}
	d.Memo.Save()
	said := map[string]*Decision{}
	for _, d := range p.Decisions {
		copied := *d
		said[d.Node.Address] = &copied
		v.explained(&copied)
	}
	v.r.Logf("plan: %s", verdicts(p))
	result := v.carryOut(v.t.Context(), p)
	ran := map[string]bool{}
	for _, e := range v.events {
		if e, ok := e.(Finished); ok && !e.Cached {
			ran[e.Address] = true
		}
	}
	for address, d := range said {
		switch {
		case d.Verdict == Run && !ran[address]:
			v.r.Errorf("%s did not run, though: %s", address, d.Why.Text)
		case d.Verdict == Cached && ran[address] && !v.lossy:
			v.r.Errorf("%s ran, and was said to be cached", address)
		}
	}
	if len(result.Failures)+result.Skipped > 0 || result.Ran != len(ran) {
		v.r.Errorf("%+v", result)
	}
	for _, d := range result.Decisions {
		if d.Record == nil {
			v.r.Errorf("%s has no record", d.Node.Address)
		}
	}
	if again := v.plan(v.nodes()...); again.Count(Cached) != len(nodes) && v.rolled.Load() == 0 {
		v.r.Errorf("after it: %s", verdicts(again))
	}
}

// explained fails unless the decision has a reason that names its cause.
func (v *volatile) explained(d *Decision) {
	if d.Verdict == Cached {
		return
	}
	if d.Why.Text == "" || d.Why.Root == "" || d.Why.Own == "" &&
		!strings.HasPrefix(d.Why.Text, "after ") {
		v.r.Errorf("%s %s for no reason: %+v", d.Node.Address, d.Verdict, d.Why)
	}
}
