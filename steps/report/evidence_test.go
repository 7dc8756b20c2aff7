package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"snellen/specs"
	"snellen/steps/report/document"
)

// shelf returns a study and its world. rights has, for each resolution from the largest on, how
// many of eight frames are right in each area.
func shelf(rights ...[]int) (*specs.Study, world) {
	s, w := simple(), world{}
	s.Dataset.Split = "blocks"
	s.Resolutions, s.Evaluations[0].Areas = nil, nil
	for i := range rights[0] {
		s.Evaluations[0].Areas = append(s.Evaluations[0].Areas, specs.Area{
			Name: fmt.Sprintf("1-%d", i+1), X: i, W: 1, H: 2, Expect: "A",
		})
	}
	for i, right := range rights {
		name := fmt.Sprintf("%dx%d", 640>>i, 480>>i)
		s.Resolutions = append(s.Resolutions, sized(name, 640>>i, 480>>i))
		w[name+"/train"], w[name+"/evaluate/shelf"] = trained(0.9), row(right)
	}
	return s, w
}

// row returns the outputs of an evaluate step whose areas all expect A.
func row(right []int) map[string]string {
	var areas, series []string
	sum := 0
	for i, n := range right {
		found := slices.Repeat([]string{"1"}, 8)
		for k := range n {
			found[k] = "0"
		}
		sum += n
		areas = append(areas, fmt.Sprintf(`{"name":"1-%d","expect":"A","detection_rate":%g}`, i+1,
			float64(n)/8))
		series = append(series,
			fmt.Sprintf(`{"name":"1-%d","expect":"A","found":[%s],"probability":[1,1,1,1,1,1,1,1],"expected":[1,1,1,1,1,1,1,1]}`, i+1, strings.Join(found, ",")))
	}
	return map[string]string{
		"summary.json": fmt.Sprintf(`{"frames":8,"detection_rate":%g,"areas":[%s]}`,
			float64(sum)/float64(8*len(right)), strings.Join(areas, ",")),
		"series.json": fmt.Sprintf(
			`{"classes":["A","B"],"frames":[0,1,2,3,4,5,6,7],"seconds":[0,0.25,0.5,0.75,1,1.25,1.5,1.75],"areas":[%s]}`, strings.Join(series, ",")),
	}
}

func many(n, right int) []int { return slices.Repeat([]int{right}, n) }

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		rights [][]int
		prefer string
		state  string
		want   string
	}{
		"nothing differs, ten areas": {
			[][]int{many(10, 8), many(10, 8)}, "smallest", document.Open,
			"Not enough evidence: 320x240 is the smallest resolution that is not shown to be " +
				"worse, 0.0 points against the best, 640x480 (95 % interval -23.1 to +23.1); " +
				"a loss of more than 3 points is not ruled out. It would take about 91 areas " +
				"instead of 10, if the rates stay as they are.",
		},
		"nothing differs, a hundred": {
			[][]int{many(100, 8), many(100, 8)}, "smallest", document.Decided,
			"320x240 is enough: 0.0 points against the best, 640x480 (95 % interval -2.7 to " +
				"+2.7), and a loss of more than 3 points is ruled out.",
		},
		"all lost": {
			[][]int{many(10, 8), many(10, 1)}, "smallest", document.Decided,
			"640x480 is the smallest that is enough: it detects most, 100.0 % of the judged " +
				"areas (95 % interval 72 to 100 %), and every smaller one is shown to lose more " +
				"than 3 points.",
		},
		"five areas cannot tell": {
			[][]int{many(5, 8), many(5, 0)}, "smallest", document.Open,
			"Not enough evidence: 320x240 is the smallest resolution that is not shown to be " +
				"worse, -100.0 points against the best, 640x480",
		},
		"the smallest is the best": {
			[][]int{many(10, 5), many(10, 8)}, "smallest", document.Decided,
			"320x240 is enough: the smallest resolution detects most, 100.0 %",
		},
		"the best": {
			[][]int{many(10, 8), many(10, 7)}, "best", document.Decided,
			"640x480 detects most: 100.0 %",
		},
		"one resolution": {
			[][]int{many(10, 8)}, "smallest", document.Decided,
			"640x480 detects 100.0 % of the judged areas (95 % interval 72 to 100 %); there is " +
				"nothing to compare it with.",
		},
		"one area": {
			[][]int{{8}, {0}}, "smallest", document.Open,
			"It would take about 6 areas instead of 1",
		},
	} {
		study, w := shelf(c.rights...)
		study.Decision.Prefer = c.prefer
		d := readOf(t, study, w).Document()
		if d.Decision.State != c.state || !strings.Contains(d.Answer, c.want) {
			t.Errorf("%s: %s\n got %s\nwant %s", name, d.Decision.State, d.Answer, c.want)
		}
	}
}

func TestNoCamera(t *testing.T) {
	study, w := shelf(many(2, 8))
	study.Evaluations, study.Decision.Evaluations = nil, nil
	r := readOf(t, study, w)
	if d := r.Document().Decision; d.State != document.NoCamera || !r.Complete() {
		t.Errorf("%+v", d)
	}
}

func TestComparisons(t *testing.T) {
	study, w := shelf(many(10, 8), many(10, 7), many(10, 0))
	d := readOf(t, study, w).Document()
	if len(d.Comparisons) != 3 || d.Comparisons[1].Neighbours || !d.Comparisons[2].Neighbours {
		t.Fatalf("%+v", d.Comparisons)
	}
	c := d.Comparisons[1]
	if c.A != "640x480" || c.B != "160x120" || c.Difference != 1 ||
		c.Verdict != document.VerdictBetter || c.Sign.Higher != 10 || c.Needed != nil ||
		c.Interval.Method != "bootstrap" {
		t.Errorf("%+v", c)
	}
	if s := d.Decision.Candidates[2].Standing; s != document.TooWeak {
		t.Errorf("160x120 is %q", s)
	}
}

// A block lasts a second, or a tenth of the whole time if that is longer.
func TestTimeBlocks(t *testing.T) {
	for _, c := range []struct {
		seconds []float64
		want    string
	}{
		{nil, "0 []"},
		{[]float64{7}, "1 [0]"},
		{[]float64{0, 0.5, 1, 1.5, 5}, "3 [0 0 1 1 2]"},
		{[]float64{0, 10, 19, 20, 100, 200}, "4 [0 0 0 1 2 3]"},
	} {
		blocks, place := timeBlocks(c.seconds)
		if got := fmt.Sprint(blocks, place); got != c.want {
			t.Errorf("%v: %s, want %s", c.seconds, got, c.want)
		}
	}
}
