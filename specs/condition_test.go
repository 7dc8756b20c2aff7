package specs

import (
	"errors"
	"strings"
	"testing"
)

// gated returns the condition of a study with one gate.
func gated(t *testing.T, condition string) *Condition {
	t.Helper()
	s := mustLoad(t, spec(t, minimal+`evaluation "shelf" {
  video = "shelf.mp4"
  frame {
    width  = 8
    height = 6
  }
  area "all" {
    rect   = [0, 0, 8, 6]
    expect = "A"
  }
}
gate "g" { condition = `+condition+` }
`), Options{})
	return s.Gates[0].Condition
}

func TestConditionHolds(t *testing.T) {
	rate, low, leaked, grade, yes, name := 0.9, 0.6, 2.0, "○", true, "320x240"
	results := Results{
		Resolutions: map[string]ResolutionResult{"320x240": {
			Accuracy: &rate, DetectionResult: DetectionResult{Rate: &rate, Low: &low,
				Grade: &grade},
			Evaluations: map[string]EvaluationResult{
				"shelf": {Areas: map[string]float64{"all": 0.5}},
			},
		}},
		Decision:    DecisionResult{Resolution: &name, Decided: &yes},
		LeakedAreas: &leaked,
	}
	for condition, want := range map[string]bool{
		`resolution["320x240"].accuracy >= 0.9 && resolution["320x240"].low > 0.5`:   true,
		`resolution["320x240"].grade == "○"`:                                         true,
		`resolution["320x240"].evaluation["shelf"].area["all"].detection_rate > 0.5`: false,
		`resolution[decision.resolution].detection_rate > 0.8`:                       true,
		`decision.decided ? max(resolution["320x240"].low, 0) > 0.7 : true`:          false,
		`contains(["80x60", "320x240"], decision.resolution) || leakage_seconds > 1`: true,
		`leaked_areas == 0`:                     false,
		`leaked_areas <= 2 && decision.decided`: true,
	} {
		if got, err := gated(t, condition).Holds(results); err != nil || got != want {
			t.Errorf("%s: %v, %v", condition, got, err)
		}
	}
}

// While a decision is open there is no resolution to compare with, which is not an error.
func TestConditionOnAnOpenDecision(t *testing.T) {
	state, best, no := "open", "320x240", false
	results := Results{Decision: DecisionResult{State: &state, Best: &best, Decided: &no}}
	for condition, want := range map[string]bool{
		`decision.resolution == "320x240"`:                         false,
		`decision.resolution == null && decision.state == "open"`:  true,
		`decision.decided || decision.best == "320x240"`:           true,
		`decision.difference == null || decision.difference > 0.1`: true,
	} {
		if got, err := gated(t, condition).Holds(results); err != nil || got != want {
			t.Errorf("%s: %v, %v", condition, got, err)
		}
	}
}

func TestConditionWithoutResults(t *testing.T) {
	c := gated(t, `resolution["320x240"].accuracy > 0.5`)
	if _, err := c.Holds(Results{}); !errors.Is(err, ErrNoResult) {
		t.Errorf("without results: %v", err)
	}
	c = gated(t, `leaked_areas == 0`) // none is known, which is not the same as none
	if _, err := c.Holds(Results{}); !errors.Is(err, ErrNoResult) {
		t.Errorf("without an audit: %v", err)
	}
	rate, text := 0.5, "○"
	c = gated(t, `resolution["320x240"].grade > resolution["320x240"].accuracy`)
	_, err := c.Holds(Results{Resolutions: map[string]ResolutionResult{"320x240": {Accuracy: &rate,
		DetectionResult: DetectionResult{Grade: &text}}}})
	if err == nil || errors.Is(err, ErrNoResult) || !strings.Contains(err.Error(), "accuracy") {
		t.Errorf("a text that is no number: %v", err)
	}
}
