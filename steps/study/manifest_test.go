package study_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/picture"
	"snellen/steps/study"
)

// update rewrites the golden manifests, which moves keys: with every store that an earlier version
// filled, the steps whose manifests differ run again. Pass it for a new kind of step or a raised
// version, and never to make a refactoring pass.
var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// goldenSpecs are the specs of testdata whose manifests are compared. Together they have every kind
// of step.
var goldenSpecs = []string{"local", "defaults", "frameless", "sagemaker", "endpoint", "command",
	"pictures", "samples", "pretrained", "tuned"}

// TestManifests compares the manifest of every step of some studies, byte for byte, with what an
// earlier version made: a store that the earlier version filled then says "No changes" to this one.
// The planner and apply themselves make the manifests. Only the runners are fake, the tools'
// identities are fixed, and a file's content is its path.
func TestManifests(t *testing.T) {
	for _, name := range goldenSpecs {
		t.Run(name, func(t *testing.T) {
			compareManifests(t, filepath.Join("testdata", name+".golden"), manifests(t, name, ""))
		})
	}
}

// TestSharedStoreIsInNoKey: a shared store changes no manifest and no key, so a study may get one,
// or another one, and nothing of it runs again.
func TestSharedStoreIsInNoKey(t *testing.T) {
	for _, name := range goldenSpecs {
		t.Run(name, func(t *testing.T) {
			want := manifests(t, name, "")
			for _, block := range []string{
				"shared { url = \"file:///nfs/lab\" }\n",
				"shared {\n  url       = \"s3://lab/snellen\"\n  region    = \"eu-west-1\"\n" +
					"  endpoint  = \"https://minio.lab\"\n  profile   = \"lab\"\n" +
					"  read_only = true\n}\n",
			} {
				if got := manifests(t, name, block); !reflect.DeepEqual(got, want) {
					t.Errorf("%s\nwith %s\n%s\nwithout it", txtar.Format(got), block,
						txtar.Format(want))
				}
			}
		})
	}
}

// manifests returns the manifests of a spec of testdata, with a text before its own, by address.
func manifests(t *testing.T, name, before string) *txtar.Archive {
	t.Helper()
	archive := &txtar.Archive{}
	for _, d := range applyFake(t, name, before) {
		f := txtar.File{Name: d.Node.Address, Data: []byte(d.Manifest)}
		archive.Files = append(archive.Files, f)
	}
	slices.SortFunc(archive.Files, func(a, b txtar.File) int {
		return strings.Compare(a.Name, b.Name)
	})
	return archive
}

// TestManifestsOfEveryKind: a new kind of step needs a golden manifest.
func TestManifestsOfEveryKind(t *testing.T) {
	held := map[string]bool{}
	for _, name := range goldenSpecs {
		golden, err := txtar.ParseFile(filepath.Join("testdata", name+".golden"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range golden.Files {
			held[engine.KindOf(string(f.Data))] = true
		}
	}
	for _, k := range study.Kinds() {
		if k == picture.Pictures { // no study has pictures yet
			continue
		}
		if !held[k.Name] {
			t.Errorf("no golden manifest is of a step of kind %s", k.Name)
		}
	}
}

// compareManifests compares manifests, by address, with a golden file. With -update it writes it
// first.
func compareManifests(t *testing.T, path string, got *txtar.Archive) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, txtar.Format(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range golden.Files {
		want[f.Name] = string(f.Data)
	}
	for _, f := range got.Files {
		if text, known := want[f.Name]; !known {
			t.Errorf("%s is a new step", f.Name)
		} else if text != string(f.Data) {
			t.Errorf("the manifest of %s was\n%s\nand is\n%s", f.Name, text, f.Data)
		}
		delete(want, f.Name)
	}
	for address := range want {
		t.Errorf("there is no step %s", address)
	}
}

// applyFake plans and applies a spec of testdata, with a text before its own, with fake runners. It
// returns the final decisions, each with its manifest.
func applyFake(t *testing.T, name, before string) []*engine.Decision {
	t.Helper()
	graph := fakeStudy(t, name, before)
	st, err := store.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	tools := func(_ context.Context, tool string) (string, error) {
		return tool + " 1.0 of a test", nil
	}
	decide := func() *engine.Plan {
		d := &engine.Decider{Store: st, Memo: st.Memo(), Tools: tools}
		plan, err := d.Decide(t.Context(), graph)
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	result, err := decide().Apply(t.Context(), fakeOptions(graph))
	if err != nil {
		t.Fatal(err)
	}
	defer result.Release()
	for _, f := range result.Failures {
		t.Fatalf("%+v", f)
	}
	for i, d := range decide().Decisions { // a plan makes the same text as the apply before it
		applied := result.Decisions[i].Manifest
		if d.Verdict != engine.Cached || d.Manifest == "" || d.Manifest != applied {
			t.Errorf("%s is %s after an apply:\n%s\nwas\n%s", d.Node.Address, d.Verdict, d.Manifest,
				applied)
		}
	}
	return result.Decisions
}

// fakeStudy builds the graph of a spec of testdata, with a text before its own, and writes the
// files that its steps read. A file's content is its path from the spec's folder.
func fakeStudy(t *testing.T, name, before string) *engine.Graph {
	t.Helper()
	dir := t.TempDir()
	source, err := os.ReadFile(filepath.Join("testdata", name+".hcl"))
	if err != nil {
		t.Fatal(err)
	}
	spec := filepath.Join(dir, name+".hcl")
	if err := os.WriteFile(spec, append([]byte(before), source...), 0o666); err != nil {
		t.Fatal(err)
	}
	s, list := specs.Load(spec, specs.Options{WithoutFootage: true})
	if list.HasErrors() {
		t.Fatal(list)
	}
	graph, err := study.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range graph.Nodes {
		for _, in := range n.Inputs {
			if in.From != "" {
				continue
			}
			relative, err := filepath.Rel(dir, in.File)
			if err != nil {
				t.Fatal(err)
			}
			if err := writeFile(in.File, filepath.ToSlash(relative)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return graph
}

// fakeOptions returns options by which every step leaves all outputs that its kind declares. An
// output's content is the step's key and the output's name.
func fakeOptions(g *engine.Graph) engine.Options {
	o := engine.Options{
		Runners: map[string]step.Runner{},
		Pools:   map[string]int{},
		Emit:    func(engine.Event) {},
	}
	for _, n := range g.Nodes {
		o.Runners[n.Kind.Name] = fakeRunner{n.Kind}
		o.Pools[n.Kind.Pool] = 4
	}
	return o
}

type fakeRunner struct{ kind *step.Kind }

func (r fakeRunner) Run(_ context.Context, job *step.Job) error {
	var all []error
	for _, output := range r.kind.Outputs {
		path := filepath.Join(job.Out, filepath.FromSlash(output))
		if strings.HasSuffix(output, "/") {
			path = filepath.Join(path, "file")
		}
		all = append(all, writeFile(path, job.Key+" "+output))
	}
	return errors.Join(all...)
}

// writeFile writes a file and makes the folder that it is in.
func writeFile(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o666)
}
