package edit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"snellen/specs"
)

// bases are specs with evaluations whose areas are written out, in layouts of several kinds.
func bases(t *testing.T) map[string]string {
	all := map[string]string{"shelf": shelf}
	for _, name := range []string{"starter.hcl", "grocery.hcl", "article.hcl",
		"command/command.hcl"} {
		all[name] = example(t, name)
	}
	all["shared"] = "shared {\n  url       = \"file:///nfs/lab\" # ours\n  read_only = true\n}\n\n" +
		all["starter.hcl"]
	both := strings.Replace(all["starter.hcl"], "  area \"left\"", "  grid {\n    columns = 1\n"+
		"    rows = 2\n    origin = [0, 0]\n    size = [9, 9]\n    expect = [\"APPLE\", # top\n"+
		"      \"ORANGE\"]\n  }\n\n  # left\n\n  area \"left\"", 1)
	all["both"] = both
	formatted, list := specs.Format([]byte(both))
	if list.HasErrors() {
		t.Fatal(list)
	}
	all["formatted"] = string(formatted)
	for name, src := range map[string]string{"starter": all["starter.hcl"], "both": both} {
		all[name+", CRLF"] = strings.ReplaceAll(src, "\n", "\r\n")
		all[name+", tabs"] = strings.ReplaceAll(src, "  ", "\t")
		all[name+", no end"] = strings.TrimSuffix(src, "\n")
		all[name+", open"] = strings.ReplaceAll(src, "\n", "\n \n")
	}
	return all
}

// outside returns the lines of a source that are about no area and no grid, without empty ones.
func outside(t *rapid.T, src []byte) string {
	s, err := parse(src)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range blocks(s.body, "evaluation") {
		for _, b := range blocks(e.Body, "area", "grid") {
			s.removeBlock(b, true)
		}
	}
	out, err := s.apply()
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(out)) {
		if strings.TrimSpace(line) != "" {
			kept = append(kept, strings.TrimSuffix(line, "\n"))
		}
	}
	return strings.Join(kept, "\n")
}

var (
	areaNames = []string{"left", "right", "milk", "oats", "new", `a"b`, "${x}", "%{if",
		"e\u0301", "日本"}
	labelNames = []string{"APPLE", "ORANGE", "e\u0301", `"`, "$${a}", "# c", "*"}
)

// drawLayout changes a layout.
func drawLayout(t *rapid.T, was Layout) Layout {
	var l Layout
	number := rapid.IntRange(0, 900)
	used := map[string]bool{}
	for _, a := range was.Areas {
		switch rapid.IntRange(0, 7).Draw(t, "do") {
		case 0:
			continue
		case 1:
			a.X, a.Height = number.Draw(t, "x"), number.Draw(t, "height")+1
		case 2:
			a.Expect = rapid.SampledFrom(labelNames).Draw(t, "expect")
		case 3:
			a.Name = rapid.SampledFrom(areaNames).Draw(t, "name")
		}
		if name := specs.Normal(a.Name); !used[name] {
			used[name] = true
			l.Areas = append(l.Areas, a)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "more") {
		a := Area{rapid.SampledFrom(areaNames).Draw(t, "name"), number.Draw(t, "x"),
			number.Draw(t, "y"), number.Draw(t, "width") + 1, number.Draw(t, "height") + 1,
			rapid.SampledFrom(labelNames).Draw(t, "expect")}
		if name := specs.Normal(a.Name); !used[name] {
			used[name] = true
			l.Areas = slices.Insert(l.Areas, rapid.IntRange(0, len(l.Areas)).Draw(t, "at"), a)
		}
	}
	l.Grid = was.Grid
	switch rapid.IntRange(0, 3).Draw(t, "grid") {
	case 0:
		l.Grid = nil
	case 1:
		g := &Grid{Columns: rapid.IntRange(1, 5).Draw(t, "columns"),
			Rows: rapid.IntRange(1, 3).Draw(t, "rows")}
		for _, n := range []*int{&g.Origin[0], &g.Origin[1], &g.Size[0], &g.Size[1], &g.Step[0],
			&g.Step[1]} {
			*n = number.Draw(t, "n") + 1
		}
		for range g.Columns * g.Rows {
			g.Expect = append(g.Expect, rapid.SampledFrom(labelNames).Draw(t, "expect"))
		}
		l.Grid = g
	}
	return l
}

// sorted returns a layout with its areas in the order of their names.
func sorted(l Layout) Layout {
	l = l.normal()
	slices.SortFunc(l.Areas, func(a, b Area) int { return strings.Compare(a.Name, b.Name) })
	if len(l.Areas) == 0 {
		l.Areas = nil
	}
	return l
}

// TestLayoutsReadBack edits areas again and again. Each edit reads back as it was meant, changes no
// line that is about something else, and is formatted if the source was.
func TestLayoutsReadBack(t *testing.T) {
	all := bases(t)
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		src := []byte(all[rapid.SampledFrom(names).Draw(t, "base")])
		for range rapid.IntRange(1, 4).Draw(t, "edits") {
			was, err := ReadLayout(src, "shelf")
			if err != nil {
				t.Fatal(err)
			}
			if same, err := SetLayout(src, "shelf", was); err != nil || !bytes.Equal(same, src) {
				t.Fatalf("its own layout changes it: %v\n%s", err, same)
			}
			l := drawLayout(t, was)
			out, err := SetLayout(src, "shelf", l)
			if err != nil {
				t.Fatalf("%v\n%+v\n%s", err, l, src)
			}
			now, err := ReadLayout(out, "shelf")
			if err != nil || !reflect.DeepEqual(sorted(now), sorted(l)) {
				t.Fatalf("want %+v, got %+v: %v\n%s", sorted(l), sorted(now), err, out)
			}
			if a, b := outside(t, src), outside(t, out); a != b {
				t.Fatalf("other lines were\n%s\nand are\n%s", a, b)
			}
			formatted, _ := specs.Format(src)
			if again, _ := specs.Format(out); bytes.Equal(formatted, src) && !bytes.Equal(again, out) {
				t.Fatalf("not formatted\n%s", out)
			}
			src = out
		}
	})
}

