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
