package view

import (
	"bytes"
	"strings"
	"testing"

	"snellen/engine"
	"snellen/steps/train"
	"snellen/steps/video"
)

func TestPlanView(t *testing.T) {
	probe := &engine.Node{Address: "probe/A/a.mp4", Kind: video.Probe}
	small := &engine.Node{Address: "80x60/train", Kind: train.Train}
	large := &engine.Node{Address: "320x240/train", Kind: train.Train}
	g, err := engine.NewGraph([]*engine.Node{probe, small, large})
	if err != nil {
		t.Fatal(err)
	}
	p := Plan{
		Resolutions: []string{"320x240", "80x60"}, Pools: map[string]int{"cpu": 2},
		Kinds: []string{"probe", "train"},
		Plan: &engine.Plan{Graph: g, Decisions: []*engine.Decision{
			{Node: probe, Verdict: engine.Cached},
			{Node: small, Verdict: engine.Maybe, Why: engine.Reason{Text: "after 320x240/train",
				Root: large.Address}},
			{Node: large, Verdict: engine.Run, Before: true, Why: engine.Reason{
				Text: "hyperparameters.epochs 30 -> 20 (snacks.hcl:41)",
				Own:  "hyperparameters.epochs 30 -> 20 (snacks.hcl:41)", Root: large.Address,
			}},
		}},
	}
	var b bytes.Buffer
	if err := p.Write(&b, Columns, false); err != nil {
		t.Fatal(err)
	}
	want := ` resolution  probe  train
 all         =1
 320x240            ~1
 80x60              ?1

320x240/train will run: hyperparameters.epochs 30 -> 20 (snacks.hcl:41)
    below: 1 may run

3 steps: ~ 1 run again; ? 1 maybe, if other bytes come out above; = 1 cached.
Expected: unknown, since nothing like these steps was run before.
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestWrap(t *testing.T) {
	got := Wrap(strings.Repeat("word ", 30), 20)
	for line := range strings.Lines(got) {
		if len(line) > 21 {
			t.Errorf("%d columns: %q", len(line)-1, line)
		}
	}
}
