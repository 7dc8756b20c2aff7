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
	loss := func(d *specs.DecisionRule) {}
	best := func(d *specs.DecisionRule) { d.Prefer = "best" }
	graded := func(d *specs.DecisionRule) { d.By, d.AtLeast = "grade", "○" }
	for name, c := range map[string]struct {
		rights     [][]int
		rule       func(*specs.DecisionRule)
		state      string
		resolution string // "": none
		want       string
	}{
		"nothing differs, ten areas": {
			[][]int{many(10, 8), many(10, 8)}, loss, document.Open, "",
			"640x480 detects most, 100.0 %; " +
				"whether 320x240 is enough cannot be told with 10 areas: it detects as much " +
				"as 640x480 (90 % interval -25.9 to +25.9, 10 areas). About 59 areas would " +
				"tell, if the rates stay as they are. Each was trained once",
		},
		"nothing differs, sixty": {
			[][]int{many(60, 8), many(60, 8)}, loss, document.Enough, "320x240",
			"320x240 is enough: it detects as much as 640x480 (90 % interval -4.9 to +4.9, " +
				"60 areas).",
		},
		"all lost": {
			[][]int{many(10, 8), many(10, 1), many(10, 0)}, loss, document.Largest, "640x480",
			"Nothing below 640x480 is enough: 320x240 loses 87.5 points against 640x480",
		},
		"five areas, all lost": {
			[][]int{many(5, 8), many(5, 0)}, loss, document.Largest, "640x480",
			"Nothing below 640x480 is enough",
		},
		"the smallest is the best": {
			[][]int{many(20, 4), many(20, 8)}, loss, document.Enough, "320x240",
			"320x240 is enough: it gains 50.0 points against 640x480",
		},
		"enough, and the next one is not": {
			[][]int{many(60, 8), many(60, 8), many(60, 2)}, loss, document.Enough, "320x240",
			"60 areas). 160x120 is not: it loses 75.0 points against 640x480",
		},
		"enough, and the next one is open": {
			[][]int{many(60, 8), many(60, 8), append(many(58, 8), 0, 0)}, loss, document.Enough,
			"320x240", "60 areas). Whether 160x120 is too cannot be told: it loses 3.3 points",
		},
		"another reference": {
			[][]int{many(60, 0), many(60, 8), many(60, 8)},
			func(d *specs.DecisionRule) { d.Reference = "320x240" }, document.Enough, "160x120",
			"160x120 is enough: it detects as much as 320x240",
		},
		"the best as the reference": {
			[][]int{many(60, 0), many(60, 8), many(60, 0)},
			func(d *specs.DecisionRule) { d.Reference = "best" }, document.Largest, "320x240",
			"Nothing below 320x240 is enough: 160x120 loses 100.0 points against 320x240",
		},
		"the reference is the smallest": {
			[][]int{many(60, 8), many(60, 8)},
			func(d *specs.DecisionRule) { d.Reference = "320x240" }, document.Largest, "320x240",
			"Nothing is smaller than 320x240: it detects 100.0 %",
		},
		"the best": {
			[][]int{many(10, 8), many(10, 7)}, best, document.Observed, "640x480",
			"640x480 detects most: 100.0 % of the judged areas (95 % interval 72 to 100 %). This " +
				"goes by what was observed",
		},
		"the smallest with a grade": {
			[][]int{many(10, 8), many(10, 7), many(10, 3)}, graded, document.Observed, "320x240",
			"320x240 is the smallest that is graded ○ or better: it detects 87.5 %",
		},
		"none has the grade": {
			[][]int{many(10, 3), many(10, 2)}, graded, document.Observed, "",
			"No resolution is graded ○ or better: 640x480 detects most, 37.5 %",
		},
		"one resolution": {
			[][]int{many(10, 8)}, loss, document.Largest, "640x480",
			"640x480 detects 100.0 % of the judged areas (95 % interval 72 to 100 %); there is " +
				"nothing to compare it with.",
		},
		"one area": {
			[][]int{{8}, {0}}, loss, document.Open, "", "would tell, if the rates stay as they are",
		},
	} {
		study, w := shelf(c.rights...)
		study.Evaluations[0].Grades = []specs.Grade{{Name: "◎", EveryArea: 0.9},
			{Name: "○", EveryArea: 0.6}, {Name: "×"}}
		c.rule(&study.Decision)
		d := readOf(t, study, w).Document()
		got := ""
		if d.Decision.Resolution != nil {
			got = *d.Decision.Resolution
		}
		if d.Decision.State != c.state || got != c.resolution ||
			!strings.Contains(d.Answer, c.want) {
			t.Errorf("%s: %s %s\n got %s\nwant %s", name, d.Decision.State, got, d.Answer, c.want)
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
		c.Verdict != document.VerdictBetter || c.Sign.Higher != 10 || c.Interval.Method != "limits" {
		t.Errorf("%+v", c)
	}
	if s := d.Decision.Candidates[2].Verdict; s != document.CandidateWorse {
		t.Errorf("160x120 is %q", s)
	}
}
