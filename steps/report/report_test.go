package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/specs/hyper"
	"snellen/steps/report/document"
	"snellen/steps/report/plain"
)

// A world holds the outputs of steps, by address and name.
type world map[string]map[string]string

// simple returns a study of two resolutions and two areas that declares nothing with a default.
func simple() *specs.Study {
	return &specs.Study{
		Name: "snacks|<b>", File: "dir/snacks.hcl", Seed: 2020, Replicates: 1,
		Dataset: specs.Dataset{Split: "random"},
		Labels: []specs.Label{
			{Name: "A", Videos: []string{"v/A.mp4"}}, {Name: "B", Videos: []string{"v/B.mp4"}},
		},
		Resolutions: []specs.Resolution{sized("320x240", 320, 240), sized("80x60", 80, 60)},
		Evaluations: []specs.Evaluation{{
			Name: "shelf", Video: "v/shelf.mp4", Width: 640, Height: 480, Every: 1, Confident: 0.7,
			Areas: []specs.Area{
				{Name: "1-1", W: 100, H: 200, Expect: "A"},
				{Name: "1-2", X: 200, W: 100, H: 200, Expect: "B"},
			},
			Grades: []specs.Grade{
				{Name: "◎", EveryArea: 0.8}, {Name: "○", EveryArea: 0.6}, {Name: "×"},
			},
		}},
		Decision: specs.DecisionRule{
			Reference: "largest", Within: 0.05, Confidence: 0.95, Prefer: "smallest", By: "loss",
			Evaluations: []string{"shelf"},
		},
	}
}

func sized(name string, width, height int) specs.Resolution {
	fit := hyper.Fit{ImageShape: "3,96,96", Resize: 110}
	return specs.Resolution{
		Name: name, Width: width, Height: height,
		Hyperparameters: specs.Hyperparameters{Parameters: hyper.Parameters{Fit: fit}},
	}
}

// full returns a study that declares everything.
func full() *specs.Study {
	s := simple()
	s.Replicates, s.Dataset.Contrast, s.Dataset.Split = 2, true, "blocks"
	s.Evaluations[0].Sizes = []specs.Size{{Name: "80x60", Width: 80, Height: 60}}
	grade := 0.9
	s.Gates = []specs.Gate{
		{
			Name: "good", Message: "do not ship",
			Requirements: []specs.Requirement{{Resolution: "320x240", Grade: "○"}},
		},
		{
			Name: "too much", Requirements: []specs.Requirement{
				{Resolution: "80x60", DetectionRate: &grade, Evaluation: "shelf"},
				{Resolution: "320x240", Accuracy: &grade},
			},
		},
	}
	return s
}

// judged returns the outputs of an evaluate step: in area i, right[i] of eight frames over two
// seconds are right.
func judged(right ...int) map[string]string {
	labels := []string{"A", "B"}
	var areas, series []string
	sum := 0
	for i, n := range right {
		name, found := fmt.Sprintf("1-%d", i+1), make([]string, 8)
		for k := range found {
			found[k] = fmt.Sprint(i)
			if k >= n {
				found[k] = fmt.Sprint(1 - i)
			}
		}
		areas = append(areas,
			fmt.Sprintf(`{"name":%q,"expect":%q,"detection_rate":%g,"confident_rate":0,"mean_probability":0.5}`, name, labels[i], float64(n)/8))
		eight := "[" + strings.Repeat("0.5,", 7) + "0.5]"
		series = append(series,
			fmt.Sprintf(`{"name":%q,"expect":%q,"found":[%s],"probability":%s,"expected":%s}`, name,
				labels[i], strings.Join(found, ","), eight, eight))
		sum += n
	}
	return map[string]string{
		"summary.json": fmt.Sprintf(`{"frames":8,"detection_rate":%g,"areas":[%s]}`,
			float64(sum)/float64(8*len(right)), strings.Join(areas, ",")),
		"series.json": fmt.Sprintf(
			`{"classes":["A","B"],"frames":[0,1,2,3,4,5,6,7],"seconds":[0,0.25,0.5,0.75,1,1.25,1.5,1.75],"areas":[%s]}`, strings.Join(series, ",")),
		"pictures/000000.jpg": "first", "pictures/000004.jpg": "second",
		"pictures/000008.jpg": "third", "pictures/000012.jpg": "fourth",
		"pictures/000016.jpg": "fifth",
		"seen/000000-0.jpg":   "seen A", "seen/000000-1.jpg": "seen B",
	}
}

