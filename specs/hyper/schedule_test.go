package hyper

import (
	"fmt"
	"testing"
)

func TestRate(t *testing.T) {
	f := Fit{LearningRate: 0.1, LRSchedulerFactor: 0.1, LRSchedulerStep: "6, 8"}
	s, err := f.Schedule()
	if err != nil {
		t.Fatal(err)
	}
	for epoch, want := range map[int]string{
		0: "0.1", 5: "0.1", 6: "0.01", 7: "0.01", 8: "0.001", 100: "0.001",
	} {
		if got := fmt.Sprintf("%.4g", s.Rate(epoch)); got != want {
			t.Errorf("epoch %d: %s, want %s", epoch, got, want)
		}
	}
}

// TestRateWithoutSteps: the rate stays, whatever the factor.
func TestRateWithoutSteps(t *testing.T) {
	s, err := Fit{LearningRate: 0.25, LRSchedulerFactor: 0.1, LRSchedulerStep: " "}.Schedule()
	if err != nil || s.Rate(0) != 0.25 || s.Rate(1000) != 0.25 {
		t.Errorf("%g, %v", s.Rate(1000), err)
	}
}

// TestCosine: the rate falls with every epoch, is halved in the middle, and stays above 0 until the
// last.
func TestCosine(t *testing.T) {
	s := Cosine(0.1, 8)
	for epoch, want := range map[int]string{
		0: "0.1", 2: "0.08536", 4: "0.05", 6: "0.01464", 7: "0.003806", 8: "0", 9: "0",
	} {
		if got := fmt.Sprintf("%.4g", s.Rate(epoch)); got != want {
			t.Errorf("epoch %d: %s, want %s", epoch, got, want)
		}
	}
	if got := Cosine(0.25, 1).Rate(0); got != 0.25 {
		t.Errorf("the only epoch: %g, want 0.25", got)
	}
}

func TestBadSchedule(t *testing.T) {
	for _, bad := range []string{"six", "6,", "6;8", "1.5"} {
		if _, err := (Fit{LRSchedulerStep: bad}).Schedule(); err == nil {
			t.Errorf("%q is a schedule", bad)
		}
	}
}

func TestInputSize(t *testing.T) {
	if h, w, err := (Fit{ImageShape: "3,96,64"}).InputSize(); err != nil || h != 96 || w != 64 {
		t.Error(h, w, err)
	}
	for _, bad := range []string{
		"", "1,96,96", "3,96", "3,0,96", "3,-1,2", "3,7,8", "3,8,1025", "3,96,96,1", "a,b,c",
	} {
		if _, _, err := (Fit{ImageShape: bad}).InputSize(); err == nil {
			t.Errorf("%q is a shape", bad)
		}
	}
}
