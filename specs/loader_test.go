package specs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"snellen/specs/hyper"
)

// minimal is a complete spec, to which tests add.
const minimal = `study "s" {}
label "A" { videos = ["A.mp4"] }
label "B" { videos = ["B.mp4"] }
resolution "320x240" {}
`

// folder makes a folder of files, which are empty unless their content follows a "=".
func folder(t testing.TB, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		name, content, _ := strings.Cut(f, "=")
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func spec(t testing.TB, src string) string {
	return filepath.Join(folder(t, "A.mp4", "B.mp4", "shelf.mp4", "binary=\xff", "spec.hcl="+src),
		"spec.hcl")
}

func mustLoad(t testing.TB, path string, o Options) *Study {
	t.Helper()
	s, found := Load(path, o)
	if len(found) > 0 {
		t.Fatalf("%s: %v", path, found)
	}
	return s
}

// unplaced returns the study without positions.
func unplaced(s *Study) *Study {
	s.Where, s.Transcode.Where, s.Dataset.Where, s.Trainer.Where, s.File = nil, nil, nil, nil, ""
	for i := range s.Labels {
		s.Labels[i].At, s.Labels[i].Where = Position{}, nil
	}
	for i := range s.Resolutions {
		s.Resolutions[i].At, s.Resolutions[i].Hyperparameters.Where = Position{}, nil
	}
	s.Decision.At = Position{}
	if s.Shared != nil {
		s.Shared.Where = nil
	}
	for i := range s.Gates {
		g := &s.Gates[i]
		if g.At = (Position{}); g.Condition != nil {
			g.Condition = &Condition{Text: g.Condition.Text}
		}
		for k := range g.Requirements {
			g.Requirements[k].At = Position{}
		}
	}
	for i := range s.Evaluations {
		e := &s.Evaluations[i]
		e.At, e.Where = Position{}, nil
		for k := range e.Areas {
			e.Areas[k].At = Position{}
		}
	}
	return s
}

func TestDefaults(t *testing.T) {
	s := unplaced(mustLoad(t, spec(t, minimal+`evaluation "shelf" {
  video = "shelf.mp4"
  frame {
    width  = 8
    height = 6
  }
  area "all" {
    rect   = [0, 0, 8, 6]
    expect = "A"
  }
}`), Options{}))
	h := Hyperparameters{Parameters: hyper.Parameters{
		Fit: hyper.Fit{
			NumLayers: 152, ImageShape: "3,224,224", Epochs: 30, MiniBatchSize: 32,
			Optimizer: "sgd", LearningRate: 0.1, LRSchedulerFactor: 0.1, Momentum: 0.9,
			WeightDecay: 0.0001, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8,
		},
		Gamma:          0.9,
		Regularization: hyper.Regularization{EarlyStoppingMin: 10, EarlyStoppingWait: 5},
		PrecisionDtype: "float32",
	}}
	dir := filepath.Dir(s.Labels[0].Videos[0])
	want := &Study{
		Name: "s", Seed: 2020, Replicates: 1,
		Decision: DecisionRule{Reference: "largest", Within: 0.05, Confidence: 0.95,
			Prefer: "smallest", By: "loss",
			Evaluations: []string{"shelf"}},
		Labels: []Label{{Name: "A", Videos: []string{filepath.Join(dir, "A.mp4")}},
			{Name: "B", Videos: []string{filepath.Join(dir, "B.mp4")}}},
		Resolutions: []Resolution{{Name: "320x240", Width: 320, Height: 240, Hyperparameters: h}},
		Transcode: Transcode{Codec: "libx264", CRF: 23, Preset: "medium", Filter: "bicubic",
			Fit: "squeeze"},
		Dataset: Dataset{Frames: 200, Validation: 0.2, Split: "blocks", Gap: 0.5,
			Format: "recordio", Quality: 95},
		Trainer: Trainer{Name: "local", Threads: 1, Device: "cpu", Copies: 2},
		Evaluations: []Evaluation{{
			Name: "shelf", Video: filepath.Join(dir, "shelf.mp4"), Width: 8, Height: 6, Every: 1,
			Confident: 0.7, Quality: 95,
			Areas:  []Area{{Name: "all", W: 8, H: 6, Expect: "A"}},
			Grades: []Grade{{"◎", 0.8}, {"○", 0.6}, {"×", 0}},
		}},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
}

// TestAll checks the study of valid.hcl, which uses every attribute.
func TestAll(t *testing.T) {
	s := mustLoad(t, fixtures+"/valid.hcl", Options{})
	var names []string
	for _, l := range s.Labels {
		names = append(names, l.Name)
	}
	for _, r := range s.Resolutions {
		names = append(names, fmt.Sprintf("%s %dx%d %d", r.Name, r.Width, r.Height,
			r.Hyperparameters.Epochs))
	}
	e := s.Evaluations[0]
	for _, a := range e.Areas {
		names = append(names, fmt.Sprint(a.Name, a.X, a.Y, a.W, a.H, a.Expect))
	}
	got := strings.Join(names, "; ")
	want := "B; C; Z; 320x240 320x240 4; 80x60 80x60 2; tiny 16x12 3; " +
		"1-10 0 50 40Z; 1-250 0 50 40B; 2-10 50 50 40C; 2-250 50 50 40Z; right100 0 50 100B; " +
		"far150 0 20 20C; farther170 0 20 20C"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !reflect.DeepEqual(e.Grades, []Grade{{"good", 0.9}, {"bad", 0}}) {
		t.Errorf("grades %v", e.Grades)
	}
	file := fixtures + "/valid.hcl"
	h := s.Resolutions[0].Hyperparameters
	if h.Where["epochs"] != (Position{file, 24}) || h.Where["num_layers"] != (Position{file, 46}) ||
		len(h.Where) != 5 {
		t.Errorf("hyperparameters are at %v", h.Where)
	}
	if _, given := s.Where["seed"]; !given || s.Dataset.Where["quality"].Line != 42 ||
		e.Where["width"].Line != 65 {
		t.Errorf("positions: %v, %v, %v", s.Where, s.Dataset.Where, e.Where)
	}
	checkShared(t, s.Shared)
}

// TestOrder checks that order, comments and formatting do not change the study.
func TestOrder(t *testing.T) {
	src, err := os.ReadFile(fixtures + "/valid.hcl")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?m)^}\n`).Split(string(src), -1)
	var turned strings.Builder
	for i := len(blocks) - 2; i >= 0; i-- {
		turned.WriteString("// a comment\n\n\n" + blocks[i] + "} # another\n")
	}
	crooked := strings.ReplaceAll(turned.String(), "  ", "\t ")
	dir := folder(t, "footage/A.mp4", "footage/B.mp4", "footage/C.mp4", "footage/shelf.mp4",
		"a.hcl="+string(src), "b.hcl="+crooked)
	a := unplaced(mustLoad(t, dir+"/a.hcl", Options{}))
	b := unplaced(mustLoad(t, dir+"/b.hcl", Options{}))
	if !reflect.DeepEqual(a, b) {
		t.Errorf("in order %+v\nturned   %+v", a, b)
	}
}

func TestExamples(t *testing.T) {
	labels := map[string]int{"starter.hcl": 2, "grocery.hcl": 17, "article.hcl": 17,
		"command.hcl": 10}
	names, err := fs.Glob(Examples, "examples/*.hcl")
	within, also := fs.Glob(Examples, "examples/*/*.hcl")
	names = append(names, within...)
	if err != nil || also != nil || len(names) != len(labels) {
		t.Fatalf("%v, %v, %v", names, err, also)
	}
	quoted := regexp.MustCompile(`"([A-Z][A-Z_()]+)"`)
	for _, name := range names {
		src, err := Examples.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dir := folder(t, "x.hcl="+string(src), "footage/shelf.mp4", "train.py", "serve.py",
			"images.py")
		for _, m := range quoted.FindAllStringSubmatch(string(src), -1) {
			os.WriteFile(filepath.Join(dir, "footage", m[1]+".mp4"), nil, 0o666)
		}
		if filepath.Base(name) == "grocery.hcl" { // its shelf has ten of the labels
			for i := range 7 {
				os.WriteFile(fmt.Sprintf("%s/footage/OTHER_%d.mp4", dir, i), nil, 0o666)
			}
		}
		s := mustLoad(t, filepath.Join(dir, "x.hcl"), Options{})
		if len(s.Labels) != labels[filepath.Base(name)] || len(s.Resolutions) < 3 ||
			len(s.Evaluations) != 1 {
			t.Errorf("%s: %d labels, %d resolutions, %d evaluations", name, len(s.Labels),
				len(s.Resolutions), len(s.Evaluations))
		}
		if out, found := Format(src); len(found) > 0 || string(out) != string(src) {
			t.Errorf("%s is not in its usual form: %v\n%s", name, found, out)
		}
	}
}

func TestVariables(t *testing.T) {
	src := minimal + `
variable "seed" { default = 1 }
variable "list" {
  type    = list(string)
  default = []
}
variable "any" { default = [1] }
dataset { frames = 100 + var.seed }
transcode { preset = length(var.list) > 0 ? var.list[0] : "medium" }
`
	dir := folder(t, "A.mp4", "B.mp4", "s.hcl="+src, "one.vars.hcl=seed = 2\n",
		"two.vars.hcl=seed = 3\nlist = [\"fast\"]\n",
		"bad.hcl=sed = 2\nblock {}\nlist = var.seed\n")
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		o      Options
		frames int
		preset string
		wrong  string
	}{
		{o: Options{}, frames: 101, preset: "medium"},
		{o: Options{Env: []string{"SNELLEN_VAR_seed=9", "SNELLEN_VAR_other=1", "HOME=/"}},
			frames: 109, preset: "medium"},
		{o: Options{Env: []string{"SNELLEN_VAR_seed=9"},
			Assignments: []Assignment{{File: in("one.vars.hcl")}, {File: in("two.vars.hcl")}}},
			frames: 103, preset: "fast"},
		{o: Options{Assignments: []Assignment{{File: in("two.vars.hcl")}, set("seed", "4"),
			set("list", `["slow"]`), set("any", "free text")}}, frames: 104, preset: "slow"},
		{o: Options{Assignments: []Assignment{set("sed", "4")}},
			wrong: `-var sed: .*has no variable "sed"`},
		{o: Options{Assignments: []Assignment{set("seed", "four")}},
			wrong: `-var seed: the value of "seed" is not a number`},
		{o: Options{Assignments: []Assignment{set("list", "[slow")}},
			wrong: `-var list: the value of "list" is not a list of string: write it`},
		{o: Options{Assignments: []Assignment{set("list", "[slow]")}},
			wrong: `-var list: the value of "list" is not a list`},
		{o: Options{Env: []string{"SNELLEN_VAR_seed=four"}},
			wrong: `s.hcl:6: the value of "seed" is not a number`},
		{o: Options{Assignments: []Assignment{set("seed", "4"), {File: in("two.vars.hcl")},
			set("list", `["slow"]`)}}, frames: 103, preset: "slow"},
		{o: Options{Assignments: []Assignment{{File: in("none.hcl")}}},
			wrong: "none.hcl does not exist"},
		{o: Options{Assignments: []Assignment{{File: in("bad.hcl")}}},
			wrong: `bad.hcl:1: .*has no variable "sed" \(and 2 more\)`},
	} {
		s, found := Load(in("s.hcl"), c.o)
		switch {
		case c.wrong != "":
			if !found.HasErrors() || !regexp.MustCompile(c.wrong).MatchString(found.Error()) {
				t.Errorf("%+v: %v, not %s", c.o, found, c.wrong)
			}
		case s == nil || s.Dataset.Frames != c.frames || s.Transcode.Preset != c.preset:
			t.Errorf("%+v: %+v, %v", c.o, s, found)
		}
	}
}

func set(name, value string) Assignment { return Assignment{Name: name, Value: value} }

// TestVarsBeside checks that NAME.vars.hcl is read without being named, over the environment and
// under the caller's assignments.
func TestVarsBeside(t *testing.T) {
	src := minimal + "variable \"n\" { default = 100 }\ndataset { frames = var.n }\n"
	dir := folder(t, "A.mp4", "B.mp4", "s.hcl="+src, "s.vars.hcl=n = 50\n", "o.hcl="+src,
		"more.hcl=n = 60\n")
	env := []string{"SNELLEN_VAR_n=40"}
	for _, c := range []struct {
		spec   string
		o      Options
		frames int
	}{
		{"s.hcl", Options{}, 50},
		{"s.hcl", Options{Env: env}, 50},
		{"o.hcl", Options{Env: env}, 40},
		{"o.hcl", Options{}, 100},
		{"s.hcl", Options{Env: env,
			Assignments: []Assignment{{File: filepath.Join(dir, "more.hcl")}}}, 60},
		{"s.hcl", Options{Env: env,
			Assignments: []Assignment{{File: filepath.Join(dir, "more.hcl")}, set("n", "70")}}, 70},
		{"s.hcl", Options{Env: env,
			Assignments: []Assignment{set("n", "70"), {File: filepath.Join(dir, "more.hcl")}}}, 60},
		{"s.hcl", Options{Vars: []byte("n = 55\n")}, 55},
		{"s.hcl", Options{Env: env, Vars: []byte{}}, 40}, // no such file, whatever is there
		{"o.hcl", Options{Vars: []byte("n = 55\n"), Assignments: []Assignment{set("n", "70")}}, 70},
	} {
		if s := mustLoad(t, filepath.Join(dir, c.spec), c.o); s.Dataset.Frames != c.frames {
			t.Errorf("%s with %+v: %d frames, want %d", c.spec, c.o, s.Dataset.Frames, c.frames)
		}
	}
	if _, found := Load(filepath.Join(dir, "o.hcl"),
		Options{Env: []string{"SNELLEN_VAR_n=x"}}); len(found) != 1 ||
		found[0].Hint != "it is set by SNELLEN_VAR_n" {
		t.Errorf("%+v", found)
	}
}

// TestPaths checks that paths of a spec are relative to its folder, and paths of -var to the
// caller's.
func TestPaths(t *testing.T) {
	src := strings.ReplaceAll(minimal, `["`, `["${var.clips}/`) +
		"variable \"clips\" { default = \"own\" }\n"
	dir := folder(t, "study/s.hcl="+src, "study/own/A.mp4", "study/own/B.mp4", "mine/A.mp4",
		"mine/B.mp4", "far/v.hcl=clips = \"near\"", "far/near/A.mp4", "far/near/B.mp4")
	t.Chdir(dir)
	for want, o := range map[string]Options{
		"study/own/A.mp4":                    {},
		filepath.Join(dir, "mine/A.mp4"):     {Assignments: []Assignment{set("clips", "mine")}},
		filepath.Join(dir, "far/near/A.mp4"): {Assignments: []Assignment{{File: "far/v.hcl"}}},
	} {
		if s := mustLoad(t, "study/s.hcl", o); s.Labels[0].Videos[0] != want {
			t.Errorf("%+v: %s, not %s", o, s.Labels[0].Videos[0], want)
		}
	}
	if _, found := Load("study/s.hcl",
		Options{Assignments: []Assignment{set("clips", "none")}}); len(found) != 2 ||
		!strings.Contains(found[0].Message, "study/none/A.mp4 does not exist") {
		t.Errorf("%v", found)
	}
	s := mustLoad(t, "study/s.hcl",
		Options{Assignments: []Assignment{set("clips", "none")}, WithoutFootage: true})
	if s.Labels[0].Videos[0] != filepath.Join("study", "none", "A.mp4") {
		t.Errorf("without footage: %v", s.Labels[0].Videos)
	}
}

// repeat writes a format with each number from 0 on.
func repeat(n int, format string) string {
	var w strings.Builder
	for i := range n {
		fmt.Fprintf(&w, format, i)
	}
	return w.String()
}

// doubling is a block of locals, each twice as long as the one before.
func doubling() string {
	text := "locals {\n  a0 = \"" + strings.Repeat("x", 1000) + "\"\n"
	for i := range 40 {
		text += fmt.Sprintf("  a%d = \"${local.a%d}${local.a%d}\"\n", i+1, i, i)
	}
	return text + "}\n"
}

const openShelf = `evaluation "e" {
 video = "shelf.mp4"
 frame {
  width = 9000
  height = 9000
 }
`

// hostile are sources that would fill the stack or the memory, and what must be reported about
// them.
var hostile = map[string]struct{ src, wrong string }{
	"brackets":   {"x = " + strings.Repeat("[", 100_000), "nested more than 50 deep"},
	"and broken": {"x = " + strings.Repeat("[", 100_000) + "`", "nested more than 50 deep"},
	"blocks":     {strings.Repeat("a {\n", 100_000), "nested more than 50 deep"},
	"operators":  {"x = 1" + strings.Repeat("+1", 100_000), "this expression is too long"},
	"templates":  {"x = " + strings.Repeat(`"${`, 10_000), "nested more than 50 deep"},
	"digits":     {"x = " + strings.Repeat("9", 1000), "this number is too long"},
	"exponent":   {"x = 1e999999", "this number is too long"},
	"large":      {strings.Repeat("# a comment\n", 100_000), "has more than 1048576 bytes"},
	"binary":     {"\x00\x01", "a spec cannot have a NUL character"},
	"latin":      {"# caf\xe9\n", "the byte 0xe9 is not UTF-8 text"},
	"empty":      {"", "has no study block"},
	"doubling":   {minimal + doubling(), "larger than 1048576 bytes"},
	"text": {minimal + "transcode { codec = \"" + strings.Repeat("x", 5000) + "\" }",
		"codec has 5000 bytes; the limit is 4096"},
	"each": {minimal +
		"labels {\n for_each = range(100)\n videos = [join(\"\", range(100))]\n}",
		"does not exist"},
	"far each": {minimal +
		"labels {\n for_each = setproduct(range(200), range(200))\n videos = []\n}",
		"40000 elements; the limit is 10000"},
	"labels": {minimal + repeat(1000, "label \"L%d\" { videos = [\"A.mp4\"] }\n"),
		"at most 1000 labels"},
	"videos": {minimal + "label \"C\" { videos = [for i in range(1001) : \"A.mp4\"] }",
		"has 1001 videos; the limit is 1000"},
	"resolutions": {minimal + repeat(101, "resolution \"r%d\" {\n width = 8\n height = 8\n}\n"),
		"at most 100 resolutions"},
	"evaluations": {minimal + repeat(101, "evaluation \"e%d\" {}\n"), "at most 100 evaluations"},
	"locals": {minimal + "locals {\n" + repeat(1001, "  l%d = 1\n") + "}",
		"at most 1000 locals"},
	"areas": {minimal + openShelf + repeat(2, "areas {\n for_each = setproduct(range(100), "+
		"range(51))\n name = join(\"-%d-\", each.value)\n rect = [each.value[0], "+
		"each.value[1], 1, 1]\n expect = \"A\"\n}\n") + "}\n", "at most 10000 areas"},
	"huge grid": {minimal + openShelf + "grid {\n columns = 10000\n rows = 10000\n origin = " +
		"[0, 0]\n size = [1, 1]\n expect = []\n}\n}\n", "make 100000000 areas"},
	"replaced": {minimal +
		"locals { x = replace(format(\"%9999d\", 1), \"\", format(\"%9999d\", 1)) }",
		"replace\" failed: its result would be too large"},
	"format": {minimal + "locals { x = format(\"%99999999d\", 1) }",
		"format\" failed: its result would be too large"},
	"indent": {minimal + "locals { x = indent(99999999, \"\\n\") }",
		"indent\" failed: its result would be too large"},
	"product": {minimal +
		"locals { x = setproduct(range(1000), range(1000), range(1000)) }",
		"setproduct\" failed: its result would be too large"},
	"loops": {minimal +
		"locals { x = [for a in [1] : [for b in [1] : { for c in [1] : c => c }]] }",
		"for is nested more than 2 deep"},
	"not text": {minimal + "transcode { codec = file(\"binary\") }",
		"binary is not UTF-8 text"},
	"unknown": {"label \"A\" {", "unclosed|missing|Unclosed|invalid|Invalid"},
}

// grows are locals that make a spec of some lines ask for any amount of memory or time.
var grows = map[string]string{
	"join":   tens(`"xxxxxxxxxx"`, func(a string) string { return `join("", [` + a + `])` }),
	"concat": tens("[1]", func(a string) string { return "concat(" + a + ")" }),
	"template": tens(`"xxxxxxxxxx"`, func(a string) string {
		return `"${` + strings.ReplaceAll(a, ", ", "}${") + `}"`
	}),
	"formatlist": tens(`["xxxxxxxxxx"]`, func(a string) string {
		return `formatlist("%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s", ` + a[:8] + ")"
	}),
	"format": tens(`"xxxxxxxxxx"`, func(a string) string {
		return `format("%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s", ` + a[:8] + ")"
	}),
	"jsonencode": tens(`"\"xxxxxxxxx"`, func(a string) string { return "jsonencode([" + a + "])" }),
	"merge": tens(`{ a = 1 }`, func(a string) string {
		return "merge({ for i, x in [" + a + "] : i => x })"
	}),
	"loops":     "l = range(1000)\nx = [for a in local.l : [for b in local.l : a + b]]",
	"condition": "l = range(1000)\nx = [for a in local.l : [for b in local.l : a if b > 1000]]",
	"compared": "l = range(1000)\n" +
		"x = [for a in local.l : [for b in local.l : b if local.l == [a]]]",
	"contains": "l = range(1000)\n" +
		"x = [for a in local.l : [for b in local.l : b if contains(local.l, a)]]",
	"sort":     `x = [for a in range(1000) : sort(split(",", format("%9999d", a)))]`,
	"distinct": "x = distinct(flatten([for a in range(200) : [for b in range(100) : [a * b]]]))",
	"reversed": `l = replace(format("%1000d", 1), " ", "ééééééééééé")` +
		"\nx = [for a in range(1000) : [for b in range(1000) : strrev(local.l)]]",
	"regex": `l = format("%9999d", 1)` + "\nx = [for a in range(1000) : " +
		`regexall("(x?){900}(x?){900}", local.l)]`,
	"depth":   `x = jsondecode(replace(format("%9000d", 1), " ", "["))`,
	"sets":    "x = setunion([for a in range(1000) : [for b in range(1000) : \"${a}-${b}\"]]...)",
	"product": "x = setproduct(range(1000), range(1000), [1])",
	"written": `x = [for a in range(1000) : join("", range(1000))]`,
	"parts":   `x = [for a in range(1000) : [for b in range(1000) : "${a}" if false]]`,
	"keys":    "x = [for a in range(1000) : { for b in range(1000) : b => 1 if false }]",
	"length": "x = [for a in range(1000) : [for b in range(1000) : length([" +
		strings.Repeat("a, ", 5000) + "])]]",
	"splat": "x = [for a in range(1000) : range(1000)[*][length(range(1000))]]",
	"json":  `x = jsondecode(replace(format("%9999d", 1), " ", "9999999999"))`,
	"parse": `x = parseint(replace(format("%9999d", 1), " ", "9999999999"), 10)`,
}

// longNumbers are expressions that would make a number of a million digits.
var longNumbers = map[string]string{
	"function": "abs(local.l)", "tonumber": "tonumber(local.l)", "operation": "local.l + 1",
	"negated": "-local.l", "index": "[1, 2][local.l]", "format": `format("%d", local.l)`,
	"list":     "max([local.l]...)",
	"exponent": `"x${tonumber("1e600000000")}"`, "decoded": `"x${jsondecode("1e600000000")}"`,
	"product": `"x${1e300 * 1e300 * 1e300}"`, "compared": `tonumber("1e600000000") > 1`,
}

// TestLongNumbers checks that a text of any length, or with any exponent, is refused as a number
// before it is one: a million digits take a second, and 1e600000000 is gigabytes of text.
func TestLongNumbers(t *testing.T) {
	cases := map[string]string{}
	for name, expression := range longNumbers {
		cases[name] = "x = " + expression + "\n}"
	}
	cases["attribute"] = "}\nhyperparameters {\nepochs = local.l\n}"
	cases["exponents"] = "}\nhyperparameters {\nepochs = \"1e600000000\"\n}"
	cases["default"] = "}\nvariable \"v\" {\ntype = list(number)\n" +
		"default = [\"" + strings.Repeat("9", 200) + "\"]\n}"
	for name, rest := range cases {
		t.Run(name, func(t *testing.T) {
			src := minimal + `locals {
l = replace(format("%9999d", 1), " ", "` + strings.Repeat("9", 100) + `")
` + rest
			study, found := Load(spec(t, src), Options{})
			text := fmt.Sprint(found)
			if study != nil || !regexp.MustCompile("no number|too large or too small|"+
				"must be an integer, not a string|not a list of number").MatchString(text) {
				t.Errorf("%.500s", text)
			}
		})
	}
}

// tens returns locals of which each is made of ten of the one before.
func tens(first string, of func(list string) string) string {
	text := "l0 = " + first + "\n"
	for i := range 9 {
		list := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("local.l%d, ", i), 10), ", ")
		text += fmt.Sprintf("l%d = %s\n", i+1, of(list))
	}
	return text
}

