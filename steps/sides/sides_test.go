package sides

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/compare"
	"snellen/steps/evaluate"
	"snellen/steps/report/document"
	"snellen/steps/term"
)

const judgedFrames = 20

// found is what some trainings found: the right frames of each area, by training.
type found [][]int

// side returns the side of a study of one resolution, whose shelf has as many areas.
func side(title string, right found) *Side {
	c := document.Camera{Name: "shelf"}
	e := document.Evaluation{Name: "shelf", Frames: new(judgedFrames)}
	rate, digest := 0.5, "sha256:shelf"
	r := document.Resolution{Resolution: "80x60", Detection: &document.Rate{Rate: rate},
		Accuracy: &rate, Evaluations: []document.Evaluation{e}}
	for i, training := range right {
		run := document.Run{Replicate: i + 1, Detection: &rate,
			Evaluations: []document.RunEvaluation{{Name: "shelf"}}}
		for k, n := range training {
			run.Evaluations[0].Areas = append(run.Evaluations[0].Areas, evaluate.AreaSummary{
				Name: fmt.Sprint("1-", k+1), Expect: "TEA", Rate: float64(n) / judgedFrames,
			})
		}
		r.Runs = append(r.Runs, run)
	}
	for k := range right[0] {
		c.Areas = append(c.Areas, document.DeclaredArea{Name: fmt.Sprint("1-", k+1), Expect: "TEA",
			Rect: [4]int{k, 0, 1, 1}})
	}
	return &Side{
		Source: Source{Title: title, Keys: map[string]store.Key{
			"80x60/dataset": {1}, "80x60/train": {1}, "probe/camera/shelf": {1},
		}},
		doc: &document.Document{
			Version: document.Version, Study: "s", Classes: []string{"TEA", "COFFEE"},
			Cameras: []document.Camera{c}, Resolutions: []document.Resolution{r},
			Decision: document.Decision{State: document.Enough, Confidence: 0.95,
				By: "loss", Prefer: "smallest", Resolution: new("80x60"), Evaluations: []string{"shelf"},
				Candidates: []document.Candidate{}},
			Steps: []document.Step{{Address: "probe/camera/shelf", Inputs: []document.StepInput{
				{Role: "video", From: "shelf.mp4", Digest: &digest},
			}}},
		},
	}
}

// draw returns trainings of so many areas with about that rate.
func draw(random *rand.Rand, trainings, areas int, rate float64) found {
	var all found
	for range trainings {
		var one []int
		for range areas {
			n := 0
			for range judgedFrames {
				if random.Float64() < rate {
					n++
				}
			}
			one = append(one, n)
		}
		all = append(all, one)
	}
	return all
}

func (f found) arm() compare.Arm {
	var arm compare.Arm
	for _, training := range f {
		var areas []compare.Area
		for _, n := range training {
			areas = append(areas, compare.Area{Right: n, Judged: judgedFrames})
		}
		arm.Runs = append(arm.Runs, areas)
	}
	return arm
}

// The figures are those of a trial with both sides as its arms, and the verdict is of now.
func TestEffectIsATrials(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		before, now             float64
		trainings, trainingsNow int
		verdict                 string
	}{
		{0.6, 0.95, 1, 1, document.VerdictBetter},
		{0.95, 0.6, 3, 3, document.VerdictWorse},
		{0.8, 0.95, 1, 3, document.VerdictBetter},
		{0.8, 0.8, 3, 3, document.VerdictInconclusive},
	} {
		before, now := draw(random, c.trainings, 60, c.before), draw(random, c.trainingsNow, 60, c.now)
		d := Compare(side("a", before), side("b", now))
		r := d.Resolutions[0]
		want := compare.New([]compare.Arm{before.arm(), now.arm()}, 0.95).Compare(1, 0)
		if r.Compared != Paired || r.Change.Verdict != c.verdict ||
			r.Change.Difference != rounded(want.Difference) ||
			r.Change.Interval.Low != rounded(want.Interval.Low) ||
			r.Change.Interval.High != rounded(want.Interval.High) ||
			r.Change.Interval.Samples != 60 || r.Change.Sign.Higher != want.Sign.Higher {
			t.Errorf("%v: %s %+v, want %+v", c, r.Compared, r.Change, want)
		}
		if r.Before.Trainings != c.trainings || r.Now.Trainings != c.trainingsNow {
			t.Errorf("%v: %d and %d trainings", c, r.Before.Trainings, r.Now.Trainings)
		}
		warned := strings.Contains(strings.Join(d.Remarks, "\n"), "with one on each side")
		if warned != (c.trainings == 1 && c.trainingsNow == 1) {
			t.Errorf("%v: %q", c, d.Remarks)
		}
	}
}

