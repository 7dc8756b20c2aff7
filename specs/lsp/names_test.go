package lsp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"snellen/specs"
)

// names is a study where every kind of name is declared and referred to.
const names = `study "s" {}

variable "clips" { default = "." }

locals {
  many  = 20
  shelf = ["𝄞 é", "B"]
}

label "𝄞 é" { videos = ["${var.clips}/A.mp4"] }

labels {
  for_each = { B = "B", "C-1" = "C" }
  videos   = ["${var.clips}/${each.value}.mp4"]
}

resolutions {
  for_each = ["32x24", "16x12"]
}

dataset { frames = local.many }

hyperparameters {
  num_layers      = 8
  image_shape     = "3,32,32"
  epochs          = 2
  mini_batch_size = local.many > 3 ? 4 : 2
}

evaluation "shelf" {
  video = "${var.clips}/A.mp4"
  frame {
    width  = 64
    height = 48
  }
  area "left" {
    rect   = [0, 0, 32, 48]
    expect = local.many > 3 ? "𝄞 é" : "B"
  }
  areas {
    for_each = { right = { label = "C-1", x = 32 } }
    rect     = [each.value.x, 0, 32, 48]
    expect   = each.value.label
  }
  grade "good" { every_area = 0.5 }
  grade "bad" {}
}

evaluation "grid" {
  video = "A.mp4"
  grid {
    columns = 2
    rows    = 1
    origin  = [0, 0]
    size    = [32, 48]
    expect  = local.shelf
  }
}

decide {
  evaluations = ["shelf"]
  reference   = "32x24"
  by          = "grade"
  at_least    = "good"
}

gate "g" {
  condition = resolution["32x24"].evaluation.shelf.area["left"].detection_rate > 0.5 && contains(["32x24"], decision.best) && resolution["16x12"].grade != "good"
  require "32x24" {
    evaluation = "shelf"
    accuracy   = 0.5
  }
}
`

func openNames(t *testing.T, o Options) *editor {
	e := newEditor(t, o).initialize()
	for _, file := range []string{"A.mp4", "B.mp4", "C.mp4"} {
		e.write(file, "")
	}
	e.open("s.hcl", names)
	return e
}

// find returns the place of ‸ in a part of the text, by the part's first occurrence.
func find(t *testing.T, text, marked string) place {
	t.Helper()
	head, tail, _ := strings.Cut(marked, "‸")
	before, _, ok := strings.Cut(text, head+tail)
	if !ok {
		t.Fatalf("no %q", marked)
	}
	return placeOf(before + head)
}

// The study must be a good one: else what is said of its names proves nothing.
func TestNamesAreValid(t *testing.T) {
	e := openNames(t, Options{})
	if found := e.diagnostics("s.hcl"); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}

// TestReferences counts the uses of each name, from its declaration and from a reference.
func TestReferences(t *testing.T) {
	e := openNames(t, Options{})
	for marked, uses := range map[string]int{ // with the declaration
		`"cl‸ips"`: 4, `va‸r.clips`: 4, `ma‸ny  =`: 4, `local.‸many`: 4,
		`"𝄞‸ é" {`: 3, `"𝄞 é‸" :`: 3, `B‸ = "B"`: 3, `"‸C-1" = `: 2, `‸"C-1", x`: 2,
		`"32x‸24", "16x12"`: 5, `"32x24‸" {`: 5, `"32x24‸"].e`: 5, `"32x‸24"], d`: 5,
		`"16‸x12"]`: 2, `"sh‸elf" {`: 4, `.sh‸elf.a`: 4, `"she‸lf"]`: 4,
		`"le‸ft" {`: 2, `"left‸"]`: 2, `ri‸ght =`: 1, `"go‸od" {`: 3, `!= "good‸"`: 3,
		`"gr‸id" {`: 1, `"g‸" {`: 1, `for_‸each = ["32x24"`: 0, `epo‸chs`: 0, `/‸A.mp4`: 0,
		`each.val‸ue}`: 2, `each.va‸lue.x`: 3,
	} {
		for declaration, want := range map[bool]int{true: uses, false: max(uses-1, 0)} {
			params := at(e.uri("s.hcl"), find(t, names, marked))
			params["context"] = map[string]any{"includeDeclaration": declaration}
			var list []struct{ Range span }
			if err := json.Unmarshal(e.call("textDocument/references", params), &list); err != nil {
				t.Fatal(err)
			}
			if len(list) != want {
				t.Errorf("%s, with the declaration %v: %+v, want %d", marked, declaration, list,
					want)
			}
		}
	}
}

