package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"snellen/specs"
	"snellen/steps/report/document"
	"snellen/steps/report/plain"
)

// leaking returns whole's results with an areas.json.
func leaking(areas string) world {
	w := whole()
	w["audit/areas"] = map[string]string{"areas.json": areas}
	return w
}

// Area 1 is the second from the left, whatever the order of the spec.
const oneLeak = `{"compared":2,"leaked":[{"evaluation":0,"area":1,"label":1,"video":0,` +
	`"seconds":1.5,"label_seconds":2.25,"similarity":0.9876,"frames":5}]}`

const twoLeaks = `{"compared":2,"leaked":[{"evaluation":0,"area":1,"label":1,"video":0,` +
	`"seconds":1.5,"label_seconds":2.25,"similarity":0.9876,"frames":5},` +
	`{"evaluation":0,"area":0,"label":0,"video":0,"seconds":0,"label_seconds":3,` +
	`"similarity":0.99,"frames":8}]}`

func TestLeakedAreas(t *testing.T) {
	study := full()
	a := study.Evaluations[0].Areas
	a[0], a[1] = a[1], a[0]
	d := readOf(t, study, leaking(twoLeaks)).Document()
	if len(d.Audit.Areas) != 2 || *d.Audit.Compared != 2 || *d.Decision.Leaked != 2 {
		t.Fatalf("%+v, decision %+v", d.Audit, d.Decision)
	}
	want := document.LeakedArea{
		Evaluation: "shelf", Area: "1-2", Seconds: 1.5, Label: "B", Video: "B.mp4",
		LabelSeconds: 2.25, Similarity: 0.9876, Frames: 5,
	}
	if d.Audit.Areas[0].Area != "1-1" || d.Audit.Areas[1] != want {
		t.Errorf("%+v", d.Audit.Areas)
	}
	if !strings.HasPrefix(d.Answer, "Not to be trusted: 2 of 2 judged areas show pictures of the "+
		"training frames. 320x240 detects most, ") || d.Decision.Sentence != d.Answer {
		t.Errorf("answer %q", d.Answer)
	}
	const finding = "Leak: of the 2 areas of evaluation shelf, 2 show pictures of the training " +
		"frames: 1-1 at 0.00 s is A.mp4 at 3.00 s of A; 1-2 at 1.50 s is B.mp4 at 2.25 s of B. "
	if !strings.HasPrefix(d.Audit.Findings[0], finding) {
		t.Errorf("findings %q", d.Audit.Findings)
	}
	if note := d.Resolutions[1].Note; note != "judged by training pictures" {
		t.Errorf("note %q", note)
	}
}

// What shows a report marks the comparison.
func TestLeakIsShown(t *testing.T) {
	r := read(t, leaking(oneLeak))
	var table, md, page, js bytes.Buffer
	for _, err := range []error{
		plain.WriteTable(&table, r.Document(), 0, false),
		plain.WriteMarkdown(&md, r.Document(), false), r.WritePage(&page), r.WriteJSON(&js),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const why = "1 of 2 judged areas shows a picture of the training frames"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"table": {table.String(), []string{
			": Not to be trusted: " + why, " Leak: of the 2 areas",
		}},
		"Markdown": {md.String(), []string{
			"**Not to be trusted:** " + why,
			"| shelf | 1-2 at 1.50 s | B | B.mp4 at 2.25 s | 0.988 | 5 |",
		}},
		"page": {page.String(), []string{
			`<h1 id="answer" class="leaked"><bdi>Not to be trusted</bdi></h1>`,
			"<dt><bdi>leak</bdi></dt>", "1 area</span><small><bdi>shows a picture",
			"Not to be trusted: " + why,
			"Shows a training picture: 1-2 at 1.50 s is B.mp4 at 2.25 s of B; 5 judged frames.",
			"Judged areas that show training pictures",
		}},
		"JSON": {js.String(), []string{`"areas_compared": 2`, `"label_seconds": 2.25`,
			`"leaked_areas": 1`}},
	} {
		for _, want := range c.want {
			if !strings.Contains(c.text, want) {
				t.Errorf("the %s has no %q:\n%s", name, want, c.text[:min(len(c.text), 3000)])
			}
		}
	}
	value, err := jsonschema.UnmarshalJSON(&js)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(value); err != nil {
		t.Error(err)
	}
}

