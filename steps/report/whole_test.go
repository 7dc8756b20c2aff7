package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"snellen/specs"
	"snellen/steps/report/document"
	"snellen/steps/report/plain"
)

// photos returns a study of photographs, with n judged pictures of each of two labels, and the steps
// before its evaluations. The first two pictures of A are near-duplicates.
func photos(n int) (*specs.Study, world) {
	s := simple()
	s.Dataset.Split = "blocks"
	e := &s.Evaluations[0]
	e.Name, e.Video, e.Areas, e.Width, e.Height = "test", "", nil, 0, 0
	s.Decision.Evaluations = []string{"test"}
	for i := range s.Labels {
		l := &s.Labels[i]
		l.Videos = nil
		for k := range 6 {
			l.Pictures = append(l.Pictures, fmt.Sprintf("p/train/%s/%d.jpg", l.Name, k))
		}
		for k := range n {
			path := fmt.Sprintf("p/test/%s/%04d.jpg", l.Name, k)
			e.Samples = append(e.Samples,
				specs.Sample{Name: path, Path: path, Expect: l.Name})
		}
	}
	w := world{
		"audit": {"audit.json": `{"near":6,"twins":[],"labels":[
			{"footage":6,"train":4,"validation":2,"seconds":-1},
			{"footage":6,"train":4,"validation":2,"seconds":-1}],
			"cameras":[{"a":0,"b":1,"frames":4,"near":1,
			"nearest":{"bits":0,"a":{"set":"camera","picture":1},"b":{"set":"train","picture":3}},
			"pairs":[{"bits":0,"a":{"set":"camera","picture":1},"b":{"set":"train","picture":3}}]}]}`},
	}
	for _, l := range s.Labels {
		w["pictures/"+l.Name] = map[string]string{
			"pictures.json": pictureSet(640, 6), "notes.json": `["2 of 6 pictures are tinted"]`,
		}
		w["select/"+l.Name] = map[string]string{"selection.json": `{"videos":[],
			"smallest_distance":-1,"pictures":{"pictures":6,"groups":[[1,4],[0,2,3]],
			"chosen":[{"index":0,"set":"train"},{"index":1,"set":"validation"}]}}`}
	}
	w["probe/camera/test"] = map[string]string{"pictures.json": pictureSet(800, 2*n)}
	return s, w
}

// pictureSet returns a pictures.json of n pictures. The last one is smaller and turned; the first
// two are near-duplicates.
func pictureSet(width, n int) string {
	var list []string
	for i := range n {
		hash := uint64(max(i, 1)) * 0x9e3779b97f4a7c15
		reading := `{"stored_width":%d,"stored_height":480,"pixel_format":"yuvj420p","pixel_aspect":"1:1","range":"full","matrix":"bt601"%s}`
		w, turn := width, ""
		if i == n-1 {
			w, turn = 320, `,"turn":180`
		}
		list = append(list, fmt.Sprintf(`{"width":%d,"height":480,"digest":"%064x","hash":"%016x",`+
			`"reading":`+reading+`}`, w, i, hash, w, turn))
	}
	return `{"pictures":[` + strings.Join(list, ",") + "]}"
}

// scored returns the outputs of a score step that found the expected label in all pictures but
// those that are wrong.
func scored(s *specs.Study, wrong ...int) map[string]string {
	bad := map[int]bool{}
	for _, i := range wrong {
		bad[i] = true
	}
	var areas, lines []string
	right := 0
	for i, p := range s.Evaluations[0].Samples {
		found, rate, mean := p.Expect, 1, 0.9
		if bad[i] {
			found, rate, mean = "B", 0, 0.2
			if p.Expect == "B" {
				found = "A"
			}
		}
		right += rate
		group := ""
		if i < 2 {
			group = `,"group":1`
		}
		areas = append(areas, fmt.Sprintf(`{"name":%q,"expect":%q,"detection_rate":%d,`+
			`"confident_rate":%d,"mean_probability":%g%s}`, p.Name, p.Expect, rate, rate, mean,
			group))
		lines = append(lines, fmt.Sprintf(`{"frame":%d,"area":%q,"expected":%q,"found":%q,`+
			`"probability":0.9,"probabilities":[0.9,0.1]}`, i, p.Name, p.Expect, found))
	}
	out := map[string]string{
		"summary.json": fmt.Sprintf(`{"frames":%d,"detection_rate":%g,"areas":[%s]}`, len(areas),
			float64(right)/float64(len(areas)), strings.Join(areas, ",")),
		"detections.jsonl": strings.Join(lines, "\n") + "\n",
	}
	for _, i := range append(wrong[:min(len(wrong), 23)], 0) {
		out[fmt.Sprintf("pictures/%06d.jpg", i)] = fmt.Sprint("picture ", i)
	}
	return out
}

