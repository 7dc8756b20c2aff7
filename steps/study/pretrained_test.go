package study_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine"
	"snellen/specs"
	"snellen/steps/study"
)

// built returns the graph of a study of two labels.
func built(t *testing.T, more string) *engine.Graph {
	t.Helper()
	text := `study "s" {}
label "A" { videos = ["A.mp4"] }
label "B" { videos = ["B.mp4"] }
` + more
	path := filepath.Join(t.TempDir(), "s.hcl")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s, list := specs.Load(path, specs.Options{WithoutFootage: true})
	if list.HasErrors() {
		t.Fatal(list)
	}
	graph, err := study.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	return graph
}

// Resolutions share the features of what is judged if they prepare pictures alike. Another input from
// pictures of the same size is another preparation.
func TestJudgedFeaturesAreShared(t *testing.T) {
	graph := built(t, `
hyperparameters {
  use_pretrained_model = 1
  resize               = 256
}
resolution "320x240" {}
resolution "160x120" {}
resolution "80x60" {
  hyperparameters { image_shape = "3,227,227" }
}
evaluation "shelf" {
  video = "shelf.mp4"
  area "all" {
    rect   = [0, 0, 64, 48]
    expect = "A"
  }
}
`)
	reads := map[string]string{}
	for _, n := range graph.Nodes {
		for _, in := range n.Inputs {
			if in.Role == "features" && strings.Contains(n.Address, "/evaluate/") {
				reads[n.Address] = in.From
			}
		}
	}
	for _, want := range [][2]string{
		{"320x240", "features/shelf/160x160/256"}, {"160x120", "features/shelf/160x160/256"},
		{"80x60", "features/shelf/227x227/256"},
	} {
		if got := reads[want[0]+"/evaluate/shelf"]; got != want[1] {
			t.Errorf("%s is judged by %q, want %q", want[0], got, want[1])
		}
	}
}

// A study of few frames has a small batch, also for the head that is trained before the network.
func TestHeadOfFewFrames(t *testing.T) {
	graph := built(t, `
hyperparameters {
  use_pretrained_model = 1
  mini_batch_size      = 4
}
dataset { frames = 5 }
resolution "320x240" {}
trainer "local" { fine_tune = true }
`)
	for _, n := range graph.Nodes {
		if n.Address == "320x240/train" &&
			strings.Count(string(n.Params), `"mini_batch_size":4,`) != 2 {
			t.Errorf("%s", n.Params)
		}
	}
}