// TestStudyStays checks that an edit of areas leaves the study alone but for them.
func TestStudyStays(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"APPLE", "ORANGE", "shelf"} {
		path := filepath.Join(dir, "footage", name+".mp4")
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	load := func(src []byte) *specs.Study {
		study, list := specs.Load(filepath.Join(dir, "spec.hcl"), specs.Options{Source: src})
		if list.HasErrors() {
			t.Fatalf("%v\n%s", list, src)
		}
		return study
	}
	src := []byte(example(t, "starter.hcl"))
	before := load(src)
	src, err := SetLayout(src, "shelf", Layout{[]Area{{"right", 390, 120, 160, 240, "APPLE"},
		{"e\u0301", 0, 0, 10, 10, "ORANGE"}}, &Grid{2, 1, [2]int{20, 0}, [2]int{10, 10},
		[2]int{12, 10}, []string{"APPLE", "ORANGE"}}})
	if err != nil {
		t.Fatal(err)
	}
	after := load(src)
	var areas []string
	for _, a := range after.Evaluations[0].Areas {
		areas = append(areas, fmt.Sprint(a.Name, " ", a.X, a.Y, a.W, a.H, " ", a.Expect))
	}
	want := []string{"1-1 20 0 10 10 APPLE", "1-2 32 0 10 10 ORANGE", "right 390 120 160 240 APPLE",
		"\u00e9 0 0 10 10 ORANGE"}
	if !slices.Equal(areas, want) {
		t.Errorf("%q", areas)
	}
	after.Evaluations[0].Areas, before.Evaluations[0].Areas = nil, nil
	one, two := fmt.Sprintf("%+v", plain(before)), fmt.Sprintf("%+v", plain(after))
	if one != two {
		t.Errorf("the study was\n%s\nand is\n%s", one, two)
	}
}

// plain returns what a study says, without where it says so.
func plain(s *specs.Study) any {
	var all []any
	for _, l := range s.Labels {
		all = append(all, l.Name, l.Videos, l.Pictures)
	}
	for _, r := range s.Resolutions {
		all = append(all, r.Name, r.Width, r.Height, r.Hyperparameters.Epochs)
	}
	for _, e := range s.Evaluations {
		all = append(all, e.Name, e.Video, e.Every, e.Width, e.Height, e.Confident, e.Grades)
	}
	return append(all, s.Name, s.Seed, s.Dataset.Frames, s.Dataset.Validation)
}
