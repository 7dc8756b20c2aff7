package page

import (
	"testing"

	"snellen/steps/report/document"
)

// An area that is recognised again further down is not said to be broken from there on.
func TestStandings(t *testing.T) {
	for seen, want := range map[string][2]string{
		"111": {"never", "Recognised at every resolution"},
		"110": {"from c down", "Not recognised from c on down"},
		"000": {"from a down", "Recognised at no resolution"},
		"011": {"at a", "Not recognised at a, though below that it is"},
		"101": {"at b", "Not recognised at b, though below that it is"},
		"010": {
			"at a and from c down",
			"Not recognised from c on down, nor at a, though below that it is",
		},
	} {
		var list []standing
		for i, r := range seen {
			list = append(list, standing{"abc"[i : i+1], &document.Area{Recognised: r == '1'}})
		}
		if got := brokenFrom(list); got != want[0] {
			t.Errorf("%s: %q, want %q", seen, got, want[0])
		}
		if got := brokenText(list); got != want[1] {
			t.Errorf("%s: %q, want %q", seen, got, want[1])
		}
	}
}

func TestShort(t *testing.T) {
	next := func(grade string, lacks float64) *document.Area {
		return &document.Area{Next: &document.NextGrade{Grade: grade, Lacks: lacks}}
	}
	list := []standing{
		{"a", &document.Area{}}, {"b", next("◎", 0.05)}, {"c", next("○", 0.2)},
		{"d", next("○", 0.6)},
	}
	want := "For ◎ it lacks 5.0 points at b. For ○ it lacks 20.0 points at c and 60.0 at d."
	if got := shortText(list); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := shortText(list[:1]); got != "" {
		t.Errorf("%q of an area with the best grade", got)
	}
}
