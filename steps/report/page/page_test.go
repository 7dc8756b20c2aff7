package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/jpeg"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"snellen/steps/report/document"
	"snellen/steps/train"
)

// The charts' library is the published file, and can stand in a script element unchanged.
func TestLibrary(t *testing.T) {
	const want = "61f13280aba3161f77fc801bf5f9c786f55f10432153a0683fc5cc0700b013d5"
	data, err := files.ReadFile("echarts/echarts.common.min.js")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
		t.Errorf("SHA-256 %x, want %s: see echarts/README.md", sum, want)
	}
	for _, name := range append([]string{"echarts/echarts.common.min.js", "page.css"},
		scripts...) {
		text, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"</script", "</style", "<!--", "\r", "\x00", "eval(",
			"new Function", "\u202e", "\u2068"} {
			if bytes.Contains(text, []byte(bad)) {
				t.Errorf("%s has %q, which cannot stand in the page, or which its policy forbids",
					name, bad)
			}
		}
	}
}

const evil = `</script><img src=x onerror=alert(1)>&"'`

// small returns a document of one resolution in which every name is hostile.
func small() *document.Document {
	share, epoch, n := 0.5, 1, int64(2048)
	area := document.Area{Recognised: true}
	area.Name, area.Expect, area.Rate = evil, evil, share
	interval := document.Interval{Low: 0.1, High: 0.9}
	run := document.Run{
		Replicate: 1, Accuracy: &share, BestEpoch: &epoch, Epoch: &epoch,
		Curve: []train.Epoch{{ValidationAccuracy: 0.4}, {Epoch: 1, ValidationAccuracy: 0.5}},
		Evaluations: []document.RunEvaluation{{Name: evil, Series: &document.Series{
			Frames: []int{0, 1}, Seconds: []float64{0, 0.5},
			Areas: []document.AreaSeries{
				{
					Name: evil, Found: []int{0, -1},
					Probability: []float64{1, 0.5}, Expected: []float64{1, 0.2},
					Inputs: []document.NetworkInput{{Frame: 1, File: "seen.jpg"}},
				},
			},
		}}},
	}
	return &document.Document{
		Study: evil, Answer: "Not enough evidence: " + evil, Spec: evil + ".hcl",
		Classes: []string{evil}, Remarks: []string{evil}, Replicates: 1,
		Decision: document.Decision{State: document.Open, Candidates: []document.Candidate{}},
		Gates: []document.Gate{
			{
				Name: evil, Message: evil,
				Requirements: []document.Requirement{{Text: evil, Reason: evil}},
			},
		},
		Resolutions: []document.Resolution{{
			Resolution: "4x3", Width: 4, Height: 3, Accuracy: &share, Epoch: &epoch,
			TrainSeconds: &share, DatasetBytes: &n,
			Detection: &document.Rate{Rate: share, Interval: interval}, Runs: []document.Run{run},
			Moments: []document.Moment{{Label: evil, Video: evil, File: "frame.jpg"}},
			Evaluations: []document.Evaluation{
				{
					Name: evil, DetectionRate: &share, Interval: &interval,
					Areas: []document.Area{area},
				},
			},
		}},
		Cameras: []document.Camera{
			{
				Name: evil, Video: evil, Sizes: []string{"native"}, Confident: 0.7,
				Areas: []document.DeclaredArea{
					{Name: evil, Expect: evil, Rect: [4]int{0, 0, 2, 2}},
				},
			},
		},
		Pixels: document.Pixels{
			Frames: []document.Frame{{Resolution: "4x3", Input: [2]int{2, 2}, Resize: 3}},
			Points: []document.Point{{Resolution: "4x3", Area: evil, Height: 2, Rate: share}},
		},
		Steps: []document.Step{
			{
				Address: "4x3/train", Kind: "train",
				Tools: []document.Tool{{Name: evil, Identity: evil}},
			},
		},
	}
}