// Only what is the same on both sides is a pair, and what is not is counted with the reason.
func TestPairs(t *testing.T) {
	all := found{{20, 20, 0, 15}}
	area := func(s *Side, k int) *evaluate.AreaSummary {
		return &s.doc.Resolutions[0].Runs[0].Evaluations[0].Areas[k]
	}
	for name, c := range map[string]struct {
		edit     func(*Side)
		compared string
		left     int
		why      string
	}{
		"nothing": {func(*Side) {}, Same, 0, ""},
		"found":   {func(s *Side) { area(s, 2).Rate = 1 }, Paired, 0, ""},
		"label":   {func(s *Side) { area(s, 0).Expect = "COFFEE" }, Same, 1, otherLabel},
		"place":   {func(s *Side) { s.doc.Cameras[0].Areas[1].Rect[0] = 90 }, Same, 1, otherPlace},
		"footage": {func(s *Side) { s.doc.Steps[0].Inputs[0].Digest = new("sha256:x") }, NotPaired, 4,
			otherFootage},
		"footage is not known": {func(s *Side) { s.doc.Steps = nil }, NotPaired, 4, otherFootage},
		"frames": {func(s *Side) { *s.doc.Resolutions[0].Evaluations[0].Frames = 10 }, NotPaired, 4,
			otherFrames},
		"fewer": {func(s *Side) {
			e := &s.doc.Resolutions[0].Runs[0].Evaluations[0]
			e.Areas = e.Areas[:2]
		}, Same, 2, notNow},
		"another name": {func(s *Side) { area(s, 3).Name = "9-9" }, Same, 2, notBefore},
		"another evaluation": {func(s *Side) {
			s.doc.Cameras[0].Name, s.doc.Decision.Evaluations[0] = "door", "door"
			s.doc.Steps[0].Address = "probe/camera/door"
			s.doc.Resolutions[0].Evaluations[0].Name = "door"
		}, NotPaired, 8, notBefore},
		"no result": {func(s *Side) { s.doc.Resolutions[0].Runs[0].Detection = nil }, Unknown, 0, ""},
	} {
		now := side("now", all)
		c.edit(now)
		d := Compare(side("before", all), now)
		r := d.Resolutions[0]
		left := 0
		if r.Change != nil {
			left = r.Change.LeftOut
		}
		if r.Compared != c.compared || r.Why != c.why || r.Change != nil && left != c.left {
			t.Errorf("%s: %s, %d left out: %q", name, r.Compared, left, r.Why)
		}
		if said := strings.Contains(strings.Join(d.Remarks, "\n"), c.why); c.why != "" && !said {
			t.Errorf("%s: %q", name, d.Remarks)
		}
	}
}

// Areas that one side alone recognises are named, unless they show another label now.
func TestFlips(t *testing.T) {
	now := side("now", found{{20, 0, 20, 0, 20}, {20, 0, 20, 0, 20}})
	now.doc.Resolutions[0].Runs[0].Evaluations[0].Areas[4].Expect = "COFFEE"
	now.doc.Resolutions[0].Runs[1].Evaluations[0].Areas[4].Expect = "COFFEE"
	r := Compare(side("before", found{{20, 20, 0, 10, 0}, {20, 0, 0, 11, 0}}), now).Resolutions[0]
	if got := names(r.Lost, 9) + " | " + names(r.Found, 9); got != "area 1-4, TEA | area 1-3, TEA" {
		t.Error(got)
	}
	var many []Area
	for i := range 9 {
		many = append(many, Area{"shelf", fmt.Sprint(i), "TEA", i > 0})
	}
	many[1].Evaluation = "door"
	want := "shelf: area 0, TEA; door: 1, TEA; shelf: 2, TEA; and 6 more"
	if got := names(many, 3); got != want {
		t.Error(got)
	}
}

