package picture

import (
	"fmt"
	"testing"
)

// Notes that count pictures are added up, and those about several resolutions are one.
func TestSumNotes(t *testing.T) {
	got := SumNotes([]string{
		"2 of 6 pictures are tinted", "1 of 4 pictures have another shape than 64x48",
		"3 of 6 pictures are tinted", "1 of 4 pictures have another shape than 32x24", "odd",
		"2 of 5 pictures have another shape than 64x48",
	})
	want := "[5 of 12 pictures are tinted 3 of 9 pictures have another shape than 64x48 odd]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
