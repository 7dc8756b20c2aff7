package starter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/specs"
	"snellen/specs/builtin"
	"snellen/specs/edit"
)

// put makes files below a folder. A picture is a real one, of 64x48 pixels; any other is empty.
func put(t testing.TB, dir string, names ...string) {
	t.Helper()
	var shot bytes.Buffer
	if err := png.Encode(&shot, image.NewGray(image.Rect(0, 0, 64, 48))); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			t.Fatal(err)
		}
		var data []byte
		if kindOf(name) == picture {
			data = shot.Bytes()
		}
		if err := os.WriteFile(at, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// arranged is Look without reading files: each video is of 640x480.
func arranged(t testing.TB, dir string) *Found {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f := &Found{dir: dir}
	tree, err := (&walker{ctx: t.Context(), dir: dir, root: root, files: builtin.NewFinder(dir),
		leave: f.leave}).walk(".")
	if err != nil {
		t.Fatal(err)
	}
	f.plan = arrange(tree, f.leave)
	for _, one := range f.used() {
		one.seen = &seen{width: 640, height: 480, rate: 25, length: 10}
	}
	f.settle()
	return f
}

// load writes a spec beside its footage and returns its study.
func load(t testing.TB, dir string, spec []byte) *specs.Study {
	t.Helper()
	study, list := specs.Load(filepath.Join(dir, "study.hcl"), specs.Options{Source: spec})
	if list.HasErrors() {
		t.Fatalf("%v\n%s", list, spec)
	}
	return study
}

// holds checks that a spec says what was found: the same labels with the same files, the same tests
// and, once its comments are code, the same scenes.
func holds(t testing.TB, dir string, f *Found) {
	t.Helper()
	spec := f.Spec(filepath.Base(dir), ".")
	if again, list := specs.Format(spec); !bytes.Equal(again, spec) {
		t.Errorf("not formatted: %v\n%s", list, spec)
	}
	filled(t, f, spec)
	if len(f.scenes) > 0 { // else the video is one that is yet to be made
		spec = bytes.ReplaceAll(bytes.ReplaceAll(spec, []byte("\n/*\n"), []byte("\n")),
			[]byte("\n*/\n"), []byte("\n"))
	}
	if again, list := specs.Format(spec); !bytes.Equal(again, spec) {
		t.Errorf("not formatted as code: %v\n%s", list, spec)
	}
	study := load(t, dir, spec)
	paths := func(files []*file) (list []string) {
		for _, one := range files {
			list = append(list, filepath.Join(dir, one.path))
		}
		slices.Sort(list)
		return list
	}
	var got, want []string
	for _, l := range study.Labels {
		videos := slices.Sorted(slices.Values(l.Videos))
		got = append(got, fmt.Sprintf("%q %q %q", l.Name, videos,
			slices.Sorted(slices.Values(l.Pictures))))
	}
	for _, l := range f.labels {
		pictures := l.of(picture)
		if l.validation != nil {
			pictures = append(pictures, l.validation.all(picture)...)
		}
		want = append(want, fmt.Sprintf("%q %q %q", l.name, paths(l.of(clip)), paths(pictures)))
	}
	for _, e := range study.Evaluations {
		var tests []string
		for _, s := range e.Samples {
			tests = append(tests, fmt.Sprintf("%q shows %q", s.Path, s.Expect))
		}
		if len(tests) == 0 {
			tests = append(e.Stills, e.Video)
		}
		slices.Sort(tests)
		got = append(got, fmt.Sprintf("evaluation: %q", tests))
	}
	if f.tests() > 0 {
		var tests []string
		for _, l := range f.labels {
			if l.test != nil {
				for _, at := range paths(l.test.all(picture)) {
					tests = append(tests, fmt.Sprintf("%q shows %q", at, l.name))
				}
			}
		}
		slices.Sort(tests)
		want = append(want, fmt.Sprintf("evaluation: %q", tests))
	}
	for _, s := range f.scenes {
		shown := paths(s.files())
		if s.video == nil {
			shown = append(shown, "")
			slices.Sort(shown)
		}
		want = append(want, fmt.Sprintf("evaluation: %q", shown))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the spec says\n%s\nwant\n%s\n%s", strings.Join(got, "\n"),
			strings.Join(want, "\n"), spec)
	}
}