// Whole pictures are samples, and near-duplicates among them are one. A picture with other bytes
// under the same name is another one.
func TestPictures(t *testing.T) {
	album := func(answers ...int) *Side {
		s := side("s", found{{1}})
		s.doc.Cameras[0].Areas, s.doc.Cameras[0].Pictures = nil, []document.JudgedPicture{
			{Name: "a.jpg", Expect: "TEA"}, {Name: "b.jpg", Expect: "TEA", Group: 2},
			{Name: "c.jpg", Expect: "TEA", Group: 2}, {Name: "d.jpg", Expect: "COFFEE"},
		}
		s.doc.Resolutions[0].Runs[0].Evaluations[0] = document.RunEvaluation{Name: "shelf",
			Answers: &document.Answers{Found: answers}}
		s.Inputs = map[string]string{"x/a.jpg": "1", "x/b.jpg": "2", "x/c.jpg": "3", "x/d.jpg": "4"}
		s.files = map[string][]string{}
		for file := range s.Inputs {
			s.files[file[2:]] = []string{file}
		}
		return s
	}
	now := album(1, 0, 0, 1)
	r := Compare(album(0, 0, 1, 1), now).Resolutions[0]
	if r.Compared != Paired || r.Change.Interval.Samples != 3 ||
		r.Change.Difference != rounded((-1+0.5+0)/3) {
		t.Errorf("%s %+v", r.Compared, r.Change)
	}
	if got := names(r.Lost, 9) + " | " + names(r.Found, 9); got != "a.jpg, TEA | b.jpg, TEA" {
		t.Error(got)
	}
	now.Inputs["x/a.jpg"] = "other"
	r = Compare(album(0, 0, 1, 1), now).Resolutions[0]
	if r.Change.Interval.Samples != 2 || r.Change.LeftOut != 1 || r.Why != otherFootage {
		t.Errorf("%+v: %s", r.Change, r.Why)
	}
}

// A report that was edited contradicts itself, and is compared no further than it holds together.
func TestContradictions(t *testing.T) {
	all := found{{20, 20}, {20, 20}}
	for name, edit := range map[string]func(*document.Document){
		"no cameras":    func(d *document.Document) { d.Cameras = nil },
		"two cameras":   func(d *document.Document) { d.Cameras = append(d.Cameras, d.Cameras[0]) },
		"no runs":       func(d *document.Document) { d.Resolutions[0].Runs = nil },
		"no areas":      func(d *document.Document) { d.Resolutions[0].Runs[0].Evaluations[0].Areas = nil },
		"no evaluation": func(d *document.Document) { d.Resolutions[0].Runs[1].Evaluations = nil },
		"no frames":     func(d *document.Document) { d.Resolutions[0].Evaluations = nil },
		"a wild rate": func(d *document.Document) {
			d.Resolutions[0].Runs[0].Evaluations[0].Areas[0].Rate = -7
		},
		"answers": func(d *document.Document) {
			d.Cameras[0].Pictures = []document.JudgedPicture{{Name: "a", Expect: "TEA", Group: -3}}
			for i := range d.Resolutions[0].Runs {
				d.Resolutions[0].Runs[i].Evaluations[0].Answers = &document.Answers{Found: []int{99}}
			}
		},
		"no answer": func(d *document.Document) { d.Decision.Resolution = nil },
	} {
		s := side("s", all)
		edit(s.doc)
		for _, d := range []*Document{Compare(s, side("o", all)), Compare(side("o", all), s)} {
			for _, r := range d.Resolutions {
				if r.Change != nil && (r.Change.Difference < -1 || r.Change.Difference > 1) {
					t.Errorf("%s: %+v", name, r.Change)
				}
			}
			check(t, d)
		}
	}
}

