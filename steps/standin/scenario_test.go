package standin

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"snellen/steps/standin/setup"
)

// Each scenario is one thing that goes wrong, and has a name of its own.
func TestScenarios(t *testing.T) {
	all := setup.Scenarios
	if !slices.IsSortedFunc(all,
		func(a, b setup.Scenario) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("they are not in the order of their names")
	}
	if len(all) != len(scenarios) {
		t.Errorf("%d scenarios are described, and %d exist", len(all), len(scenarios))
	}
	for i, scenario := range all {
		s, err := Start(Options{S3: s3.New(s3.Options{Region: "us-east-1"})})
		if err != nil {
			t.Fatal(err)
		}
		if !s.StartScenario(scenario.Name) {
			t.Errorf("there is no %s", scenario.Name)
		}
		if n := len(s.faults) + len(s.resourceFaults) + min(s.lag, 1) + len(s.expired); n != 1 {
			t.Errorf("%s is %d things", scenario.Name, n)
		}
		if i > 0 && all[i-1].Name == scenario.Name {
			t.Errorf("%s is there twice", scenario.Name)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