// definitions asks where the name at a place is declared.
func definitions(e *editor, name string, p place) []struct {
	URI   string
	Range span
} {
	e.t.Helper()
	var list []struct {
		URI   string
		Range span
	}
	if err := json.Unmarshal(e.call("textDocument/definition", at(e.uri(name), p)),
		&list); err != nil {
		e.t.Fatal(err)
	}
	return list
}

func TestDefinition(t *testing.T) {
	const text = names + `
labels {
  for_each = ["D.mp4"]
  name     = trimsuffix(each.value, ".mp4")
  videos   = [each.value]
}
evaluation "more" {
  video = "A.mp4"
  area "x" {
    rect   = [0, 0, 8, 8]
    expect = "D"
  }
}
`
	e := openNames(t, Options{})
	e.write("D.mp4", "")
	e.open("s.hcl", text)
	for used, declared := range map[string]string{
		`"${var.c‸lips}/A`: `variable "‸clips`, `lo‸cal.many > 3 ? 4`: "‸many  =",
		`= local.‸shelf`: "‸shelf =", `${each.value‸}`: `‸for_each = { B`,
		`"‸B"` + "\n  }": `‸B = "B"`, `"C-1‸", x`: `"‸C-1" =`, `require "32‸x24"`: `["‸32x24", "16`,
		`.area["l‸eft"]`: `area "‸left"`, `expect = "D‸"`: "‸labels {\n  for_each = [\"D",
		`image‸_shape`: "", `decision.b‸est`: "", `.detection‸_rate`: "", `"A‸.mp4"`: "",
	} {
		list := definitions(e, "s.hcl", find(t, text, used))
		switch {
		case declared == "" && len(list) > 0:
			t.Errorf("%s: %+v", used, list)
		case declared != "" && (len(list) != 1 || list[0].URI != e.uri("s.hcl") ||
			list[0].Range.Start != find(t, text, declared)):
			t.Errorf("%s: %+v, want %s", used, list, declared)
		}
	}
}

// rename renames the name at a place. It returns the edits by file, or why the server refuses.
func rename(e *editor, p place, to string) (changes map[string][]textEdit, problem string) {
	e.t.Helper()
	params := at(e.uri("s.hcl"), p)
	params["newName"] = to
	m := e.ask("textDocument/rename", params)
	if m.Error != nil {
		return nil, m.Error.Message
	}
	var edit struct{ Changes map[string][]textEdit }
	if err := json.Unmarshal(m.Result, &edit); err != nil {
		e.t.Fatal(err)
	}
	return edit.Changes, ""
}

// applyAll returns a text after edits. Their places are in the text before them.
func applyAll(text string, edits []textEdit) string {
	for _, edit := range slices.Backward(edits) {
		text = apply(text, edit)
	}
	return text
}