// A spec that asks for too much ends with a mistake in its text, long before the memory is full.
func TestGrows(t *testing.T) {
	for name, locals := range grows {
		t.Run(name, func(t *testing.T) {
			src := minimal + "locals {\n" + locals + "\n}"
			path := spec(t, src)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			s, found := Load(path, Options{})
			runtime.ReadMemStats(&after)
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%v, %d MiB in all", time.Since(began), allocated)
			if s != nil {
				t.Fatal("it was loaded")
			}
			if allocated > 400 {
				t.Errorf("%d MiB were allocated on the way", allocated)
			}
			var text string
			for _, d := range found {
				text += d.Message + "\n"
			}
			want := regexp.MustCompile("compute so much|larger than 1048576|too large or too")
			if !want.MatchString(text) {
				t.Errorf("%.500s", text)
			}
			inside(t, src, found)
		})
	}
}

// TestHostile holds that no source fills the stack or the memory.
func TestHostile(t *testing.T) {
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			path := spec(t, c.src)
			s, found := Load(path, Options{})
			if s != nil {
				t.Fatal("it was loaded")
			}
			var all []string
			for _, d := range found {
				all = append(all, d.Message)
			}
			if text := strings.Join(all, "\n"); !regexp.MustCompile(c.wrong).MatchString(text) {
				t.Errorf("%.500s", text)
			}
			inside(t, c.src, found)
		})
	}
}

