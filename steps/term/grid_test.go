package term

import (
	"strings"
	"testing"
)

func TestGridFits(t *testing.T) {
	var g Grid
	g.Right = []bool{false, true}
	g.Row("resolution", "probe", "train")
	g.Row("80x60", "=1", "~2")
	for _, test := range []struct {
		limit int
		want  string
	}{
		{0, " resolution  probe  train\n 80x60          =1  ~2\n"},
		{25, " resolution  probe  train\n 80x60          =1  ~2\n"},
		{24, " resolution probe train\n 80x60         =1 ~2\n"},
		{23, " resolution probe train\n 80x60         =1 ~2\n"},
		{22, " resolution  probe  t…\n 80x60          =1  ~2\n"},
	} {
		var b strings.Builder
		if err := g.Write(&b, test.limit, false); err != nil || b.String() != test.want {
			t.Errorf("%d columns: %v\n%s", test.limit, err, b.String())
		}
	}
}

// A table of blocks cuts nothing, at any width: the columns that do not fit go below, and a text is
// broken.
func TestGridOfBlocks(t *testing.T) {
	g := Grid{Blocks: true, Right: []bool{false, true, true}}
	g.Row("resolution", "shelf (95 %)", "dataset")
	g.Row("80x60", "75.0 % (41-93)", "2.0 KiB", "not run: type snellen apply")
	g.Row("40x30", "-", "1.0 KiB")
	for _, test := range []struct {
		limit int
		want  string
	}{
		{40, ` resolution    shelf (95 %)  dataset
 80x60       75.0 % (41-93)  2.0 KiB
 40x30                    -  1.0 KiB

 80x60  not run: type snellen apply
`},
		{30, ` resolution    shelf (95 %)
 80x60       75.0 % (41-93)
 40x30                    -

 resolution  dataset
 80x60       2.0 KiB
 40x30       1.0 KiB

 80x60  not run: type
        snellen apply
`},
	} {
		var b strings.Builder
		if err := g.Write(&b, test.limit, false); err != nil || b.String() != test.want {
			t.Errorf("%d columns: %v\n%s", test.limit, err, b.String())
		}
	}
}
