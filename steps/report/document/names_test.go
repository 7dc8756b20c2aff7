package document

import "testing"

// Areas have their labels beside their names, so that two of them do not read as a range.
func TestFlipNames(t *testing.T) {
	c := Camera{Areas: []DeclaredArea{
		{Name: "2-3", Expect: "BISCUITS"}, {Name: "2-4", Expect: "TEA"},
		{Name: "MILK", Expect: "MILK"},
		{Name: "3-1", Expect: "TEA"}, {Name: "3-2", Expect: "TEA"}, {Name: "3-3", Expect: "TEA"},
	}}
	var all []string
	for _, a := range c.Areas {
		all = append(all, a.Name)
	}
	for n, want := range map[int]string{
		1: "area 2-3, BISCUITS",
		3: "area 2-3, BISCUITS; area 2-4, TEA; area MILK",
		6: "6 areas (area 2-3, BISCUITS; area 2-4, TEA; area MILK; area 3-1, TEA; and 2 more)",
	} {
		if got := c.FlipNames(all[:n]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