// photo returns a JPEG of w by h pixels, red on the left and blue on the right.
func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{R: 255, A: 255})
			if x >= w/2 {
				m.Set(x, y, color.RGBA{B: 255, A: 255})
			}
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func written(t *testing.T, d *document.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d, func(string) ([]byte, error) {
		return photo(t, 40, 30), nil
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSameBytes(t *testing.T) {
	first, second := written(t, small()), written(t, small())
	if first != second {
		t.Error("the same document gave two pages")
	}
}

// No text of others becomes markup, and the policy allows the page's own scripts and style only.
func TestEscapesAndPolicy(t *testing.T) {
	text := written(t, small())
	if strings.Contains(text, "<img src=x") || strings.Contains(text, "</script><img") {
		t.Error("a name is markup")
	}
	match := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(
		text)
	if match == nil {
		t.Fatal("no policy")
	}
	policy := html.UnescapeString(match[1])
	if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none';") {
		t.Fatalf("policy %q", policy)
	}
	for tag, times := range map[string]int{"script": 2, "style": 1} {
		found := 0
		element := regexp.MustCompile(`(?s)<` + tag + `>(.*?)</` + tag + `>`)
		for _, m := range element.FindAllStringSubmatch(text, -1) {
			sum := sha256.Sum256([]byte(m[1]))
			found++
			source := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			if !strings.Contains(policy, source) {
				t.Errorf("the policy does not name %s %d", tag, found)
			}
		}
		if found != times {
			t.Errorf("%d of %s, want %d", found, tag, times)
		}
	}
	markup := regexp.MustCompile(`(?s)<script.*?</script>`).ReplaceAllString(text, "")
	link := regexp.MustCompile(`\s(src|href)="([^"]{1,30})`)
	for _, m := range link.FindAllStringSubmatch(markup, -1) {
		if !strings.HasPrefix(m[2], "#") && !strings.HasPrefix(m[2], "data:") {
			t.Errorf("%s leads out of the page: %s", m[1], m[2])
		}
	}
}

func TestFrontier(t *testing.T) {
	point := func(rate, seconds float64, bytes int64) line {
		return line{Rate: &rate, Seconds: &seconds, Bytes: &bytes}
	}
	list := []line{
		point(0.9, 10, 400), point(0.9, 8, 500), point(0.7, 5, 100), point(0.6, 6, 50),
		{Name: "not judged"}, point(0.9, 8, 600),
	}
	frontiers(list)
	var quick, small []bool
	for _, l := range list {
		quick, small = append(quick, l.FastFrontier), append(small, l.SmallFrontier)
	}
	if want := []bool{false, true, true, false, false, true}; !slices.Equal(quick, want) {
		t.Errorf("of time %v, want %v", quick, want)
	}
	if want := []bool{true, false, true, true, false, false}; !slices.Equal(small, want) {
		t.Errorf("of bytes %v, want %v", small, want)
	}
}

// Bands reach from the lowest to the highest training. A training that stopped early counts up to
// its last epoch.
func TestCurves(t *testing.T) {
	best, stopped := 1, true
	long := document.Run{
		Replicate: 1, Curve: []train.Epoch{
			{ValidationAccuracy: 0.2}, {ValidationAccuracy: 0.4}, {ValidationAccuracy: 0.6},
		},
	}
	short := document.Run{
		Replicate: 2, BestEpoch: &best, EarlyStopped: &stopped,
		Curve: []train.Epoch{{ValidationAccuracy: 0.4}, {ValidationAccuracy: 0.8}},
	}
	got := resolution(document.Resolution{Runs: []document.Run{long, short}})
	if want := []value{{0.3, 0.2, 0.4}, {0.6, 0.4, 0.8},
		{0.6, 0.6, 0.6}}; !slices.Equal(got.Validation, want) {
		t.Errorf("validation %v, want %v", got.Validation, want)
	}
	if want := []mark{{1, 0.8, "best", 2}, {1, 0.8, "stop", 2}}; !slices.Equal(got.Marks, want) {
		t.Errorf("marks %v, want %v", got.Marks, want)
	}
}

func TestLongVideo(t *testing.T) {
	d := small()
	s := d.Resolutions[0].Runs[0].Evaluations[0].Series
	s.Frames, s.Seconds = make([]int, 1000), make([]float64, 1000)
	s.Areas[0].Found, s.Areas[0].Probability, s.Areas[0].Expected = make([]int, 1000),
		make([]float64, 1000), make([]float64, 1000)
	got := chartArea(d, 0, 0, []int{0})
	if n := len(got.Seconds); n > maxPoints || n != 334 || len(got.Lines[0].Expected) != n ||
		len(got.Lines[0].Found) != n {
		t.Errorf("%d moments, %d values", n, len(got.Lines[0].Expected))
	}
}

// Of a large grid, the first areas have cards and charts, and all are in the table.
func TestManyAreas(t *testing.T) {
	d := small()
	const n = maxCards + 5
	e, c, s := &d.Resolutions[0].Evaluations[0], &d.Cameras[0],
		d.Resolutions[0].Runs[0].Evaluations[0].Series
	for len(c.Areas) < n {
		c.Areas, e.Areas, s.Areas = append(c.Areas, c.Areas[0]), append(e.Areas, e.Areas[0]),
			append(s.Areas, s.Areas[0])
	}
	text := written(t, d)
	if got := strings.Count(text, `<article class="area" `); got != maxCards ||
		len(charts(d).Areas) != maxCards {
		t.Errorf("%d cards and %d charts, want %d", got, len(charts(d).Areas), maxCards)
	}
	if !strings.Contains(text, "<p>5 more areas are in the table above.</p>") {
		t.Error("the page is silent about the others")
	}
}

// Results and the spec list areas in different orders. They are matched by name.
func TestOrderOfAreas(t *testing.T) {
	d := small()
	e, c, s := &d.Resolutions[0].Evaluations[0], &d.Cameras[0],
		d.Resolutions[0].Runs[0].Evaluations[0].Series
	other, place, over := e.Areas[0], c.Areas[0], s.Areas[0]
	other.Name, other.Rate, other.Recognised, place.Name, over.Name = "other", 0.25, false, "other",
		"other"
	over.Expected, over.Found, over.Inputs = []float64{0.3, 0.4}, []int{-1, -1}, nil
	e.Areas, s.Areas = append(e.Areas, other), append(s.Areas, over)
	c.Areas = append([]document.DeclaredArea{place}, c.Areas...)
	if got := charts(d).Areas[0].Lines[0].Expected[0][0]; got != 0.3 {
		t.Errorf("the chart of the first area begins at %v", got)
	}
	v := &view{Document: d, album: newAlbum(func(string) ([]byte, error) {
		return photo(t, 4, 3), nil
	})}
	scene := v.Scenes()[0]
	if a := scene.Areas[0]; a.Rates[0].Text != "25.0 %" || a.Rates[0].Mark != "wrong" ||
		a.Moments[0].Found[0].Text != unknown || scene.Table.Rows[0][2].Text != "25.0 %" {
		t.Errorf("first area %+v, row %+v", a, scene.Table.Rows[0])
	}
	if a := scene.Areas[1]; a.Rates[0].Text != "50.0 %" || a.Moments[0].Found[0].Text != evil ||
		a.Moments[1].Pictures[0] == nil {
		t.Errorf("second area %+v", a)
	}
}

// Networks that saw different pictures have one each. Without pictures there is none.
func TestDifferentPictures(t *testing.T) {
	v := &view{album: newAlbum(func(string) ([]byte, error) { return photo(t, 4, 3), nil })}
	a, b := &document.NetworkInput{File: "a", Digest: "1"},
		&document.NetworkInput{File: "b", Digest: "2"}
	if list, same := v.inputPictures([]*document.NetworkInput{a, b, nil}); same || len(list) != 3 ||
		list[0] == nil || list[1] == nil || list[2] != nil {
		t.Errorf("different: %v, %v", list, same)
	}
	if list, same := v.inputPictures([]*document.NetworkInput{a, a}); !same || len(list) != 1 {
		t.Errorf("same: %v, %v", list, same)
	}
	if list, same := v.inputPictures([]*document.NetworkInput{nil, nil}); same || list != nil {
		t.Errorf("none: %v, %v", list, same)
	}
}

// TestPicturesAreMadeOnce: however often a page shows a picture, on however many cores it is made,
// and also where the budget ends among the pictures.
func TestPicturesAreMadeOnce(t *testing.T) {
	d := small()
	c, e := &d.Cameras[0], &d.Resolutions[0].Evaluations[0]
	for i := range 20 {
		area, place := e.Areas[0], c.Areas[0]
		area.Name, place.Name = fmt.Sprint("more ", i), fmt.Sprint("more ", i)
		e.Areas, c.Areas = append(e.Areas, area), append(c.Areas, place)
	}
	var mu sync.Mutex
	read := map[string]int{}
	write := func() string {
		var b strings.Builder
		clear(read)
		err := Write(&b, d, func(name string) ([]byte, error) {
			mu.Lock()
			defer mu.Unlock()
			read[name]++
			return photo(t, 80, 60), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	page := write()
	if len(read) == 0 {
		t.Error("no picture was read")
	}
	for name, times := range read {
		if times > 1 {
			t.Errorf("%s was read %d times", name, times)
		}
	}
	if write() != page {
		t.Error("another page")
	}
}

// A training frame is prepared as for training: its short side is scaled to Resize and its middle
// cut out.
func TestLearned(t *testing.T) {
	a := newAlbum(func(name string) ([]byte, error) {
		if name == "gone" {
			return nil, errors.New("gone")
		}
		return photo(t, 80, 40), nil
	})
	p := a.trainingFrame("frame", document.Frame{Input: [2]int{20, 20}, Resize: 24})
	if p == nil || p.Width != 20 || p.Height != 20 {
		t.Fatalf("cut to %+v", p)
	}
	data, err := base64.StdEncoding.DecodeString(
		strings.TrimPrefix(string(p.URL), "data:image/jpeg;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	left, _, _, _ := m.At(2, 10).RGBA()
	_, _, right, _ := m.At(17, 10).RGBA()
	if left < 0xa000 || right < 0xa000 {
		t.Errorf("not the middle: red %x on the left, blue %x on the right", left, right)
	}
	if p := a.trainingFrame("frame", document.Frame{Input: [2]int{20, 10}}); p == nil ||
		p.Width != 20 || p.Height != 10 {
		t.Errorf("squeezed to %+v", p)
	}
	if a.trainingFrame("gone", document.Frame{Input: [2]int{20, 20}}) != nil {
		t.Error("a picture of nothing")
	}
	a.left = 10
	if a.input("frame") != nil || a.Skipped != 1 {
		t.Errorf("a picture without room; %d skipped", a.Skipped)
	}
}

func TestWords(t *testing.T) {
	for answer, want := range map[string][2]string{
		"80x60 is enough: it loses 1.0 points.": {
			"80x60 is enough", "It loses 1.0 points.",
		},
		"80x60 is enough: the smallest detects most.": {
			"80x60 is enough", "The smallest detects most.",
		},
		"No answer at all.": {"No answer at all", ""},
	} {
		v := &view{Document: &document.Document{Answer: answer}}
		if v.Headline() != want[0] || v.Rest() != want[1] {
			t.Errorf("%q: %q, %q", answer, v.Headline(), v.Rest())
		}
	}
	for word, want := range map[string]string{"a/b-1.hcl": "a/b-1.hcl", "-x": "'-x'",
		"it's": `'it'\''s'`, "": "''", "$(rm)": "'$(rm)'"} {
		if got := shellQuote(word); got != want {
			t.Errorf("%q is typed as %s, want %s", word, got, want)
		}
	}
	if shade(1, 100) != 1 || shade(100, 100) != 5 {
		t.Error("shades")
	}
}
