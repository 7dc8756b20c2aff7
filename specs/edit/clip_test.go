package edit

import (
	"strings"
	"testing"
)

func TestAddClip(t *testing.T) {
	long := strings.Repeat("a", 40)
	for name, c := range map[string]struct {
		src, label, path string
		known            []string
		want             replacement
	}{
		"on one line": {"label \"A\" { videos = [\"a.mp4\"] } # c\n", "A", "b.mp4", nil,
			replacement{`"a.mp4"`, `"a.mp4", "b.mp4"`}},
		"empty": {"label \"A\" { videos = [ ] }\n", "A", "b.mp4", nil,
			replacement{`[ ]`, `[ "b.mp4"]`}},
		"on lines": {"label \"A\" {\n  videos = [\n    \"a.mp4\", # a\n    \"b.mp4\", # b\n  ]\n}\n",
			"A", "c.mp4", nil,
			replacement{"# b\n", "# b\n    \"c.mp4\",\n"}},
		"without a last comma": {"label \"A\" {\n\tvideos = [\n\t\t\"a.mp4\" # a\n\t]\n}\n", "A",
			"c.mp4", nil,
			replacement{"\"a.mp4\" # a\n", "\"a.mp4\", # a\n\t\t\"c.mp4\"\n"}},
		"several on a line": {"label \"A\" {\n  videos = [\n    \"a.mp4\", \"b.mp4\",\n  ]\n}\n",
			"A", "c.mp4", nil,
			replacement{"\"b.mp4\",\n", "\"b.mp4\", \"c.mp4\",\n"}},
		"empty lines": {"label \"A\" {\n  videos = [\n    # none\n  ]\n}\n", "A", "c.mp4", nil,
			replacement{"none\n", "none\n    \"c.mp4\",\n"}},
		"too long": {"label \"A\" { videos = [\"" + long + "\", \"b\"] }\n", "A", long + "2", nil,
			replacement{"{ videos = [\"" + long + "\", \"b\"] }", "{\n  videos = [\n" +
				"    \"" + long + "\",\n    \"b\",\n    \"" + long + "2\",\n  ]\n}"}},
		"without videos": {"label \"A\" { pictures = fileset(\"a\", \"*\") }\n", "A", "c.mp4", nil,
			replacement{"{ pictures = fileset(\"a\", \"*\") }", "{\n  videos   = [\"c.mp4\"]\n" +
				"  pictures = fileset(\"a\", \"*\")\n}"}},
		"joined": {"label \"A\" { videos = concat(fileset(\"a\", \"*\"), [\"b.mp4\"]) }\n", "A",
			"c.mp4", nil,
			replacement{`"b.mp4"`, `"b.mp4", "c.mp4"`}},
		"composed name": {"label \"\u00e9\" { videos = [\"a.mp4\"] }\n", "e\u0301",
			"e\u0301/${x}.mp4", nil,
			replacement{`"a.mp4"`, "\"a.mp4\", \"\u00e9/\\u0024{x}.mp4\""}},
		"new": {"study \"s\" {}\n\nlabels { for_each = [] }\n# end\n", "B", "b.mp4", []string{"A"},
			replacement{"[] }\n", "[] }\n\nlabel \"B\" {\n  videos = [\"b.mp4\"]\n}\n\n"}},
		"new on one line": {"label \"A\" { videos = [\"a.mp4\"] }\nresolution \"8x8\" {}\n", "B",
			"b.mp4", nil,
			replacement{"resolution", "label \"B\" { videos = [\"b.mp4\"] }\nresolution"}},
		"the first": {"study \"s\" {\n}", "B", "b.mp4", nil,
			replacement{"{\n}", "{\n}\n\nlabel \"B\" {\n  videos = [\"b.mp4\"]\n}\n"}},
		"each": {"labels {\n  for_each = { A = [\"a.mp4\"], \"B\" = [] }\n  videos   = each.value\n" +
			"}\n", "B", "b.mp4", []string{"A", "B"},
			replacement{"[]", "[\"b.mp4\"]"}},
		"below a variable": {"variable \"x\" { default = \"footage/B\" }\n" +
			"variable \"footage\" { default = \"footage/\" }\n", "B", "./footage/B2/1.mp4", nil,
			replacement{"footage/\" }\n", "footage/\" }\n\nlabel \"B\" {\n" +
				"  videos = [\"${var.footage}/B2/1.mp4\"]\n}\n"}},
		"below the nearest": {"variable \"x\" { default = \"footage/B\" }\n" +
			"variable \"footage\" { default = \"footage/\" }\n", "B", "footage/B/1.mp4", nil,
			replacement{"footage/\" }\n", "footage/\" }\n\nlabel \"B\" {\n" +
				"  videos = [\"${var.x}/1.mp4\"]\n}\n"}},
		"beside the spec": {"variable \"x\" { default = \".\" }\n" +
			"variable \"footage\" { default = \".\" }\n", "B", "1.mp4", nil,
			replacement{"variable \"footage\" { default = \".\" }\n",
				"variable \"footage\" { default = \".\" }\n\nlabel \"B\" {\n" +
					"  videos = [\"${var.footage}/1.mp4\"]\n}\n"}},
		"secret": {"variable \"x\" {\n  default   = \"footage\"\n  sensitive = true\n}\n", "B",
			"footage/1.mp4", nil,
			replacement{"true\n}\n", "true\n}\n\nlabel \"B\" {\n  videos = [\"footage/1.mp4\"]\n}\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := AddClip([]byte(c.src), c.label, c.path, c.known)
			becomes(t, c.src, got, err, c.want)
		})
	}
	src := "study \"s\" {}\nlabels {\n  for_each = fileset(\"f\", \"*.mp4\")\n}\nlabel \"A\" {\n\n" +
		"  videos = fileset(\"a\", \"*\")\n}\n"
	for words, c := range map[string]struct {
		label, path string
		line        int
	}{
		`label "B" is made by for_each at line 2`: {"B", "b.mp4", 2},
		`the videos of label "A" are computed at line 7; write concat(..., ["b.mp4"]) there`: {"A",
			"b.mp4", 7},
		"a label's name cannot contain a slash": {"A/B",
			"b.mp4", 0},
		"a path is empty": {"A", "", 0},
		"a path must be one line of UTF-8 without c": {"A", "a\nb", 0},
		"a path must be one line of UTF-8":           {"A", "a\xff", 0},
		"a path has 5000 bytes":                      {"A", strings.Repeat("a", 5000), 0},
	} {
		_, err := AddClip([]byte(src), c.label, c.path, []string{"A", "B"})
		refused(t, err, c.line, words)
	}
}

