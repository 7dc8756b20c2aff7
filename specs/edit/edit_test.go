package edit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/specs"
)

// examples are the specs that people read, and some that only tests have.
func examples(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, pattern := range []string{"../examples/*.hcl", "../examples/*/*.hcl",
		"../../testdata/specs/*.hcl"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range paths {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all[path] = src
		}
	}
	return all
}

func example(t testing.TB, name string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("../examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// A replacement says how a text must change: what is old becomes what is new, once.
type replacement struct{ old, new string }

func (r replacement) of(t *testing.T, text string) string {
	t.Helper()
	if strings.Count(text, r.old) != 1 {
		t.Fatalf("%q is not once in\n%s", r.old, text)
	}
	return strings.Replace(text, r.old, r.new, 1)
}

// becomes checks what an edit made of a text, and that formatting agrees if it did before.
func becomes(t *testing.T, before string, got []byte, err error, changes ...replacement) {
	t.Helper()
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	want := before
	for _, r := range changes {
		want = r.of(t, want)
	}
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	agrees(t, []byte(before), got)
}

// agrees checks that formatting leaves alone what was edited if it did so before.
func agrees(t testing.TB, before, after []byte) {
	t.Helper()
	was, _ := specs.Format(before)
	is, list := specs.Format(after)
	if list.HasErrors() {
		t.Errorf("cannot be parsed: %v\n%s", list, after)
	}
	if bytes.Equal(was, before) && !bytes.Equal(is, after) {
		t.Errorf("formatting changes\n%s\nto\n%s", after, is)
	}
}

// refused checks an error and its line.
func refused(t *testing.T, err error, line int, words string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Line != line || !strings.Contains(e.Message+"; "+e.Hint, words) {
		t.Errorf("got %+v, want line %d and %q", err, line, words)
	}
}

// A layout's text is edited here without a spec around it.
const shelf = `study "s" {} // as it is
evaluation "shelf" {
	video   =   "shelf.mp4"   /* odd */
  # the milk, which
  # is at the left
  area "milk" { # cold
      rect = [ 1,2 , 3,4 ] # by eye
    expect="MILK"
  }

  /* the oats */ area "oats" {
    expect = "OATS"
    rect   = [
      10, # x
      20,
      30, 40
    ]
  } # near the door


  area tea {
    rect   = [50, 60, 70, 80]
    expect = "TEA"
  }
  grade "bad" {}
  grade "good" {
    every_area = 0.5
  }
}
`

func TestSetLayout(t *testing.T) {
	was, err := ReadLayout([]byte(shelf), "shelf")
	if err != nil {
		t.Fatal(err)
	}
	milk, oats, tea := Area{"milk", 1, 2, 3, 4, "MILK"}, Area{"oats", 10, 20, 30, 40, "OATS"},
		Area{"tea", 50, 60, 70, 80, "TEA"}
	if !slices.Equal(was.Areas, []Area{milk, oats, tea}) || was.Grid != nil {
		t.Fatalf("%+v", was)
	}
	moved, renamed, shown := milk, oats, tea
	moved.X, moved.Height = 100, 5
	renamed.Name = `o"${ats}`
	shown.Expect = "e\u0301"
	jam := Area{"jam", 0, 0, 9, 9, "JAM"}
	for name, c := range map[string]struct {
		areas   []Area
		grid    *Grid
		changes []replacement
	}{
		"the same":      {areas: was.Areas},
		"another order": {areas: []Area{tea, milk, oats}},
		"moved": {[]Area{moved, oats, tea}, nil, []replacement{{"[ 1,2 , 3,4 ]",
			"[ 100,2 , 3,5 ]"}}},
		"another name": {[]Area{milk, renamed, tea}, nil, []replacement{{`"oats"`,
			`"o\"\u0024{ats}"`}}},
		"another label": {[]Area{milk, oats, shown}, nil, []replacement{{`"TEA"`, "\"\u00e9\""}}},
		"without first": {[]Area{oats, tea}, nil, []replacement{{shelf[strings.Index(shelf,
			"  # the milk"):strings.Index(shelf, "\n  /* the oats")], ""}}},
		"without middle": {[]Area{milk, tea}, nil, []replacement{{shelf[strings.Index(shelf,
			"  /* the oats"):strings.Index(shelf, "  area tea")], ""}}},
		"without last": {[]Area{milk, oats}, nil, []replacement{{"  area tea {\n" +
			"    rect   = [50, 60, 70, 80]\n    expect = \"TEA\"\n  }\n", ""}}},
		"one more": {[]Area{milk, oats, tea, jam}, nil, []replacement{{"  grade \"bad\"",
			"\n  area \"jam\" {\n    rect   = [0, 0, 9, 9]\n    expect = \"JAM\"\n  }\n\n  grade \"bad\""}}},
		"a grid": {was.Areas, &Grid{2, 1, [2]int{200, 0}, [2]int{5, 5}, [2]int{6, 5}, []string{"A", "B"}},
			[]replacement{{"/* odd */\n", "/* odd */\n\n  grid {\n    columns = 2\n    rows    = 1\n" +
				"    origin  = [200, 0]\n    size    = [5, 5]\n    step    = [6, 5]\n    expect = [\n" +
				"      \"A\", \"B\",\n    ]\n  }\n\n"}}},
		"none": {nil, nil, []replacement{{shelf[strings.Index(shelf,
			"  # the milk"):strings.Index(shelf, "  grade \"bad\"")], ""}}},
		"others": {[]Area{}, &Grid{1, 1, [2]int{}, [2]int{5, 5}, [2]int{5, 5}, []string{"A"}},
			[]replacement{{shelf[strings.Index(shelf, "  # the milk"):strings.Index(shelf,
				"  grade \"bad\"")],
				"\n  grid {\n    columns = 1\n    rows    = 1\n    origin  = [0, 0]\n" +
					"    size    = [5, 5]\n    expect = [\n      \"A\",\n    ]\n  }\n\n"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := SetLayout([]byte(shelf), "shelf", Layout{c.areas, c.grid})
			becomes(t, shelf, got, err, c.changes...)
			windows := strings.ReplaceAll(shelf, "\n", "\r\n")
			got, err = SetLayout([]byte(windows), "shelf", Layout{c.areas, c.grid})
			for i := range c.changes {
				c.changes[i].old = strings.ReplaceAll(c.changes[i].old, "\n", "\r\n")
				c.changes[i].new = strings.ReplaceAll(c.changes[i].new, "\n", "\r\n")
			}
			becomes(t, windows, got, err, c.changes...)
		})
	}
}

func TestSetGrid(t *testing.T) {
	src := example(t, "grocery.hcl")
	was, err := ReadLayout([]byte(src), "shelf")
	if err != nil || len(was.Grid.Expect) != 10 || was.Grid.Step != [2]int{110, 220} {
		t.Fatalf("%+v, %v", was, err)
	}
	set := func(change func(*Grid), changes ...replacement) {
		t.Helper()
		g := *was.Grid
		g.Expect = slices.Clone(g.Expect)
		change(&g)
		got, err := SetLayout([]byte(src), "shelf", Layout{Grid: &g})
		becomes(t, src, got, err, changes...)
		now, err := ReadLayout(got, "shelf")
		if err != nil || !now.Grid.equal(&g) {
			t.Errorf("%+v, %v", now.Grid, err)
		}
	}
	set(func(*Grid) {})
	set(func(g *Grid) { g.Origin[1], g.Size = 7, [2]int{100, 200} },
		replacement{"[127, 25]", "[127, 7]"}, replacement{"[106, 170]", "[100, 200]"})
	set(func(g *Grid) { g.Expect[3] = "OATLY" }, replacement{`"ARLA_SOURMILK"`, `"OATLY"`})
	set(func(g *Grid) { g.Columns, g.Rows = 2, 5 }, replacement{"columns = 5", "columns = 2"},
		replacement{"rows    = 2", "rows    = 5"}, replacement{
			src[strings.Index(src, "      \"ALPRO"):strings.Index(src, "    ]\n")],
			`      "ALPRO_BLUEBERRY", "VALIO_VANILLA",
      "TROPICANA_MANDARIN", "ARLA_SOURMILK",
      "OATLY", "BRAVO_ORANGE",
      "GODMORGON_APPLE", "ARLA_ECO_MILK",
      "YOGGI_STRAWBERRY", "GARANT_MILK",
`})
	set(func(g *Grid) { g.Rows, g.Expect = 1, g.Expect[:5] }, replacement{"rows    = 2",
		"rows    = 1"},
		replacement{src[strings.Index(src, "      \"BRAVO"):strings.Index(src, "    ]\n")], ""})
	src = strings.Replace(src, "    step    = [110, 220]\n", "", 1)
	set(func(g *Grid) { g.Step = [2]int{107, 171} },
		replacement{"[106, 170]\n", "[106, 170]\n    step    = [107, 171]\n"})
	src = strings.Replace(src, `"OATLY",`, `"OATLY", # the last of the first row`, 1)
	set(func(g *Grid) { g.Step, g.Rows, g.Expect = g.Size, 1, g.Expect[:5] },
		replacement{"rows    = 2", "rows    = 1"}, replacement{
			src[strings.Index(src, "      \"BRAVO"):strings.Index(src, "    ]\n")], ""})
	set(func(g *Grid) { g.Step, g.Rows, g.Expect = g.Size, 3, slices.Repeat([]string{"X"}, 15)[:15] },
		replacement{"rows    = 2", "rows    = 3"}, replacement{
			src[strings.Index(src, "\"ALPRO"):strings.Index(src, ",\n    ]\n")],
			`"X", "X", "X", "X", "X", # the last of the first row
      "X", "X", "X", "X", "X", "X", "X", "X", "X", "X"`})
	removed, err := SetLayout([]byte(src), "shelf", Layout{})
	becomes(t, src, removed, err,
		replacement{src[strings.Index(src, "\n  grid {"):strings.LastIndex(src, "}\n")], ""})
}

func TestLocked(t *testing.T) {
	for words, src := range map[string]string{
		"areas are computed at line 3": "evaluation \"e\" {\n video = \"v\"\n" +
			" areas {\n for_each = {}\n }\n}",
		"the rect of area \"a\" is computed at line 2": "evaluation \"e\" { \n" +
			" area \"a\" { rect = [1, 2, 3, 2 + 2] }\n}",
		"what area \"a\" shows is computed at line 4": "evaluation \"e\" { \n area \"a\" {\n" +
			"rect = [1, 2, 3, 4]\nexpect = local.x\n}\n}",
		"area \"a\" shows is computed at line 5": "evaluation \"e\" { \n\n area \"a\" {\n" +
			"rect = [1, 2, 3, 4]\nexpect = <<X\nA\nX\n}\n}",
		"the area at line 2 lacks rect":     "evaluation \"e\" { \n area \"a\" {}\n}",
		"the area at line 2 needs one name": "evaluation \"e\" { \n area {}\n}",
		"the grid's size is computed at line 6": "evaluation \"e\" { \n grid {\n" +
			"columns=1\nrows=1\norigin=[0,0]\nsize=[local.half, 1]\nexpect=[\"A\"]\n}\n}",
		"the grid's expect is computed at line 7": "evaluation \"e\" { \n grid {\n" +
			"columns=1\nrows=1\norigin=[0,0]\nsize=[1, 1]\nexpect=var.x\n}\n}",
		"the evaluation judges whole pictures, at line 3": "evaluation \"e\" {\n\n pictures {\n" +
			" files = []\n expect = \"A\"\n}\n}",
		"area \"\u00e9\" is declared again at line 7": "evaluation \"e\" {\n" +
			"area \"e\u0301\" {\nrect = [1, 2, 3, 4]\nexpect = \"A\"\n}\n\narea \"\u00e9\" {\n" +
			"rect = [1, 2, 3, 4]\nexpect = \"A\"\n}\n}",
		"the spec cannot be parsed: line 1":                "evaluation \"e\" {\n",
		"the spec has 0 evaluations named \"e\"; name one": "evaluation \"f\" {}",
		"the spec has 2 evaluations named \"e\"; name one": "evaluation \"e\" {}\nevaluation \"e\" {}",
	} {
		_, err := ReadLayout([]byte(src), "e")
		line := 0
		if e, ok := errors.AsType[*Error](err); ok {
			line = e.Line
		}
		refused(t, err, line, words)
		if line > 0 && strings.Contains(words, "at line") &&
			!strings.Contains(words, "line "+string(rune('0'+line))) {
			t.Errorf("%q is at line %d", words, line)
		}
		if _, err := SetLayout([]byte(src), "e", Layout{}); err == nil {
			t.Errorf("%q is edited", src)
		}
	}
	for words, a := range map[string]Area{
		"an area's name is empty":             {"", 0, 0, 1, 1, "A"},
		"an area's name cannot contain a sla": {"a/b", 0, 0, 1, 1, "A"},
		"an area's name must be printable":    {"a\nb", 0, 0, 1, 1, "A"},
		"a label whose name is empty":         {"new", 0, 0, 1, 1, ""},
		"must have a corner and a size":       {"new", -1, 0, 1, 1, "A"},
		"not 0, 0, 0, 1":                      {"new", 0, 0, 0, 1, "A"},
		"16384 pixels: not 0, 99999, 1, 1":    {"new", 0, 99999, 1, 1, "A"},
		"two areas are named":                 {"milk", 0, 0, 1, 1, "A"},
	} {
		_, err := SetLayout([]byte(shelf), "shelf", Layout{Areas: []Area{{"milk", 1, 2, 3, 4,
			"MILK"}, a}})
		refused(t, err, 0, words)
	}
	for words, g := range map[string]Grid{
		"2 columns and 1 rows need as many": {Columns: 2, Rows: 1, Size: [2]int{1, 1},
			Step: [2]int{1, 1}, Expect: []string{"A"}},
		"0 columns and 0 rows": {Size: [2]int{1, 1}, Step: [2]int{1, 1}},
		"the grid's origin, size and step must": {Columns: 1, Rows: 1, Size: [2]int{0, 1},
			Step: [2]int{1, 1}, Expect: []string{"A"}},
		"the grid shows a label whose name is": {Columns: 1, Rows: 1, Size: [2]int{1, 1},
			Step: [2]int{1, 1}, Expect: []string{""}},
		"at most 10000 areas, and this has 100": {Columns: 1, Rows: 1,
			Expect: slices.Repeat([]string{"A"}, 10_001)},
	} {
		_, err := SetLayout([]byte(shelf), "shelf", Layout{Grid: &g})
		refused(t, err, 0, words)
	}
}

func TestLayoutOfFolded(t *testing.T) {
	for before, want := range map[string]string{
		"evaluation \"e\" { video = \"v\" } # c\n": "evaluation \"e\" {\n  video = \"v\"\n\n" +
			"  area \"a\" {\n    rect   = [1, 2, 3, 4]\n    expect = \"A\"\n  }\n} # c\n",
		"evaluation \"e\" {}": "evaluation \"e\" {\n  area \"a\" {\n" +
			"    rect   = [1, 2, 3, 4]\n    expect = \"A\"\n  }\n}",
	} {
		got, err := SetLayout([]byte(before), "e", Layout{Areas: []Area{{"a", 1, 2, 3, 4, "A"}}})
		becomes(t, before, got, err, replacement{before, want})
	}
}
