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

// sharedPlan is a plan with steps whose results others made.
func sharedPlan(t *testing.T, trained engine.Verdict) *Plan {
	probe := &engine.Node{Address: "probe/A/a.mp4", Kind: video.Probe}
	small := &engine.Node{Address: "80x60/train", Kind: train.Train}
	large := &engine.Node{Address: "320x240/train", Kind: train.Train}
	g, err := engine.NewGraph([]*engine.Node{probe, small, large})
	if err != nil {
		t.Fatal(err)
	}
	return &Plan{
		Resolutions: []string{"320x240", "80x60"}, Pools: map[string]int{"cpu": 2},
		Kinds: []string{"probe", "train"}, From: "s3://lab/snellen",
		Plan: &engine.Plan{Graph: g, Decisions: []*engine.Decision{
			{Node: probe, Verdict: engine.Cached},
			{Node: small, Verdict: engine.Cached, Far: true, Fetch: 3 << 20},
			{Node: large, Verdict: trained, Why: engine.Reason{Text: "never run", Own: "never run",
				Root: large.Address}},
		}},
	}
}

func TestPlanOfWhatOthersMade(t *testing.T) {
	for _, test := range []struct {
		trained engine.Verdict
		change  func(p *Plan)
		want    string
	}{
		{engine.Run, nil, ` resolution  probe  train
 all         =1
 320x240            +1
 80x60              <1

320x240/train will run: never run

3 steps: + 1 run, never run before; < 1 shared; = 1 cached.
Fetches 3.0 MiB from s3://lab/snellen.
Expected: unknown, since nothing like these steps was run before.
`},
		{engine.Maybe, func(p *Plan) { p.Steps = true },
			` resolution  probe  train
 all         =1
 320x240            ?1
 80x60              <1

 =  probe/A/a.mp4  cached
 ?  320x240/train  unknown  maybe: never run
 <  80x60/train    shared   fetches 3.0 MiB

3 steps: ? 1 maybe, if other bytes come out above; < 1 shared; = 1 cached.
Fetches at most 3.0 MiB from s3://lab/snellen.
Expected: unknown, since nothing like these steps was run before.
`},
		{engine.Cached, nil, "Nothing to run: all 3 steps have their results, 1 of them in " +
			"s3://lab/snellen. Fetches 3.0 MiB.\n"},
		{engine.Cached, func(p *Plan) { p.Plan.Decisions[1].Far = false },
			"Nothing to run: all 3 steps have their results. Fetches 3.0 MiB from " +
				"s3://lab/snellen.\n"},
		{engine.Cached, func(p *Plan) { p.Plan.Decisions[1].Fetch = 0 },
			"Nothing to run: all 3 steps have their results, 1 of them in s3://lab/snellen. " +
				"Fetches 1 record, and\n    no outputs.\n"},
	} {
		p := sharedPlan(t, test.trained)
		if test.change != nil {
			test.change(p)
		}
		var b bytes.Buffer
		if err := p.Write(&b, Columns, false); err != nil {
			t.Fatal(err)
		}
		if b.String() != test.want {
			t.Errorf("got\n%swant\n%s", b.String(), test.want)
		}
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