// filled checks that evaluations take the place of the forms, and of what explains them.
func filled(t testing.TB, f *Found, spec []byte) {
	t.Helper()
	scenes := f.scenes
	if len(scenes) == 0 && f.tests() == 0 {
		scenes = []*scene{{name: "shelf", video: &file{path: "shelf.mp4"}}}
	}
	for _, s := range scenes {
		var err error
		spec, err = edit.AddEvaluation(spec, edit.Evaluation{Name: s.name, Video: s.at()},
			edit.Layout{})
		if err != nil {
			if strings.Contains(err.Error(), "control characters") {
				return
			}
			t.Fatalf("%v\n%s", err, spec)
		}
	}
	if bytes.Contains(spec, []byte("\n/*\n")) || bytes.Contains(spec, []byte("make it a comment")) {
		t.Errorf("a form is left\n%s", spec)
	}
}

// words are parts of names of files that need care.
var words = []string{
	"A", "B", "a b", "${x}", "$${", "%{if}", `"`, "'", `\`, "é", "e\u0301", "日本", "\U0001f951",
	"\x1b[31m", "\n", "\xff", "#", "*", "[a]", "{b,c}", "?", "..", " ", "-", "shelf", "camera",
	"train", "val", "test", "photos", "~", "\u202e", "\u00a0", ".x", "//", "/*",
}

func odd(random *rand.Rand) string {
	name := ""
	for range 1 + random.IntN(2) {
		name += words[random.IntN(len(words))]
	}
	if name = strings.ReplaceAll(name, "/", "*"); strings.Trim(name, ".") == "" {
		return "dots"
	}
	return name
}

// TestSpecNamesWhatWasFound draws folders with names that need care, and looks at each.
func TestSpecNamesWhatWasFound(t *testing.T) {
	suffixes := []string{".mp4", ".mp4", ".MP4", ".mov", ".png", ".png", ".PNG", ".jpg", ".txt"}
	enough := 0
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 1))
		dir := t.TempDir()
		suffix := suffixes[random.IntN(len(suffixes)-1)]
		for range 2 + random.IntN(6) {
			var at string
			switch random.IntN(8) {
			case 0:
				at = path.Join([]string{"train", "val", "test"}[random.IntN(3)], odd(random))
			case 1, 2:
				at = odd(random)
			case 3:
				at = path.Join(odd(random), odd(random))
			}
			for range 1 + random.IntN(4) {
				if random.IntN(3) == 0 {
					suffix = suffixes[random.IntN(len(suffixes))]
				}
				put(t, dir, path.Join(at, odd(random)+suffix))
			}
		}
		if random.IntN(4) == 0 {
			os.Symlink("/dev/null", filepath.Join(dir, "null.mp4"))
			os.Symlink(t.TempDir(), filepath.Join(dir, "out"))
		}
		f := arranged(t, dir)
		if len(f.labels) < 2 {
			continue
		}
		enough++
		holds(t, dir, f)
		if t.Failed() {
			t.Fatalf("seed %d: %v", seed, f.left)
		}
	}
	if enough < 40 {
		t.Errorf("only %d folders had two labels", enough)
	}
}

// FuzzNames checks two labels whose names are any text, as files and as folders.
func FuzzNames(f *testing.F) {
	for i, word := range words {
		f.Add(word, words[(i+7)%len(words)], i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, a, b string, asFolders bool) {
		dir := t.TempDir()
		for _, name := range []string{a, b, "C", "D"} {
			if len(name) > 200 || strings.ContainsAny(name, "/\x00") || name == "" {
				t.Skip("not a file's name")
			}
			if asFolders && strings.Trim(name, ".") != "" {
				put(t, dir, name+"/1.png", name+"/2.png")
			} else {
				put(t, dir, name+".mp4")
			}
		}
		if found := arranged(t, dir); len(found.labels) >= 2 {
			holds(t, dir, found)
		}
	})
}

func TestLabelNames(t *testing.T) {
	for _, c := range []struct{ files, want string }{
		{"OATLY ARLA", "ARLA OATLY"},
		{"OATLY-1 OATLY-2 ARLA", "ARLA OATLY"},
		{"OATLY_01 OATLY_02 ARLA_01", "ARLA OATLY"},
		{"OATLY OATLY(2) ARLA", "ARLA OATLY"},
		{"OATLY1 OATLY2 ARLA", "ARLA OATLY"},
		{"MILK1 MILK3 ARLA", "ARLA MILK1 MILK3"},
		{"ARLA-1 OATLY-3", "ARLA-1 OATLY-3"},
		{"IMG_0001 IMG_0002", "IMG_0001 IMG_0002"},
		{"7UP V8 A-B", "7UP A-B V8"},
		{"2024-05-01 2024-05-02", "2024-05-01 2024-05-02"},
		{"OATLY ARLA shelf", "ARLA OATLY"},
		{"OATLY ARLA Shelf-2 shelf_3 TEST", "ARLA OATLY"},
		{"OATLY ARLA shelf-left", "ARLA OATLY"},
		{"OATLY shelf-left", "OATLY shelf-left"},
		{"OATLY ARLA camera-bag shelf", "ARLA OATLY camera-bag"},
		{"oatly ARLA OATLY", "ARLA OATLY oatly"},
	} {
		dir := t.TempDir()
		for _, name := range strings.Fields(c.files) {
			put(t, dir, name+".mp4")
		}
		f := arranged(t, dir)
		var got []string
		for _, l := range f.labels {
			got = append(got, l.name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: the labels are %q, want %s", c.files, got, c.want)
		}
		holds(t, dir, f)
	}
}

// TestLayouts looks at the usual ways to arrange footage. want are the labels, with how many files
// each has for training, validation and testing, and the evaluations; block is a line of the spec.
func TestLayouts(t *testing.T) {
	for name, c := range map[string]struct{ files, want, block string }{
		"files": {"A.mp4 B.mp4 shelf.mp4", "A 1/0/0, B 1/0/0, shelf",
			`for_each = setsubtract(fileset(var.footage, "*.mp4"), ["shelf.mp4"])`},
		"two suffixes": {"A.mp4 B.mov", "A 1/0/0, B 1/0/0",
			`videos = ["${var.footage}/B.mov"]`},
		"hidden": {"A.mp4 B.mp4 ._A.mp4", "A 1/0/0, B 1/0/0",
			`for_each = setsubtract(fileset(var.footage, "*.mp4"), ["._A.mp4"])`},
		"folders of videos": {"A/1.mp4 A/2.mp4 B/x.mp4 shelf/s.mp4", "A 2/0/0, B 1/0/0, shelf",
			`videos   = fileset("${var.footage}/${each.value}", "*.mp4")`},
		"photos": {"A/1.jpg A/2.jpg B/1.jpg B/2.jpg C/1.jpg", "A 2/0/0, B 2/0/0",
			`for_each = setsubtract(folders(var.footage), ["C"])`},
		"mixed suffixes": {"A/1.jpg A/2.JPG B/1.jpeg B/s.png", "A 2/0/0, B 2/0/0",
			`pictures = fileset("${var.footage}/${each.value}", "*.{JPG,jpeg,jpg,png}")`},
		"deep": {"A/x/1.jpg A/y/2.jpg B/1.jpg B/2.jpg", "A 2/0/0, B 2/0/0",
			`pictures = fileset("${var.footage}/${each.value}", "**/*.jpg")`},
		"junk": {"A/1.jpg A/2.jpg A/._1.jpg B/1.jpg B/2.jpg", "A 2/0/0, B 2/0/0",
			`pictures = fileset("${var.footage}/${each.value}", "[^.]*.jpg")`},
		"checkpoints": {"A/x/1.jpg A/x/2.jpg A/.c/1.jpg B/1.jpg B/2.jpg", "A 2/0/0, B 2/0/0",
			`pictures = ["${var.footage}/A/x/1.jpg", "${var.footage}/A/x/2.jpg"]`},
		"other folders": {"A/1.jpg A/2.jpg B/1.jpg B/2.jpg notes/x.txt", "A 2/0/0, B 2/0/0",
			`for_each = setsubtract(folders(var.footage), ["notes"])`},
		"trees": {"train/A/1.jpg train/A/2.jpg train/B/1.jpg val/A/3.jpg val/B/2.jpg " +
			"test/A/4.jpg test/B/3.jpg", "A 2/1/1, B 1/1/1",
			`validation = fileset("${var.footage}/val/${each.value}", "*.jpg")`},
		"some validation": {"train/A/1.jpg train/A/2.jpg train/B/1.jpg train/B/2.jpg valid/A/3.jpg",
			"A 2/0/0, B 2/0/0",
			`validation = 0.2 `},
		"some tests": {"Train/A/1.jpg Train/A/2.jpg Train/B/1.jpg Train/B/2.jpg Test/A/3.jpg " +
			"Test/A/4.png Test/C/1.jpg", "A 2/0/2, B 2/0/0",
			`for_each = setsubtract(folders("${var.footage}/Test"), ["C"])`},
		"a wrapper": {"LICENSE.txt data/photos/A/1.jpg data/photos/A/2.jpg data/photos/B/1.jpg " +
			"data/photos/B/2.jpg", "A 2/0/0, B 2/0/0",
			`default = "data/photos"`},
		"a wrapper and a shelf": {"shelf.mp4 photos/A/1.jpg photos/A/2.jpg photos/B/1.jpg " +
			"photos/B/2.jpg", "A 2/0/0, B 2/0/0, shelf",
			`for_each = folders("${var.footage}/photos")`},
		"both media": {"videos/A.mp4 videos/B.mp4 photos/A/1.jpg photos/A/2.jpg",
			"A 3/0/0, B 1/0/0", `pictures = fileset("${var.footage}/photos/A", "*.jpg")`},
		"stills": {"A.mp4 B.mp4 shelf/1.jpg shelf/2.jpg", "A 1/0/0, B 1/0/0, shelf",
			`stills = fileset("${var.footage}/shelf", "*.jpg")`},
		"a still": {"A/1.jpg A/2.jpg B/1.jpg B/2.jpg shelf.png", "A 2/0/0, B 2/0/0, shelf",
			`stills = ["${var.footage}/shelf.png"]`},
		"a camera is a label": {"camera/1.jpg camera/2.jpg phone/1.jpg phone/2.jpg",
			"camera 2/0/0, phone 2/0/0", ""},
		"the end of a comment": {"shelf.mp4 x*/camera.mp4 x*/A.mp4 x*/B.mp4",
			"A 1/0/0, B 1/0/0, shelf, camera", `video = "${var.footage}/x*\u002fcamera.mp4"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, strings.Fields(c.files)...)
			f := arranged(t, dir)
			var got []string
			for _, l := range f.labels {
				n := [2]int{}
				for i, d := range []*folder{l.validation, l.test} {
					if d != nil {
						n[i] = len(d.all(picture))
					}
				}
				got = append(got, fmt.Sprintf("%s %d/%d/%d", l.name,
					len(l.of(clip))+len(l.of(picture)), n[0], n[1]))
			}
			for _, s := range f.scenes {
				got = append(got, s.name)
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("found %q, want %s", got, c.want)
			}
			holds(t, dir, f)
			if spec := f.Spec("x", "."); !strings.Contains(string(spec), c.block) {
				t.Errorf("no %q in\n%s", c.block, spec)
			}
		})
	}
}

