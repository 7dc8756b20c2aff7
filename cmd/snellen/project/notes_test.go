package project

import (
	"testing"

	"snellen/steps/picture"
)

// FuzzNotes checks that notes of any form are shown, each once, or not at all.
func FuzzNotes(f *testing.F) {
	f.Add([]byte(`["3 of 10 pictures are 640x480","2 of 5 pictures are 800x600","x"]`))
	f.Add([]byte(`["99999999999999999999 of 1 pictures a"]`))
	f.Add([]byte(`["a",null,1]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		notes := parseNotes(data)
		if sums := picture.SumNotes(notes); len(sums) > len(notes) ||
			(len(sums) == 0) != (len(notes) == 0) {
			t.Errorf("%q became %q", notes, sums)
		}
	})
}