// check holds a document against the schema, without names that it does not have, and writes it in
// all forms.
func check(t *testing.T, d *Document) {
	t.Helper()
	f, err := os.Open("comparison.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	described, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	strict(described)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("comparison", described); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("comparison")
	if err != nil {
		t.Fatal(err)
	}
	var text, table, page bytes.Buffer
	if err := d.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(&text)
	if err == nil {
		err = s.Validate(value)
	}
	if err != nil {
		t.Error(err)
	}
	for _, width := range []int{0, 40, 60, 80} {
		table.Reset()
		if err := d.WriteTable(&table, width, false); err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(table.String()) {
			if line = strings.TrimSuffix(line, "\n"); width > 0 && term.Width(line) > width {
				t.Errorf("%d columns are too few for %q", width, line)
			}
		}
	}
	if err := d.WritePage(&page); err != nil {
		t.Error(err)
	}
	if strings.Contains(page.String(), "<script") {
		t.Error("the page has a script")
	}
}

// strict makes every object of a schema refuse unknown names.
func strict(value any) {
	switch v := value.(type) {
	case map[string]any:
		if v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, child := range v {
			strict(child)
		}
	case []any:
		for _, child := range v {
			strict(child)
		}
	}
}

// Footage is compared by its bytes: a file that has another name now has not changed.
func TestFootage(t *testing.T) {
	p := newPair(&Side{}, &Side{})
	p.before.Inputs = map[string]string{"a.mp4": "1", "b.mp4": "2", "c.mp4": "3", "d.mp4": "4"}
	p.now.Inputs = map[string]string{"a.mp4": "1", "b.mp4": "9", "x.mp4": "3", "y.mp4": "5"}
	var got []string
	for _, c := range p.footage() {
		got = append(got, c.Text)
	}
	want := "b.mp4 changed | c.mp4 -> x.mp4, with the same bytes | y.mp4 added | d.mp4 removed"
	if text := strings.Join(got, " | "); text != want {
		t.Error(text)
	}
	p.before.Inputs = nil // not recorded: nothing is said
	if list := p.footage(); list != nil {
		t.Error(list)
	}
}

func TestEvaluationOf(t *testing.T) {
	for at, want := range map[string]string{
		"80x60/evaluate/shelf": "shelf", "80x60/evaluate/shelf/at/320x240/2": "shelf",
		"80x60/judge/shelf": "shelf", "crops/shelf/at/320x240": "shelf", "hash/camera/shelf": "shelf",
		"features/shelf/160x160/180": "shelf", "probe/camera/shelf": "shelf", "80x60/train/2": "",
		"80x60/features/TEA": "", "select/evaluate": "", "audit": "", "probe/evaluate/a.mp4": "",
	} {
		if got := evaluationOf(at); got != want {
			t.Errorf("%s is about %q, want %q", at, got, want)
		}
	}
}

// Names from a spec, and titles, are text on the page, and in a terminal they control nothing.
func TestNamesAreText(t *testing.T) {
	evil := "<b>\x1b[2J\u202e"
	now := side(evil, found{{20, 0}})
	now.Study = &specs.Study{Name: evil, Labels: []specs.Label{{Name: evil}},
		Resolutions: []specs.Resolution{{Name: "80x60", Width: 80, Height: 60}}}
	d := Compare(side("before", found{{0, 20}}), now)
	d.Changes = append(d.Changes, plain(FootageChange, evil))
	d.Resolutions[0].Lost[0].Expect = evil
	d.Now.Again, d.Now.Missing = evil, true
	var page, table bytes.Buffer
	if err := d.WritePage(&page); err != nil {
		t.Fatal(err)
	}
	if err := d.WriteTable(&table, 0, false); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "<b>") || strings.Contains(page.String(), "\u202e") {
		t.Error("the page has markup from a name")
	}
	if strings.Contains(table.String(), "\x1b") {
		t.Error("the table has control characters from a name")
	}
}

// Only a report of the very same steps stands in for results that are gone.
func TestReportStandsIn(t *testing.T) {
	st, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	of := func(key store.Key, confidence float64) string {
		s := side("s", found{{20}})
		s.doc.Decision.Confidence = confidence
		text := key.String()
		s.doc.Steps = append(s.doc.Steps, document.Step{Address: "80x60/train", Key: &text})
		return asJSON(s.doc)
	}
	for name, c := range map[string]struct {
		text string
		used bool
	}{
		"the same": {of(store.Key{1}, 0.9), true}, "another key": {of(store.Key{2}, 0.9), false},
		"a wild confidence": {of(store.Key{1}, 40), false},
		"damage":            {"{", false}, "nothing": {"{}", false},
	} {
		s, err := Read(st, Source{Title: "s", Keys: map[string]store.Key{"80x60/train": {1}},
			Reports: func() [][]byte { return [][]byte{[]byte(c.text)} }})
		if err != nil {
			t.Fatal(err)
		}
		if (s.doc != nil) != c.used {
			t.Errorf("%s: used: %v", name, s.doc != nil)
		}
	}
}