func TestNoSpec(t *testing.T) {
	dir := folder(t)
	none := filepath.Join(dir, "none.hcl")
	for path, wrong := range map[string]string{
		none: "none.hcl does not exist", dir: "is a folder", os.DevNull: "is not a regular file",
	} {
		if s, found := Load(path, Options{}); s != nil || len(found) != 1 ||
			!strings.Contains(found[0].Message, wrong) || found[0].At.Line != 1 {
			t.Errorf("%s: %v, %v", path, s, found)
		}
	}
}

func TestFind(t *testing.T) {
	dir := folder(t, "a.hcl", "a.lock.hcl", "b.vars.hcl", ".c.hcl", "d.txt", "sub.hcl/x")
	if got, err := Find(dir); err != nil || got != filepath.Join(dir, "a.hcl") {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := Find(folder(t, "a.hcl", "b.hcl", "c.hcl", "d.hcl", "e.hcl",
		"f.hcl")); err == nil || !strings.Contains(err.Error(), "6 specs") ||
		!strings.Contains(err.Error(), "e.hcl, ...") {
		t.Error(err)
	}
	t.Chdir(folder(t))
	if _, err := Find("."); err == nil ||
		!strings.Contains(err.Error(), "no spec (*.hcl) in this folder") {
		t.Error(err)
	}
	if _, err := Find("none"); err == nil || !strings.Contains(err.Error(), "none cannot be read") {
		t.Error(err)
	}
}

func BenchmarkLoad(b *testing.B) {
	src, err := Examples.ReadFile("examples/grocery.hcl")
	if err != nil {
		b.Fatal(err)
	}
	files := []string{"x.hcl=" + string(src), "footage/shelf.mp4"}
	for _, m := range regexp.MustCompile(`"([A-Z][A-Z_]+)"`).
		FindAllStringSubmatch(string(src), -1) {
		files = append(files, "footage/"+m[1]+".mp4")
	}
	path := filepath.Join(folder(b, files...), "x.hcl")
	for b.Loop() {
		mustLoad(b, path, Options{})
	}
}