const footageSpec = `study "s" {}
variable "footage" { default = "footage" }
variable "one" { default = "footage/one.mp4" }
locals {
  two = "footage/two.mp4"
}
label "A" {
  # a, b and c
  videos = ["${var.footage}/a.mp4", "./footage/b.mp4", "footage/c.mp4"] # three
}
label "B" {
  videos = [
    "footage/d.mp4", # d
    "${var.footage}/e.mp4",
    "footage/sub/d.mp4",
  ]
  pictures = concat(["footage/d.jpg"], fileset("d", "*"))
}

# the label C
label "C" { videos = ["footage/f.mp4"] }

label "D" {
  videos   = ["footage/g.mp4"]
  pictures = ["footage/g.jpg"]
}
labels {
  for_each = setsubtract(fileset(var.footage, "*.mp4"), ["shelf.mp4", "x.mp4"])
  name     = trimsuffix(each.value, ".mp4")
  videos   = ["${var.footage}/${each.value}"]
}
evaluation "shelf" {
  video = "${var.footage}/shelf.mp4"
}
evaluation "stills" {
  stills = ["footage/s.jpg"]
}
evaluation "test" {
  pictures {
    files  = ["footage/t.jpg", "footage/u.jpg"]
    expect = "footage/t.jpg"
  }
}
gate "g" { condition = "footage/a.mp4" == "" }
`