// TestRename renames each name, finds nothing wrong with what comes of it, and renames it back.
func TestRename(t *testing.T) {
	for marked, to := range map[string]string{
		`"cl‸ips"`: "dir", `local.‸many`: "n_1", `‸shelf =`: "row", `"𝄞 é‸" :`: `Ж 🎈 "a" ${b}`,
		`"32x24‸" {`: "48x36", `"16x‸12"]`: "24x18", `.sh‸elf.a`: "rack", `"le‸ft" {`: "a b",
		`!= "good‸"`: "◎", `"gr‸id"`: "x", `"g‸" {`: "gate 2", `"‸C-1" = `: "𝄞",
	} {
		e := openNames(t, Options{})
		e.diagnostics("s.hcl")
		p := find(t, names, marked)
		var was struct{ Placeholder string }
		if err := json.Unmarshal(e.call("textDocument/prepareRename", at(e.uri("s.hcl"), p)),
			&was); err != nil {
			t.Fatal(err)
		}
		changes, problem := rename(e, p, to)
		if problem != "" {
			t.Errorf("%s to %s: %s", marked, to, problem)
			continue
		}
		renamed := applyAll(names, changes[e.uri("s.hcl")])
		e.open("s.hcl", renamed)
		if found := e.diagnostics("s.hcl"); len(found) > 0 {
			t.Errorf("%s to %s: %+v\n%s", marked, to, found, renamed)
		}
		back, problem := rename(e, changes[e.uri("s.hcl")][0].Range.Start, was.Placeholder)
		if got := applyAll(renamed, back[e.uri("s.hcl")]); problem != "" || got != names {
			t.Errorf("%s to %s and back: %s\n%s", marked, to, problem, got)
		}
	}
}

// TestRenameLocal renames labels that a local lists, for their declaration and for the areas.
func TestRenameLocal(t *testing.T) {
	text := strings.Replace(study, "many = 20", "many = 20\n  all = [\"A\", \"B\"]", 1)
	text = strings.Replace(text, "label \"A\" {\n  videos = [\"${var.clips}/A.mp4\"]\n}\n", "", 1)
	text = strings.Replace(text, "for_each = [\"B\"]\n  videos   = [\"${each.value}.mp4\"]",
		"for_each = local.all\n  pictures = fileset(\".\", \"*.jpg\")", 1)
	text = strings.Replace(text, `expect = "A"`, `expect = local.all[0]`, 1)
	e := withFootage(t)
	e.open("s.hcl", text)
	for marked, want := range map[string]int{`["‸A"`: 1, `expect = "‸B"`: 2} {
		changes, problem := rename(e, find(t, text, marked), "C")
		if edits := changes[e.uri("s.hcl")]; problem != "" || len(edits) != want {
			t.Errorf("%s: %s %+v", marked, problem, edits)
		}
	}
}

// TestRenameQuotes renames names that are written without quotes to such as need them.
func TestRenameQuotes(t *testing.T) {
	for marked, want := range map[string]string{
		`.sh‸elf.a`: `resolution["32x24"].evaluation["a b"].area`, `B‸ = "B"`: `{ "a b" = "B", `,
	} {
		e := openNames(t, Options{})
		changes, problem := rename(e, find(t, names, marked), "a b")
		renamed := applyAll(names, changes[e.uri("s.hcl")])
		if !strings.Contains(renamed, want) || problem != "" {
			t.Errorf("%s: %s\n%s\nwant %s", marked, problem, renamed, want)
		}
	}
}

// A variable is renamed in the file of values beside the spec as well, on disk and in the editor.
func TestRenameVariable(t *testing.T) {
	e := openNames(t, Options{})
	e.write("s.vars.hcl", "# 𝄞\nclips = \".\"\n")
	values := "file://" + e.dir + "/s.vars.hcl"
	for _, line := range []int{1, 0} {
		changes, problem := rename(e, find(t, names, `"cl‸ips"`), "dir")
		want := []textEdit{{Range: span{place{line, 0}, place{line, 5}}, NewText: "dir"}}
		if problem != "" || !slices.Equal(changes[values], want) {
			t.Errorf("%s %+v, want %+v", problem, changes[values], want)
		}
		e.open("s.vars.hcl", "clips = \".\"\n")
	}
}

