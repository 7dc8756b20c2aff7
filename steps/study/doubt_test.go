package study

import (
	"testing"

	"snellen/specs"
)

func TestDoubt(t *testing.T) {
	const ten = "10 areas cannot show that a resolution loses at most 5 points, even where nothing " +
		"is lost; 59 can"
	for name, c := range map[string]struct {
		areas, pictures int
		change          func(*specs.DecisionRule)
		want            string
	}{
		"ten":      {10, 0, func(*specs.DecisionRule) {}, ten},
		"nothing":  {0, 0, func(*specs.DecisionRule) {}, ""},
		"one less": {58, 0, func(*specs.DecisionRule) {}, "58" + ten[2:]},
		"enough":   {59, 0, func(*specs.DecisionRule) {}, ""},
		"both":     {39, 20, func(*specs.DecisionRule) {}, ""},
		"pictures": {0, 7, func(*specs.DecisionRule) {}, "7 pictures" + ten[8:]},
		"other margin": {60, 0, func(d *specs.DecisionRule) { d.Within = 0.03 },
			"60 areas cannot show that a resolution loses at most 3 points, even where nothing " +
				"is lost; 99 can"},
		"no margin": {60, 0, func(d *specs.DecisionRule) { d.Within = 0 },
			"No number of areas can show that a resolution loses nothing at all: " +
				"accept a loss by decide { within = 0.05 }"},
		"the best": {10, 0, func(d *specs.DecisionRule) { d.Prefer = "best" }, ""},
		"by grade": {10, 0, func(d *specs.DecisionRule) { d.By = "grade" }, ""},
		"others":   {10, 0, func(d *specs.DecisionRule) { d.Evaluations = nil }, ""},
	} {
		s := &specs.Study{
			Resolutions: make([]specs.Resolution, 2),
			Evaluations: []specs.Evaluation{
				{Name: "shelf", Areas: make([]specs.Area, c.areas)},
				{Name: "test", Samples: make([]specs.Sample, c.pictures)},
			},
			Decision: specs.DecisionRule{Within: 0.05, Confidence: 0.95, Prefer: "smallest",
				By: "loss", Evaluations: []string{"shelf", "test"}},
		}
		c.change(&s.Decision)
		if got := Doubt(s); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
