package standin

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Each scenario is one thing that goes wrong, and has a name of its own.
func TestTroubles(t *testing.T) {
	all := Scenarios()
	if !slices.IsSortedFunc(all, func(a, b Scenario) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("they are not in the order of their names")
	}
	for i, scenario := range all {
		s, err := Start(Options{S3: s3.New(s3.Options{Region: "us-east-1"})})
		if err != nil {
			t.Fatal(err)
		}
		scenario.Start(s)
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