// The sample is the picture, or its group of near-duplicates.
func TestWholePictures(t *testing.T) {
	s, w := photos(10)
	for _, res := range []string{"320x240", "80x60"} {
		w[res+"/train"] = trained(0.9)
	}
	w["320x240/evaluate/test"] = scored(s, 0) // one of the two near-duplicates
	w["80x60/evaluate/test"] = scored(s, 0, 1, 5, 12)
	r := readOf(t, s, w)
	d := r.Document()
	if d.Decision.Samples != "pictures" || d.Decision.State != document.Open ||
		!strings.Contains(d.Answer, " pictures (near-duplicates count once) would tell") {
		t.Errorf("%+v", d.Decision)
	}
	e := d.Resolutions[0].Evaluations[0]
	if *e.DetectionRate != 0.973684 || e.Interval.Samples != 19 || *e.Recognised != 19 ||
		*e.Frames != 20 || len(e.Areas) != 0 || len(e.Pictures) != 1 || *e.Pictures[0].Place != 0 {
		t.Errorf("at 320x240: %+v", e)
	}
	if rate := *d.Resolutions[0].Runs[0].Evaluations[0].DetectionRate; rate != 0.973684 ||
		d.Resolutions[0].Detection.Rate != 0.973684 || d.Resolutions[0].Detection.Areas != 19 {
		t.Errorf("rates differ: %v, %+v", rate, d.Resolutions[0].Detection)
	}
	e = d.Resolutions[1].Evaluations[0]
	a := e.Labels[0]
	if a.Label != "A" || a.Pictures != 10 || a.Right != 7 || a.Rate != 0.777778 ||
		a.Interval.Samples != 9 || a.Grade != "○" || a.Next.Grade != "◎" || *e.Grade != "○" {
		t.Errorf("labels %+v", e.Labels)
	}
	if c := e.Confusion; fmt.Sprint(c.Expected, c.Found, c.Counts) != "[A B] [A B] [[7 3] [1 9]]" {
		t.Errorf("confusion %+v", c)
	}
	f := d.Cameras[0].Flips[0]
	if fmt.Sprint(f.Lost, f.Gained) != "[A/0001.jpg A/0005.jpg B/0002.jpg] []" ||
		d.Cameras[0].Pictures[1] != (document.JudgedPicture{Name: "A/0001.jpg", Expect: "A",
			Group: 1}) || d.Cameras[0].Video != "" {
		t.Errorf("camera %+v", d.Cameras[0])
	}
	if c := d.Comparisons[0]; c.Sign.Higher != 3 || c.Sign.Equal != 16 {
		t.Errorf("sign %+v", c.Sign)
	}
	answers := d.Resolutions[1].Runs[0].Evaluations[0].Answers
	if len(answers.Found) != 20 || answers.Found[0] != 1 || answers.Found[2] != 0 ||
		answers.Expected[0] != 0.2 || answers.Probability[0] != 0.9 {
		t.Errorf("answers %+v", answers)
	}
}

// What the terminal prints about photographs is short.
func TestPictureTable(t *testing.T) {
	s, w := photos(10)
	w["320x240/train"], w["80x60/train"] = trained(0.9), trained(0.9)
	w["320x240/evaluate/test"] = scored(s)
	w["80x60/evaluate/test"] = scored(s, 2, 3, 4, 5, 6, 7)
	var b bytes.Buffer
	if err := plain.WriteTable(&b, readOf(t, s, w).Document(), 0, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"test (95 %)", "100.0 % (83-100)",
		"Leakage: photographs that are near-duplicates are in one set together: 10 of 12, in " +
			"4 groups, the largest of label A: 0.jpg, 2.jpg, 3.jpg.",
		"Evaluation test: 2 of 20 pictures are near-duplicates of each other and count as 1 " +
			"sample; the largest group: A/0000.jpg, A/0001.jpg.",
		"Leak: of the 4 pictures of evaluation test, some are near-duplicates of the labels' " +
			"footage: 1 of label B: A/0001.jpg and 3.jpg of B. Leave them out of the " +
			"evaluation, or of the labels.",
		"test, from 320x240 to 80x60: lost 6 pictures (A/0002.jpg, A/0003.jpg, A/0004.jpg, " +
			"A/0005.jpg and 2 more).",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "Pixels on target") || strings.Contains(b.String(), "area") {
		t.Errorf("it speaks of areas:\n%s", b.String())
	}
}

