package study_test

import (
	"slices"
	"strings"
	"testing"

	"snellen/engine"
	"snellen/specs"
	"snellen/steps/study"
)

// smallStudy returns a study of two labels, one resolution and one evaluation.
func smallStudy() *specs.Study {
	return &specs.Study{
		Seed: 2020, Replicates: 1,
		Dataset: specs.Dataset{Split: "blocks", Format: "recordio"},
		Trainer: specs.Trainer{Name: "local", Threads: 1},
		Labels: []specs.Label{
			{Name: "A", Videos: []string{"A.mp4"}},
			{Name: "B", Videos: []string{"x/B.mp4", "y/B.mp4"}},
		},
		Resolutions: []specs.Resolution{{Name: "320x240", Width: 320, Height: 240}},
		Evaluations: []specs.Evaluation{{
			Name: "shelf", Video: "shelf.mp4", Every: 1,
			Areas: []specs.Area{{Name: "left", W: 1, H: 1, Expect: "A"}},
		}},
	}
}

func build(t *testing.T, s *specs.Study) map[string]*engine.Node {
	t.Helper()
	g, err := study.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[string]*engine.Node{}
	for _, n := range g.Nodes {
		nodes[n.Address] = n
	}
	return nodes
}

// What a study asks for beside adds steps, and changes none of those that are there.
func TestMoreChangesNothing(t *testing.T) {
	before := build(t, smallStudy())
	for name, c := range map[string]struct {
		change func(*specs.Study)
		added  []string
	}{
		"replicates": {func(s *specs.Study) { s.Replicates = 2 },
			[]string{"320x240/evaluate/shelf/2", "320x240/train/2"}},
		"sizes": {func(s *specs.Study) {
			s.Replicates = 2
			s.Evaluations[0].Sizes = []specs.Size{{Name: "80x60", Width: 80, Height: 60}}
		}, []string{"320x240/evaluate/shelf/2", "320x240/evaluate/shelf/at/80x60",
			"320x240/evaluate/shelf/at/80x60/2", "320x240/train/2"}},
		"contrast": {func(s *specs.Study) { s.Dataset.Contrast = true },
			[]string{"320x240/dataset/random", "320x240/extract/A/random",
				"320x240/extract/B/random", "320x240/train/random", "select/A/random",
				"select/B/random"}},
	} {
		s := smallStudy()
		c.change(s)
		after := build(t, s)
		var added []string
		for address, n := range after {
			old := before[address]
			if old == nil {
				added = append(added, address)
				continue
			}
			if string(old.Params) != string(n.Params) || !slices.Equal(old.Inputs, n.Inputs) {
				t.Errorf("%s: %s is another step now", name, address)
			}
		}
		if slices.Sort(added); !slices.Equal(added, c.added) {
			t.Errorf("%s: added %q, want %q", name, added, c.added)
		}
	}
}

// Trainings of one resolution differ by their seed alone, and share all that comes before.
func TestReplicatesShare(t *testing.T) {
	s := smallStudy()
	s.Replicates = 3
	nodes := build(t, s)
	first, second, third := nodes["320x240/train"], nodes["320x240/train/2"],
		nodes["320x240/train/3"]
	if !slices.Equal(first.Inputs, second.Inputs) {
		t.Errorf("%v, %v", first.Inputs, second.Inputs)
	}
	if string(first.Params) == string(second.Params) ||
		string(second.Params) == string(third.Params) {
		t.Error("two trainings have one seed")
	}
	if !strings.Contains(string(first.Params), `"seed":2020,`) {
		t.Errorf("the first has another seed than the study: %s", first.Params)
	}
	if in := nodes["320x240/evaluate/shelf/2"].Inputs; in[0].From != "320x240/train/2" {
		t.Errorf("%v", in)
	}
}

// The audit reads sources and selections, so that a resolution, a training or an area is no reason
// to run it again.
func TestAuditReadsNoResolution(t *testing.T) {
	s := smallStudy()
	before := build(t, s)
	s.Resolutions = append(s.Resolutions, specs.Resolution{Name: "80x60", Width: 80, Height: 60})
	s.Evaluations[0].Areas[0].X = 5
	s.Evaluations[0].Areas[0].Expect = "B"
	after := build(t, s)
	for _, address := range []string{"audit", "hash/A/A.mp4", "hash/B/1-B.mp4", "hash/B/2-B.mp4",
		"hash/camera/shelf"} {
		a, b := before[address], after[address]
		if a == nil || b == nil || string(a.Params) != string(b.Params) ||
			!slices.Equal(a.Inputs, b.Inputs) {
			t.Errorf("%s: %+v became %+v", address, a, b)
		}
	}
}
