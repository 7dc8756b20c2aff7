package report

import (
	"slices"
	"strings"
	"testing"
)

// The last remark but the flips answers whether more pixels than the network sees help.
func TestDetail(t *testing.T) {
	for name, c := range map[string]struct {
		rights [][]int
		shape  string
		want   string
	}{
		"the fall is below the input": {
			[][]int{many(4, 8), many(4, 8), many(4, 2)}, "3,200,200",
			"Detail: the network sees 200x200 pixels; 640x480 carries more detail than that; " +
				"from 160x120 down, frames have fewer pixels; a judged area has fewer at every " +
				"resolution. Detection falls most from 320x240 to 160x120, by 75.0 points, where " +
				"frames begin to have fewer pixels than the network sees.",
		},
		"the fall is above it": {
			[][]int{many(4, 8), many(4, 2), many(4, 2)}, "3,100,100",
			"Detection falls most from 640x480 to 320x240, by 75.0 points, where both fill the " +
				"network's input",
		},
		"all are below it": {
			[][]int{many(4, 8), many(4, 2), many(4, 2)}, "3,900,900",
			"all resolutions have fewer pixels; a judged area has fewer at every resolution. " +
				"Detection falls most from 640x480 to 320x240, by 75.0 points, where both have " +
				"fewer pixels than the network sees.",
		},
		"nothing falls": {
			[][]int{many(4, 2), many(4, 8)}, "3,100,100", "Detection falls nowhere.",
		},
	} {
		study, w := shelf(c.rights...)
		for i := range study.Resolutions {
			study.Resolutions[i].Hyperparameters.ImageShape = c.shape
			study.Resolutions[i].Hyperparameters.Resize = 0
		}
		if list := readOf(t, study, w).Document().Remarks; !slices.ContainsFunc(list,
			func(s string) bool { return strings.Contains(s, c.want) }) {
			t.Errorf("%s: no %q in %q", name, c.want, list)
		}
	}
}

// A validation score that ranks the worst resolution first is named.
func TestRank(t *testing.T) {
	for name, c := range map[string]struct {
		scores []float64
		rights [][]int
		want   string
	}{
		"the article's": {
			[]float64{0.9, 0.95, 1}, [][]int{many(4, 6), many(4, 8), many(4, 1)},
			"Validation ranks 160x120 first, at 1.000; the judged areas rank it last, at 12.5 % " +
				"against up to 100.0 %. Trust what was judged.",
		},
		"equal scores": {
			[]float64{1, 1}, [][]int{many(4, 8), many(4, 1)}, "Validation ranks 320x240 first",
		},
		"equal scores below another": {
			[]float64{1, 0.9, 0.9}, [][]int{many(4, 8), many(4, 8), many(4, 1)},
			"Validation ranks 160x120 as high as 320x240",
		},
		"the smaller one above the larger": {
			[]float64{0.95, 0.88, 0.89}, [][]int{many(4, 8), many(4, 7), many(4, 2)},
			"Validation ranks 160x120 above 320x240, at 0.890 and 0.880; the judged areas rank it " +
				"below, at 25.0 % and 87.5 %.",
		},
		"the best is the best": {[]float64{1, 0.9}, [][]int{many(4, 8), many(4, 1)}, ""},
		"the middle is first": {
			[]float64{0.9, 1, 0.8}, [][]int{many(4, 8), many(4, 4), many(4, 1)},
			"Validation ranks 320x240 above 640x480",
		},
		"equal rates": {[]float64{0.9, 1}, [][]int{many(4, 4), many(4, 4)}, ""},
	} {
		study, w := shelf(c.rights...)
		for i, score := range c.scores {
			w[study.Resolutions[i].Name+"/train"] = trained(score)
		}
		got := readOf(t, study, w).rankText()
		if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