func TestRenameFile(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     []replacement
	}{
		{"footage/a.mp4", "footage/A/a b.mp4", []replacement{{`"${var.footage}/a.mp4"`,
			`"${var.footage}/A/a b.mp4"`}}},
		{"footage/a.mp4", "away/a.mp4", []replacement{{`"${var.footage}/a.mp4"`, `"away/a.mp4"`}}},
		{"footage/b.mp4", "footage/e\u0301.mp4", []replacement{{`"./footage/b.mp4"`,
			"\"footage/\u00e9.mp4\""}}},
		{"./footage/d.mp4", "footage/${d}.mp4", []replacement{{`"footage/d.mp4"`,
			`"footage/\u0024{d}.mp4"`}}},
		{"footage/one.mp4", "footage/2.mp4", []replacement{{`"footage/one.mp4"`, `"footage/2.mp4"`}}},
		{"footage/two.mp4", "footage/2.mp4", []replacement{{`"footage/two.mp4"`, `"footage/2.mp4"`}}},
		{"footage/d.jpg", "footage/2.jpg", []replacement{{`"footage/d.jpg"`, `"footage/2.jpg"`}}},
		{"footage/shelf.mp4", "footage/scene.mp4", []replacement{{`"shelf.mp4"`, `"scene.mp4"`},
			{`}/shelf.mp4"`, `}/scene.mp4"`}}},
		{"footage/shelf.mp4", "scene.mp4", []replacement{{`"${var.footage}/shelf.mp4"`, `"scene.mp4"`}}},
		{"footage/t.jpg", "footage/v.jpg", []replacement{{`["footage/t.jpg"`, `["footage/v.jpg"`}}},
		{"footage", "other", []replacement{{`"footage" }`, `"other" }`}}},
		{"footage/none.mp4", "footage/2.mp4", nil},
		{"a.mp4", "b.mp4", nil},
	} {
		got, changed, err := RenameFile([]byte(footageSpec), c.from, c.to)
		becomes(t, footageSpec, got, err, c.want...)
		if changed != (len(c.want) > 0) {
			t.Errorf("%s: changed is %v", c.from, changed)
		}
	}
	_, _, err := RenameFile([]byte(footageSpec), "footage/a.mp4", "a\x1b")
	refused(t, err, 0, "a path must be one line")
}

func TestRemoveFile(t *testing.T) {
	for file, want := range map[string][]replacement{
		"footage/a.mp4":     {{`"${var.footage}/a.mp4", `, ``}},
		"footage/b.mp4":     {{`"./footage/b.mp4", `, ``}},
		"footage/c.mp4":     {{`, "footage/c.mp4"`, ``}},
		"footage/d.mp4":     {{"    \"footage/d.mp4\", # d\n", ``}},
		"footage/e.mp4":     {{"    \"${var.footage}/e.mp4\",\n", ``}},
		"footage/sub/d.mp4": {{"    \"footage/sub/d.mp4\",\n", ``}},
		"footage/d.jpg":     {{`["footage/d.jpg"]`, `[]`}},
		"footage/f.mp4":     {{"# the label C\nlabel \"C\" { videos = [\"footage/f.mp4\"] }\n\n", ""}},
		"footage/g.mp4":     {{"  videos   = [\"footage/g.mp4\"]\n", ""}},
		"footage/g.jpg": {{"  videos   = [\"footage/g.mp4\"]\n" +
			"  pictures = [\"footage/g.jpg\"]\n", "  videos = [\"footage/g.mp4\"]\n"}},
		"footage/u.jpg":    {{`, "footage/u.jpg"`, ``}},
		"footage/x.mp4":    nil,
		"footage/none.mp4": nil,
	} {
		got, changed, err := RemoveFile([]byte(footageSpec), file)
		becomes(t, footageSpec, got, err, want...)
		if changed != (len(want) > 0) {
			t.Errorf("%s: changed is %v", file, changed)
		}
	}
	for file, c := range map[string]struct {
		line  int
		words string
	}{
		"footage/shelf.mp4": {33,
			`evaluation "shelf" needs footage/shelf.mp4, its video, at line 33; give`},
		"footage/s.jpg": {36,
			`evaluation "stills" needs footage/s.jpg, all that it judges, at line 36`},
		"footage/one.mp4": {3, "footage/one.mp4 is named by default at line 3"},
		"footage/two.mp4": {5, "footage/two.mp4 is named by two at line 5"},
	} {
		_, _, err := RemoveFile([]byte(footageSpec), file)
		refused(t, err, c.line, c.words)
	}
}