func trained(accuracy float64) map[string]string {
	return map[string]string{
		"summary.json": fmt.Sprintf(
			`{"accuracy":%g,"best_epoch":1,"last_epoch":2,"early_stopped":true}`, accuracy),
		"curve.json": fmt.Sprintf(
			`[{"epoch":0,"validation_accuracy":0.5},{"epoch":1,"validation_accuracy":%g},{"epoch":2,"validation_accuracy":0.4}]`, accuracy),
	}
}

// one returns a world in which one resolution was trained once and the other was not.
func one() world {
	return world{
		"select/A": {"selection.json": `{"smallest_distance":0.5}`},
		"select/B": {"selection.json": `{"smallest_distance":-1}`},
		"320x240/dataset": {
			"dataset.json": `{"classes":["A","B"],"train":[30,10],"validation":[4,4],"bytes":2048}`,
		},
		"320x240/train":          trained(0.985),
		"320x240/evaluate/shelf": judged(6, 6),
	}
}

// whole returns a world with all results of full.
func whole() world {
	w := one()
	for _, res := range []string{"320x240", "80x60"} {
		w[res+"/dataset"] = map[string]string{
			"dataset.json": `{"classes":["A","B"],"train":[30,10],"validation":[4,4],"bytes":2048}`,
		}
		w[res+"/train"], w[res+"/train/2"], w[res+"/train/random"] = trained(0.8), trained(0.9),
			trained(0.95)
		w[res+"/evaluate/shelf"], w[res+"/evaluate/shelf/2"] = judged(6, 8), judged(8, 6)
		w[res+"/evaluate/shelf/at/80x60"], w[res+"/evaluate/shelf/at/80x60/2"] = judged(2, 2),
			judged(4, 4)
	}
	w["80x60/evaluate/shelf"], w["80x60/evaluate/shelf/2"] = judged(2, 6), judged(4, 6)
	for _, l := range []string{"A", "B"} {
		w["probe/"+l+"/"+l+".mp4"] = map[string]string{"probe.json": `{"width":160,"height":120}`}
	}
	pair := `{"bits":4,"a":{"video":0,"seconds":1.5,"set":"validation"},"b":{"video":0,"seconds":2.5,"set":"train"}}`
	w["audit"] = map[string]string{"audit.json": `{"near":6,"labels":[
		{"footage":60,"train":30,"validation":4,"gap":6,"surplus":20,"seconds":0.5,"near":1,"nearest":` + pair + `},
		{"footage":14,"train":10,"validation":4,"gap":0,"surplus":0,"seconds":-1,"near":0,"nearest":null}],
		"twins":[{"a":0,"b":1,"frames":34,"near":2,"nearest":` + pair + `}],
		"cameras":[{"a":0,"b":1,"frames":8,"near":0,"nearest":{"bits":20,"a":{"video":0,"seconds":1,"set":"camera"},"b":{"video":0,"seconds":2,"set":"train"}}}]}`}
	return w
}

