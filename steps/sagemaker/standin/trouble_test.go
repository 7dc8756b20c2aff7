package standin

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Each trouble is one thing that goes wrong, and has a name of its own.
func TestTroubles(t *testing.T) {
	all := Troubles()
	if !slices.IsSortedFunc(all, func(a, b Trouble) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("they are not in the order of their names")
	}
	for i, trouble := range all {
		s, err := Start(Options{S3: s3.New(s3.Options{Region: "us-east-1"})})
		if err != nil {
			t.Fatal(err)
		}
		trouble.Make(s)
		if n := len(s.faults) + len(s.dooms) + min(s.lag, 1) + len(s.expired); n != 1 {
			t.Errorf("%s is %d things", trouble.Name, n)
		}
		if i > 0 && all[i-1].Name == trouble.Name {
			t.Errorf("%s is there twice", trouble.Name)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