func TestAlbums(t *testing.T) {
	s, w := photos(2)
	five := 5
	s.Labels[1].Validation = &five
	d := readOf(t, s, w).Document()
	if len(d.Albums) != 3 {
		t.Fatalf("%+v", d.Albums)
	}
	a, b, e := d.Albums[0], d.Albums[1], d.Albums[2]
	if a.Sizes() != "320x480 to 640x480" || a.FormatNames() != "JPEG" ||
		a.GroupCounts() != "5 in 2 groups" || a.Groups[0].Names() != "0.jpg, 2.jpg, 3.jpg" ||
		a.Split != document.SplitGroups || b.Split != document.SplitDeclared {
		t.Errorf("label A: %+v", a)
	}
	if len(a.Readings) != 2 || a.Readings[0].Count != 5 || a.Readings[1].Text !=
		"turned by 180 degrees; BT.601, full range, yuvj420p" ||
		a.Readings[1].Names() != "5.jpg" {
		t.Errorf("readings %+v", a.Readings)
	}
	if e.Source != "evaluation test" || e.GroupCounts() != "2 in 1 group" || e.Split != "" {
		t.Errorf("evaluation: %+v", e)
	}
	if d.Pixels.Frames[0].Source == nil || *d.Pixels.Frames[0].Source != [2]int{320, 480} {
		t.Errorf("source %+v", d.Pixels.Frames[0])
	}
}

// Pictures of different labels are different samples, though they have one hash.
func TestSamplesOfLabels(t *testing.T) {
	s, w := photos(2)
	w["320x240/train"], w["320x240/evaluate/test"] = trained(0.9), scored(s)
	out := w["320x240/evaluate/test"]
	out["summary.json"] = strings.ReplaceAll(out["summary.json"], `"mean_probability":0.9}`,
		`"mean_probability":0.9,"group":1}`)
	e := readOf(t, s, w).Document().Resolutions[0].Evaluations[0]
	if e.Interval.Samples != 2 {
		t.Errorf("%d samples, want one of each label", e.Interval.Samples)
	}
}

// Results of pictures that the spec no longer has, or has in another order, are no results.
func TestOtherPictures(t *testing.T) {
	s, w := photos(2)
	w["320x240/train"], w["320x240/evaluate/test"] = trained(0.9), scored(s)
	s.Evaluations[0].Samples[1].Expect = "B"
	r := readOf(t, s, w)
	if e := r.Document().Resolutions[0].Evaluations[0]; e.DetectionRate != nil ||
		!strings.Contains(r.note(0), "test not run") {
		t.Errorf("%+v, %q", e, r.note(0))
	}
}

func TestShortNames(t *testing.T) {
	for _, c := range [][]string{
		{"a/b/1.jpg", "a/c/1.jpg", "b/1.jpg", "c/1.jpg"}, {"/x/1.jpg", "1.jpg"},
		{"/x/1.jpg", "/x/y/2.jpg", "1.jpg", "y/2.jpg"}, {"1.jpg", "a/2.jpg", "1.jpg", "a/2.jpg"},
		{"/1.jpg", "/a/2.jpg", "1.jpg", "a/2.jpg"}, {"a/1.jpg", "ab/2.jpg", "a/1.jpg", "ab/2.jpg"},
	} {
		n := len(c) / 2
		if got := shortNames(c[:n]); fmt.Sprint(got) != fmt.Sprint(c[n:]) {
			t.Errorf("%q: %q", c[:n], got)
		}
	}
}

// Thousands of pictures make a report in seconds, and texts of a reasonable size.
func TestManyPictures(t *testing.T) {
	s, w := photos(1000)
	s.Resolutions = nil
	for i := range 5 {
		name := fmt.Sprintf("%dx%d", 640>>i, 480>>i)
		s.Resolutions = append(s.Resolutions, sized(name, 640>>i, 480>>i))
		var wrong []int
		for k := range 2000 {
			if k%(60>>i) == 3%(60>>i) {
				wrong = append(wrong, k)
			}
		}
		w[name+"/train"], w[name+"/evaluate/test"] = trained(0.9), scored(s, wrong...)
	}
	st, decisions := testStore(t, w)
	start := time.Now()
	r, err := Read(st, s, decisions)
	if err != nil {
		t.Fatal(err)
	}
	var js, md, table, page bytes.Buffer
	for _, err := range []error{r.WriteJSON(&js), plain.WriteMarkdown(&md, r.Document(), false),
		plain.WriteTable(&table, r.Document(), 0, false), r.WritePage(&page)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(start)
	t.Logf("%v; report.json %d, report.md %d, table %d, page %d bytes", took, js.Len(), md.Len(),
		table.Len(), page.Len())
	if md.Len() > 20_000 || table.Len() > 5000 || js.Len() > 3_000_000 || took > 10*time.Second {
		t.Errorf("%v; report.json %d, report.md %d, table %d bytes", took, js.Len(), md.Len(),
			table.Len())
	}
	if n := strings.Count(page.String(), `<li class="card" `); n != 24 {
		t.Errorf("%d cards", n)
	}
	var doc document.Document
	if err := json.Unmarshal(js.Bytes(), &doc); err != nil ||
		len(doc.Resolutions[4].Runs[0].Evaluations[0].Answers.Found) != 2000 {
		t.Errorf("report.json: %v", err)
	}
}
