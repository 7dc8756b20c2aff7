package engine

import (
	"errors"
	"strings"
	"testing"
)

func addresses(nodes []*Node) string {
	var all []string
	for _, n := range nodes {
		all = append(all, n.Address)
	}
	return strings.Join(all, " ")
}

// grocery is a graph in the shape of a study.
func grocery(t *testing.T) *Graph {
	t.Helper()
	nodes := []*Node{node("probe/A", "p"), node("probe/B", "p")}
	for _, r := range []string{"64x48", "32x24"} {
		nodes = append(nodes, node(r+"/transcode/A/a.mp4", "t", "probe/A"),
			node(r+"/transcode/B/b.mp4", "t", "probe/B"),
			node(r+"/train", "n", r+"/transcode/A/a.mp4", r+"/transcode/B/b.mp4"),
			node(r+"/evaluate/shelf", "e", r+"/train"))
	}
	g, err := NewGraph(nodes)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestMatch(t *testing.T) {
	g := grocery(t)
	for pattern, want := range map[string]string{
		"64x48/train":        "64x48/train",
		"*/train":            "64x48/train 32x24/train",
		"32x24/**":           "32x24/transcode/A/a.mp4 32x24/transcode/B/b.mp4 32x24/train 32x24/evaluate/shelf",
		"**/A/*":             "64x48/transcode/A/a.mp4 32x24/transcode/A/a.mp4",
		"probe/?":            "probe/A probe/B",
		"*":                  "",
		"64x48":              "",
		"64x48/train/**":     "",
		"**/shelf":           "64x48/evaluate/shelf 32x24/evaluate/shelf",
		"64x48/*/[AB]/*.mp4": "64x48/transcode/A/a.mp4 64x48/transcode/B/b.mp4",
	} {
		found, err := g.Match(pattern)
		if _, none := errors.AsType[*NoStepError](err); addresses(found) != want ||
			none != (want == "") {
			t.Errorf("%s: %q, %v", pattern, addresses(found), err)
		}
	}
	if _, err := g.Match("64x48/[a"); err == nil ||
		!strings.Contains(err.Error(), "is not a pattern") {
		t.Errorf("%v", err)
	}
}

func TestPart(t *testing.T) {
	g := grocery(t)
	for _, c := range []struct {
		choice Choice
		want   string
	}{
		{Choice{Targets: []string{"32x24/train"}},
			"probe/A probe/B 32x24/transcode/A/a.mp4 32x24/transcode/B/b.mp4 32x24/train"},
		{Choice{Targets: []string{"*/train"}, Excludes: []string{"64x48/transcode/A/*"}},
			"probe/A probe/B 64x48/transcode/B/b.mp4 32x24/transcode/A/a.mp4 32x24/transcode/B/b.mp4 32x24/train"},
		{Choice{Excludes: []string{"64x48/**", "**/shelf"}},
			"probe/A probe/B 32x24/transcode/A/a.mp4 32x24/transcode/B/b.mp4 32x24/train"},
		{Choice{}, addresses(g.Nodes)},
	} {
		part, err := g.Part(c.choice)
		if err != nil || addresses(part.Nodes) != c.want {
			t.Errorf("%+v: %q, %v", c.choice, addresses(part.Nodes), err)
		}
	}
	if _, err := g.Part(Choice{Excludes: []string{"**"}}); err == nil {
		t.Error("nothing is left, and that is no error")
	}
}