// testStore writes the outputs of steps to a new store and returns the decisions on them.
func testStore(t testing.TB, steps world) (*store.Store, []*engine.Decision) {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "store"))
	if err == nil {
		err = st.Prepare()
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []*engine.Decision
	for address, outputs := range steps {
		record := &store.Record{Outputs: map[string]store.Output{}, Took: 37 * time.Second}
		record.Manifest = "manifest 1\nkind train 3\ntool libtorch 1.13.1 cpu\nparam {}\nin " +
			"video sha256:00\nout model\n"
		for name, text := range outputs {
			out, err := st.PutBytes([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			record.Outputs[name] = out
		}
		node := &engine.Node{
			Address: address, Kind: &step.Kind{Name: "train"},
			Inputs: []engine.Input{{Role: "video", File: "/secret/place/A.mp4"}},
		}
		list = append(list, &engine.Decision{Node: node, Record: record})
	}
	list = append(list, &engine.Decision{Node: &engine.Node{Address: "80x60/later"}})
	slices.SortFunc(list, func(a, b *engine.Decision) int {
		return strings.Compare(a.Node.Address, b.Node.Address)
	})
	return st, list
}

// read returns a report of full.
func read(t *testing.T, steps world) *Report { return readOf(t, full(), steps) }

func readOf(t *testing.T, study *specs.Study, steps world) *Report {
	t.Helper()
	st, decisions := testStore(t, steps)
	r, err := Read(st, study, decisions)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	if err := plain.WriteTable(&b, readOf(t, simple(), one()).Document(), 100, false); err != nil {
		t.Fatal(err)
	}
	want := `snacks|<b>: No answer yet: 1 of 2 resolutions have not been judged. Type snellen apply.

 resolution    shelf (95 %)  grade  accuracy  best epoch  epochs  training  dataset
 320x240     75.0 % (20-97)  ○        0.985*           1       3     37.0s  2.0 KiB
 80x60                    -  -             -           -       -         -        -

 80x60  not run: type snellen apply

 Leakage: the nearest train and validation frames are 0.500 s apart (A, random split).
 * The split is random: neighbouring frames are in both sets, so the accuracy is too high.
 Pixels on target: even 100 pixels of height, the largest tried, do not reach 80.0 %.
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestTableOfAll(t *testing.T) {
	var b bytes.Buffer
	if err := plain.WriteTable(&b, read(t, whole()).Document(), 0, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"snacks|<b>: 320x240 detects most, 87.5 %; " +
			"whether 80x60 is enough cannot be told with 2 areas: it loses 31.2 points against ",
		" 320x240     87.5 % (26-99)  ◎      0.850 ±0.071           1       3     37.0s  2.0 KiB  " +
			"larger than its source",
		"The accuracy is 0.800 with validation by blocks of time, 15 points below the 0.950 with " +
			"a random split of the same footage (means of 2 resolutions): the random split " +
			"overstates it.",
		"12.5 % of the validation frames (1 of 8) have a near-duplicate among the train frames " +
			"of their label (split in blocks of time).",
		"Labels A and B share pictures: 2 of 34 frames are near-duplicates.",
		"The classes are uneven: A has 30 training images and B has 10.",
		"shelf, from 320x240 to 80x60: lost area 1-1, A.",
		"Gate good: met",
		"Gate too much: not met\n   80x60, shelf: detection rate at least 0.9: it is 0.562\n   " +
			"320x240: accuracy at least 0.9: it is 0.850",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// The names of the first version, which other programs read.
func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := readOf(t, simple(), one()).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Study       string
		Resolutions []struct {
			Resolution   string
			Accuracy     *float64
			BestEpoch    *int `json:"best_epoch"`
			Epochs       *int
			Epoch        *int
			TrainSeconds *float64 `json:"train_seconds"`
			DatasetBytes *int64   `json:"dataset_bytes"`
			Grade        *string
			Curve        []map[string]any
			Evaluations  []struct {
				Name          string
				DetectionRate *float64 `json:"detection_rate"`
				Areas         []map[string]any
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	full, none := got.Resolutions[0], got.Resolutions[1]
	if *full.Accuracy != 0.985 || *full.Epoch != 2 || *full.BestEpoch != 1 || *full.Epochs != 3 || *full.TrainSeconds != 37 ||
		*full.DatasetBytes != 2048 || *full.Grade != "○" || len(full.Curve) != 3 {
		t.Errorf("320x240: %+v", full)
	}
	if e := full.Evaluations[0]; e.Name != "shelf" || *e.DetectionRate != 0.75 ||
		len(e.Areas) != 2 || e.Areas[0]["detection_rate"] != 0.75 {
		t.Errorf("shelf: %+v", e)
	}
	if none.Accuracy != nil || none.Grade != nil || none.Curve == nil ||
		none.Evaluations[0].DetectionRate != nil {
		t.Errorf("80x60 has results: %+v", none)
	}
}

func TestReplicates(t *testing.T) {
	row := read(t, whole()).Document().Resolutions[0]
	if *row.Accuracy != 0.85 || row.Spread.Accuracy.Runs != 2 ||
		*row.Spread.Accuracy.Deviation != 0.070711 || row.Spread.Accuracy.Low != 0.8 {
		t.Errorf("accuracy %v, %+v", *row.Accuracy, row.Spread.Accuracy)
	}
	if len(row.Runs) != 2 || row.Runs[1].Address != "320x240/train/2" ||
		*row.Runs[1].Accuracy != 0.9 || row.Runs[0].Seed != 2020 || row.Runs[1].Seed == 2020 {
		t.Errorf("runs %+v", row.Runs)
	}
	e := row.Evaluations[0]
	if *e.DetectionRate != 0.875 || e.Areas[0].Rate != 0.875 || *e.Recognised != 2 ||
		*row.Runs[0].Detection != 0.875 || *row.Runs[0].Grade != "○" || *e.Grade != "◎" {
		t.Errorf("shelf %+v", e)
	}
	partly := whole()
	delete(partly, "320x240/train/2")
	delete(partly, "320x240/evaluate/shelf/2")
	r := read(t, partly)
	if row := r.Document().Resolutions[0]; *row.Accuracy != 0.8 ||
		row.Spread.Accuracy.Deviation != nil || r.note(0) != "1 of 2 trainings are done: type "+
		"snellen apply" {
		t.Errorf("partly: %v, %q", *row.Accuracy, r.note(0))
	}
}

func TestAreas(t *testing.T) {
	row := read(t, whole()).Document().Resolutions[1]
	a := row.Evaluations[0].Areas[0] // 3 of 8 right, on the whole
	if a.Rate != 0.375 || a.Recognised || a.Grade != "×" || a.Next.Grade != "○" ||
		a.Next.Lacks != 0.225 {
		t.Errorf("area %+v, next %+v", a, a.Next)
	}
	if a.Pixels.Source != [2]float64{100, 200} || a.Pixels.Resolution != [2]float64{12.5, 25} ||
		a.Pixels.Network != [2]float64{110, 220} || a.Pixels.Scale != 1.1 {
		t.Errorf("pixels %+v", a.Pixels)
	}
	c := row.Evaluations[0].Confusion
	if fmt.Sprint(c.Expected, c.Found, c.Counts) != "[A B] [A B] [[6 10] [4 12]]" {
		t.Errorf("confusion %+v", c)
	}
	if s := row.Runs[0].Evaluations[0].Series; len(s.Frames) != 8 ||
		*s.Areas[0].FirstWrong != 0.5 || s.Areas[0].Found[2] != 1 || len(s.Areas[0].Inputs) != 1 {
		t.Errorf("series %+v", s)
	}
}

func TestCamera(t *testing.T) {
	d := read(t, whole()).Document()
	cells := d.Resolutions[0].Evaluations[0].Cells
	if len(cells) != 2 || cells[0].Size != "native" || *cells[0].DetectionRate != 0.875 ||
		*cells[1].DetectionRate != 0.375 || cells[1].Runs != 2 || cells[1].Areas[0].Rate != 0.375 {
		t.Errorf("cells %+v", cells)
	}
	c := d.Cameras[0]
	if fmt.Sprint(c.Sizes, c.Flips[0].Lost, c.Flips[0].Gained) != "[native 80x60] [1-1] []" ||
		*c.FirstBroken[0].Resolution != "80x60" || c.FirstBroken[1].Resolution != nil {
		t.Errorf("camera %+v", c)
	}
}

func TestPixels(t *testing.T) {
	p := read(t, whole()).Document().Pixels
	if f := p.Frames[0]; !f.Upscaled || f.DetailLost || *f.Source != [2]int{160, 120} ||
		f.Scale != 0.458333 {
		t.Errorf("320x240: %+v", f)
	}
	if len(p.Points) != 8 || p.Points[0].Height != 100 || p.Points[2].Height != 25 ||
		p.Rule == nil || *p.Rule.Height != 100 || *p.Rule.Below != 25 {
		t.Errorf("points %+v, rule %+v", p.Points, p.Rule)
	}
	if want := "needs 100 pixels of height for 80.0 %; 25 are too few"; p.Rule.Text != want {
		t.Errorf("rule %q", p.Rule.Text)
	}
	study := simple()
	study.Resolutions[1] = sized("160x120", 160, 120)
	if f := readOf(t, study, one()).Document().Pixels.Frames[0]; !f.DetailLost {
		t.Errorf("160x120 fills the input of 110 as well: %+v", f)
	}
}

func TestAudit(t *testing.T) {
	a := read(t, whole()).Document().Audit
	l := a.Labels[0]
	if a.State != "known" || l.Gap != 6 || l.Surplus != 20 || *l.NearDuplicates != 1 ||
		l.Nearest.A.Video != "A.mp4" || *l.Seconds != 0.5 || a.Labels[1].Seconds != nil {
		t.Errorf("labels %+v", a.Labels)
	}
	if a.CameraOverlaps[0].A != "shelf" || a.CameraOverlaps[0].Nearest.A.Set != "camera" ||
		a.LabelOverlaps[0].B != "B" || a.Balance.Even || a.Balance.FewestName != "B" {
		t.Errorf("audit %+v", a)
	}
}

func TestProvenance(t *testing.T) {
	d := read(t, whole()).Document()
	i := slices.IndexFunc(d.Steps, func(s document.Step) bool {
		return s.Address == "320x240/evaluate/shelf"
	})
	s := d.Steps[i]
	if s.State != "done" || s.Tools[0] != (document.Tool{Name: "libtorch",
		Identity: "1.13.1 cpu"}) || s.Inputs[0].From != "A.mp4" ||
		*s.Inputs[0].Digest != "sha256:00" || *s.Seconds != 37 {
		t.Errorf("step %+v", s)
	}
	if len(s.Outputs) != 4 || s.Outputs[0].Name != "pictures/" || s.Outputs[0].Files != 5 ||
		s.Outputs[0].Bytes != 27 {
		t.Errorf("outputs %+v", s.Outputs)
	}
	if s := d.Steps[slices.IndexFunc(d.Steps, func(s document.Step) bool {
		return s.Address == "80x60/later"
	})]; s.State != "missing" || s.Key != nil {
		t.Errorf("a step without a record: %+v", s)
	}
	data, err := json.Marshal(d)
	if err != nil || bytes.Contains(data, []byte("/secret/place")) {
		t.Errorf("the report names a folder (%v)", err)
	}
}

// Results of an earlier spec may have other areas. They are not compared with those of today's.
func TestOtherAreas(t *testing.T) {
	w := whole()
	w["80x60/evaluate/shelf"], w["80x60/evaluate/shelf/2"] = judged(4), judged(4)
	d := read(t, w).Document()
	if d.Decision.State != document.Unknown || len(d.Decision.Candidates) != 1 ||
		len(d.Comparisons) != 0 {
		t.Errorf("decision %+v", d.Decision)
	}
}

func TestMarkdownEscapes(t *testing.T) {
	var b bytes.Buffer
	if err := plain.WriteMarkdown(&b, readOf(t, simple(), one()).Document(), false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`# snacks\|\<b\>`, `| 320x240 | 75.0 % (20-97) | ○ | 0.985\* | 1 | 3 |`,
		"| 1-2 | B | 100x200 | 75.0 %; 5.0 points more would be ◎ |", `| 2 | 0.400\* (0.000) |`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestDamagedResult(t *testing.T) {
	steps := one()
	steps["320x240/train"]["summary.json"] = "{"
	st, decisions := testStore(t, steps)
	if _, err := Read(st, simple(), decisions); err == nil ||
		!strings.Contains(err.Error(), "summary.json of 320x240/train") {
		t.Errorf("got %v", err)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{"..": "%2E.", "a/b": "a%2Fb", "320x240": "320x240",
		"a.jpg": "a.jpg"} {
		if got := fileName(name); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}