// TestRenameRefused holds that a rename is refused where it would change more than a name, or would
// leave a spec with a mistake.
func TestRenameRefused(t *testing.T) {
	computed := strings.Replace(study, `expect = "B"`, `expect = "D"`, 1) + `labels {
  for_each = ["D.mp4"]
  name     = trimsuffix(each.value, ".mp4")
  videos   = [each.value]
}
`
	shared := strings.Replace(study, `area "right" {`, `areas {
    for_each = ["A"]`, 1)
	shared = strings.Replace(shared, `expect = "B"`, `expect = each.key`, 1)
	hidden := strings.Replace(study, `expect = "A"`, `expect = upper("A")`, 1)
	for _, test := range []struct{ text, marked, to, want string }{
		{study, `["‸B"]`, "C", `"B" at line 17 is also part of videos: change it there by hand`},
		{study, `expect = "‸B"`, "C", `"B" at line 17 is also part of videos`},
		{study, `label "‸A"`, "B", `"B" would make the spec wrong: line 17: label "B" is declared`},
		{hidden, `label "‸A"`, "C", `"C" would make the spec wrong: line 42: there is no label "A"`},
		{study, `label "‸A"`, "a/b", "a label's name cannot contain a slash"},
		{study, `label "‸A"`, "", "a label's name is empty"},
		{study, `"‸clips"`, "my clips", `"my clips" is not a valid variable name: use letters`},
		{study, `many‸ =`, "1", `"1" is not a valid local name`},
		{study, `resolution "‸32x24"`, "big", `"big" would make the spec wrong: line 21: `},
		{study, `each.‸value`, "x", "each.value is a word of the language"},
		{study, `epo‸chs`, "x", "there is no name to rename here"},
		{study + "x = [", `label "‸A"`, "C", "the spec cannot be parsed: correct what is marked"},
		{computed, `expect = "D‸"`, "E", `no block declares the label "D" by its name: it cannot`},
		{shared, `label "‸A"`, "C", `"A" at line 45 is also the area's name: change it there`},
	} {
		e := withFootage(t)
		e.write("D.mp4", "")
		e.open("s.hcl", test.text)
		p := find(t, test.text, test.marked)
		if _, problem := rename(e, p, test.to); !strings.HasPrefix(problem, test.want) {
			t.Errorf("%s to %q: %q, want %q", test.marked, test.to, problem, test.want)
		}
	}
}

// Locals that name one another twice double their strings with each step, and one may name itself.
func TestNamesAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 60 {
		fmt.Fprintf(&text, "locals { a%d = concat(local.a%d, local.a%d) }\n", i, i+1, i+1)
	}
	text.WriteString("locals { a60 = [\"x\", local.a60] }\nlabels { for_each = local.a0 }\n" +
		"decide { evaluations = local.a0 }\n")
	e := newEditor(t, Options{}).initialize()
	e.open("s.hcl", text.String())
	if list := definitions(e, "s.hcl", find(t, text.String(), `local.‸a0`)); len(list) != 1 {
		t.Errorf("%+v", list)
	}
}

// The tables of names and paths name blocks and attributes of the language.
func TestTables(t *testing.T) {
	all := map[string]bool{}
	var enter func(blocks []specs.BlockDoc)
	enter = func(blocks []specs.BlockDoc) {
		for _, b := range blocks {
			all[b.Name] = true
			for _, a := range b.Attributes {
				all[b.Name+"."+a.Name] = true
			}
			enter(b.Blocks)
		}
	}
	enter(specs.Language())
	var used []string
	for b := range declaring {
		used = append(used, b)
	}
	for b := range repeated {
		used = append(used, b+".for_each")
	}
	for a := range referring {
		used = append(used, a[0]+"."+a[1])
	}
	for b, list := range pathAttributes {
		for _, a := range list {
			used = append(used, b+"."+a)
		}
	}
	for _, one := range used {
		if !all[one] {
			t.Errorf("the language has no %s", one)
		}
	}
}