// Without the comparison, and with one that found nothing, a report says nothing of leaks.
func TestNoLeak(t *testing.T) {
	for name, w := range map[string]world{
		"never compared": whole(), "none": leaking(`{"compared":2,"leaked":[]}`),
		// A result of another spec, which had a third area.
		"other areas": leaking(strings.Replace(oneLeak, `"area":1`, `"area":2`, 1)),
	} {
		d := read(t, w).Document()
		known := name == "none"
		if (d.Audit.Areas != nil) != known || len(d.Audit.Areas) > 0 ||
			(d.Decision.Leaked != nil) != known || d.Distrust() != "" ||
			strings.Contains(d.Answer, "trusted") || d.Resolutions[1].Note != "" {
			t.Errorf("%s: %+v, %q", name, d.Audit, d.Answer)
		}
	}
}

// Stills and whole pictures have names, not moments.
func TestLeakedPictures(t *testing.T) {
	study := full()
	study.Labels[1].Videos, study.Labels[1].Pictures = nil, []string{"b/1.jpg", "b/2.jpg"}
	e := &study.Evaluations[0]
	e.Video, e.Stills = "", []string{"s/1.jpg", "s/2.jpg", "s/3.jpg"}
	picture := strings.Replace(oneLeak, `"video":0,"seconds":1.5,"label_seconds":2.25`,
		`"video":0,"picture":1,"seconds":2,"label_seconds":0`, 1)
	l := readOf(t, study, leaking(picture)).Document().Audit.Areas[0]
	if l.Judged() != "1-2 of 3.jpg" || l.Trained() != "2.jpg" || l.Seconds != 0 {
		t.Errorf("%+v", l)
	}
	photos, w := photos(3)
	w["audit/areas"] = map[string]string{"areas.json": picture}
	d := readOf(t, photos, w).Document()
	if l := d.Audit.Areas[0]; l.Judged() != "A/0001.jpg" || l.Trained() != "1.jpg" {
		t.Errorf("%+v", l)
	}
	const finding = "of the 6 pictures of evaluation test, 1 shows a picture of the training frames"
	if !strings.Contains(d.Audit.Findings[0], finding) {
		t.Errorf("%q", d.Audit.Findings)
	}
}

// Damaged results are an error that names the step.
func TestDamagedAreas(t *testing.T) {
	st, decisions := testStore(t, leaking(`{"compared":0,"leaked":[{}]}`))
	_, err := Read(st, full(), decisions)
	if err == nil || !strings.Contains(err.Error(), "read areas.json of audit/areas: 1 areas are") {
		t.Errorf("got %v", err)
	}
}

// A gate can require that there are no leaks. While nothing was compared, it waits.
func TestGateOnLeaks(t *testing.T) {
	dir := t.TempDir()
	const spec = `study "s" {}
label "A" { videos = ["A.mp4"] }
label "B" { videos = ["B.mp4"] }
resolution "320x240" {}
resolution "80x60" {}
evaluation "shelf" {
  video = "shelf.mp4"
  area "1-1" {
    rect   = [0, 0, 100, 200]
    expect = "A"
  }
  area "1-2" {
    rect   = [200, 0, 100, 200]
    expect = "B"
  }
}
gate "honest" { condition = leaked_areas == 0 }
`
	for name, text := range map[string]string{"s.hcl": spec, "A.mp4": "a", "B.mp4": "b",
		"shelf.mp4": "s"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	study, diags := specs.Load(filepath.Join(dir, "s.hcl"), specs.Options{})
	if study == nil {
		t.Fatal(diags)
	}
	yes, no := true, false
	for areas, want := range map[string]*bool{
		"": nil, `{"compared":2,"leaked":[]}`: &yes, oneLeak: &no,
	} {
		w := leaking(areas)
		if areas == "" {
			w = whole()
		}
		got := readOf(t, study, w).Document().Gates[0].Met
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("with %q the gate is met: %v", areas, got)
		}
	}
}