func TestHalves(t *testing.T) {
	for _, c := range []struct {
		native [2]int
		limit  int
		want   string
	}{
		{[2]int{1920, 1080}, maxSide, "[[1920 1080] [960 540] [480 270] [240 136] [120 68]]"},
		{[2]int{1080, 1920}, maxSide, "[[1080 1920] [540 960] [270 480] [136 240] [68 120]]"},
		{[2]int{640, 480}, maxSide, "[[640 480] [320 240] [160 120] [80 60]]"},
		{[2]int{64, 48}, maxSide, "[[64 48] [32 24]]"},
		{[2]int{641, 481}, maxSide, "[[640 480] [320 240] [160 120] [80 60]]"},
		{[2]int{16000, 9000}, maxSide, "[[8000 4500] [4000 2250] [2000 1126] [1000 562] " +
			"[500 282] [250 140] [126 70]]"},
		{[2]int{4032, 3024}, maxPhotoLong, "[[1008 756] [504 378] [252 190] [126 94]]"},
		{[2]int{8, 8}, maxSide, "[[8 8]]"},
		{[2]int{1, 1}, maxSide, "[[8 8]]"},
		{[2]int{1000, 10}, maxSide, "[[1000 10]]"},
	} {
		if got := fmt.Sprint(halves(c.native, c.limit)); got != c.want {
			t.Errorf("%v: %s, want %s", c.native, got, c.want)
		}
	}
}

// TestChooseSizes: no resolution enlarges anything, and the shape of most is kept. Files are given
// by their sizes.
func TestChooseSizes(t *testing.T) {
	for _, c := range []struct {
		kind              kind
		files             string
		fit, sizes, large string
		left              int
	}{
		{clip, "640x480 640x480 640x480", "squeeze",
			"[[640 480] [320 240] [160 120] [80 60]]", "[]", 0},
		{clip, "641x481 641x481 641x481", "squeeze",
			"[[640 480] [320 240] [160 120] [80 60]]", "[]", 0},
		{clip, "1920x1080 1920x1080 1080x1920", "pad",
			"[[1920 1080] [960 540] [480 270] [240 136] [120 68]]", "[]", 0},
		{clip, "640x480 640x480 320x240", "squeeze", "[[320 240] [160 120] [80 60]]",
			"[[640 480]]", 0},
		{clip, "640x480 640x480 64x48", "squeeze", "[[40 30] [20 16]]",
			"[[640 480] [320 240] [160 120] [80 60]]", 0},
		{picture, "4032x3024", "squeeze", "[[1008 756] [504 378] [252 190] [126 94]]", "[]", 0},
		{picture, strings.Repeat("640x480 ", 39) + "200x150", "squeeze",
			"[[640 480] [320 240] [160 120] [80 60]]", "[]", 1},
		{picture, strings.Repeat("640x480 ", 5) + "200x150", "squeeze",
			"[[160 120] [80 60]]", "[]", 0},
		{picture, "640x480 480x640 640x480", "pad",
			"[[640 480] [320 240] [160 120] [80 60]]", "[]", 0},
	} {
		l := &label{name: "A", folders: []*folder{{path: "A"}}}
		for i, size := range strings.Fields(c.files) {
			one := &file{path: fmt.Sprint("A/", i), kind: c.kind, seen: &seen{rate: 25}}
			if _, err := fmt.Sscanf(size, "%dx%d", &one.seen.width, &one.seen.height); err != nil {
				t.Fatal(err)
			}
			l.folders[0].files = append(l.folders[0].files, one)
		}
		f := &Found{plan: &plan{labels: []*label{l}}}
		f.summarize()
		f.chooseSizes()
		if f.fit != c.fit || fmt.Sprint(f.sizes) != c.sizes || fmt.Sprint(f.large) != c.large ||
			len(f.left) != c.left {
			t.Errorf("%s: %s %v, too large: %v, left out: %q, want %+v", c.files, f.fit, f.sizes,
				f.large, f.left, c)
		}
	}
}

// TestLook looks at real files, with odd ones among them.
func TestLook(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	dir := t.TempDir()
	film := func(name, size, rate string) {
		cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i",
			"testsrc=s="+size+":d=2:r="+rate, "-pix_fmt", "yuv420p", filepath.Join(dir, name))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	film("A.mp4", "96x64", "25")
	film("B.mp4", "96x64", "25")
	film("C.mp4", "64x64", "50")
	film("shelf-2.mp4", "128x96", "25")
	film("short.mp4", "96x64", "0.5")
	put(t, dir, "empty.mp4", "D/1.png", "D/2.png")
	if err := os.WriteFile(filepath.Join(dir, "D", "text.png"), []byte("text"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "D", "a.heic"),
		[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("mkfifo", filepath.Join(dir, "pipe.mp4"), filepath.Join(dir, "D",
		"pipe.jpg")).Run(); err != nil {
		t.Fatal(err)
	}
	f, err := Look(t.Context(), dir, func(string, int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, dir, f)
	said := strings.Join(f.Lines(10), "\n")
	for _, want := range []string{
		"3 videos of 3 labels: 96x64, 25 frames a second, 6s in all",
		"2 pictures of 1 label: 64x48",
		"shelf-2.mp4 is what a camera saw: 128x96, 25 frames a second",
		"C.mp4: 64x64, 50 frames a second", "left out: empty.mp4: the file is empty",
		"left out: short: 1 frames in 0.0 s are too few",
		"left out: D/text.png: this is a text, not a picture",
		"left out: D/a.heic: this is a HEIC picture",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if strings.Contains(said, "pipe") {
		t.Errorf("the pipes are files:\n%s", said)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Look(ctx, dir, func(string, int, int) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("when interrupted: %v", err)
	}
	t.Setenv("PATH", "")
	if _, err := Look(t.Context(), dir, func(string, int, int) {}); err == nil ||
		!strings.Contains(err.Error(), "ffprobe is not installed") {
		t.Errorf("without ffprobe: %v", err)
	}
}

// TestSharedFootage looks at the footage that is handed around beside the repository.
func TestSharedFootage(t *testing.T) {
	shared, err := filepath.Abs(filepath.Join("..", "..", "..", "..", "shared", "footage"))
	if err == nil {
		_, err = os.Stat(shared)
	}
	if err != nil {
		t.Skipf("there is no footage: %v", err)
	}
	if _, err := exec.LookPath("ffprobe"); err != nil {
		t.Skip("ffprobe is not installed")
	}
	f, err := Look(t.Context(), shared, func(string, int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	study := load(t, dir, f.Spec("x", shared))
	if len(study.Labels) != 17 || len(f.scenes) != 1 || f.scenes[0].name != "shelf" ||
		len(f.left) != 0 || fmt.Sprint(study.Resolutions[0].Name) != "800x600" {
		t.Errorf("%v", f.Lines(100))
	}
}

// TestLinks: what leads out of the folder is not followed, and no pattern names it either.
func TestLinks(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	put(t, outside, "far.mp4", "C/1.png", "C/2.png")
	put(t, dir, "A.mp4", "B.mp4", "below/near.mp4")
	for to, from := range map[string]string{
		filepath.Join(outside, "far.mp4"): "far.mp4", filepath.Join(outside, "C"): "C",
		"below/near.mp4": "near.mp4", "nothing": "dangling.mp4", ".": "loop",
	} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Fatal(err)
		}
	}
	f := arranged(t, dir)
	var names []string
	for _, l := range f.labels {
		names = append(names, l.name)
	}
	if want := "A B below near"; strings.Join(names, " ") != want {
		t.Errorf("the labels are %q, want %s", names, want)
	}
	holds(t, dir, f)
	if said := strings.Join(f.left, "\n"); !strings.Contains(said, "far.mp4: it is a link out") ||
		!strings.Contains(said, "C: it is a link to a folder") {
		t.Errorf("left out: %s", said)
	}
}

// TestTooMuch: more than a study may have is an error, or a note.
func TestTooMuch(t *testing.T) {
	dir := t.TempDir()
	deep := strings.Repeat("x/", maxDepth+5)
	put(t, dir, "A.mp4", "B.mp4", deep+"C.mp4")
	f := arranged(t, dir)
	if len(f.labels) != 2 || !strings.Contains(strings.Join(f.left, "\n"), "it is too deep") {
		t.Errorf("%d labels, left out: %q", len(f.labels), f.left)
	}
	holds(t, dir, f)

	files := make([]*file, 2*maxClips+10)
	for i := range files {
		files[i] = &file{kind: clip, number: i}
	}
	sample := f.sample(append(files, &file{kind: picture}))
	if len(sample) != maxClips+1 || sample[maxClips-1].number < 2*maxClips-10 {
		t.Errorf("%d files are looked at", len(sample))
	}
}
