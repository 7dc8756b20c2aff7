package lsp

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// An action is a code action as an editor gets it.
type action struct {
	Title       string
	Kind        string
	IsPreferred bool
	Diagnostics []diagnostic
	Edit        struct{ Changes map[string][]textEdit }
}

func actions(e *editor, name string, at span) (list []action) {
	e.t.Helper()
	if err := json.Unmarshal(e.call("textDocument/codeAction", map[string]any{
		"textDocument": map[string]any{"uri": e.uri(name)}, "range": at,
		"context": map[string]any{"diagnostics": []any{}}}), &list); err != nil {
		e.t.Fatal(err)
	}
	return list
}

// TestSuggestions makes one mistake of each kind, and follows what the server suggests: the study
// is then right again.
func TestSuggestions(t *testing.T) {
	const more = `
gate "g" {
  require "32x24" {
    evaluation = "shelf"
    grade      = "good"
  }
}
decide { evaluations = ["shelf"] }
trainer "local" { device = "cpu" }
`
	right := strings.Replace(study, "  area \"left\"", "  grade \"good\" { every_area = 0.5 }\n"+
		"  grade \"bad\" {}\n  area \"left\"", 1) + more
	for _, test := range []struct{ right, wrong string }{
		{"frames = local", "frmes = local"}, {"local.many", "local.manny"},
		{"local.many", "many"}, {"${var.clips}", "${var.clps}"}, {"${var.clips}", "${clips}"},
		{"dataset {", "datset {"}, {`expect = "A"`, `expect = "AA"`},
		{`require "32x24"`, `require "32x4"`}, {`= "shelf"`, `= "shlf"`},
		{`["shelf"]`, `["shlf"]`}, {`= "good"`, `= "god"`}, {`trainer "local"`, `trainer "locl"`},
		{`device = "cpu"`, `device = "𝄞cpu"`}, {"local.many", "minn(local.many, 30)"},
	} {
		e := withFootage(t)
		want := right
		if strings.HasPrefix(test.wrong, "minn") {
			want = strings.Replace(right, test.right, "min(local.many, 30)", 1)
		}
		wrong := strings.Replace(right, test.right, test.wrong, 1)
		e.open("s.hcl", wrong)
		found := e.diagnostics("s.hcl")
		if len(found) != 1 {
			t.Fatalf("%s: %+v", test.wrong, found)
		}
		list := actions(e, "s.hcl", found[0].Range)
		if len(list) != 1 || list[0].Kind != "quickfix" || !list[0].IsPreferred ||
			len(list[0].Diagnostics) != 1 || list[0].Diagnostics[0].Message != found[0].Message {
			t.Errorf("%s: %+v", test.wrong, list)
			continue
		}
		edits := list[0].Edit.Changes[e.uri("s.hcl")]
		if got := applyAll(wrong, edits); got != want ||
			list[0].Title != "Change to "+edits[0].NewText {
			t.Errorf("%s: %s gives\n%s", test.wrong, list[0].Title, got)
		}
		if found[0].Data != edits[0] {
			t.Errorf("%s: the diagnostic has %+v", test.wrong, found[0].Data)
		}
		elsewhere := span{place{0, 0}, place{0, 3}}
		if list := actions(e, "s.hcl", elsewhere); len(list) != 0 {
			t.Errorf("%s: in another place: %+v", test.wrong, list)
		}
	}
}

// What has several choices, or is wrong in a value that another place gives, has no action.
func TestNoSuggestion(t *testing.T) {
	e := withFootage(t)
	for _, wrong := range []string{`split = "zzzzzz"`, `split = local.kind`} {
		text := strings.Replace(study, "frames = local.many", wrong, 1)
		text = strings.Replace(text, "many = 20", `kind = "blcks"`, 1)
		e.open("s.hcl", text)
		found := e.diagnostics("s.hcl")
		if len(found) != 1 {
			t.Fatalf("%s: %+v", wrong, found)
		}
		if list := actions(e, "s.hcl", found[0].Range); len(list) != 0 {
			t.Errorf("%s: %+v", wrong, list)
		}
	}
}

// An outlined symbol is a part of a document's outline as an editor gets it.
type outlined struct {
	Name                  string
	Range, SelectionRange span
	Children              []outlined
}

func TestSymbols(t *testing.T) {
	e := withFootage(t)
	e.open("s.hcl", study)
	var list []outlined
	if err := json.Unmarshal(e.call("textDocument/documentSymbol", map[string]any{
		"textDocument": map[string]any{"uri": e.uri("s.hcl")}}), &list); err != nil {
		t.Fatal(err)
	}
	var names []string
	var walk func(list []outlined, margin string)
	walk = func(list []outlined, margin string) {
		for _, one := range list {
			names = append(names, margin+one.Name)
			if one.SelectionRange.Start != one.Range.Start ||
				one.SelectionRange.End.Line != one.Range.Start.Line {
				t.Errorf("%+v", one)
			}
			walk(one.Children, margin+"  ")
		}
	}
	walk(list, "")
	for _, want := range []string{`study "s"`, `variable "clips"`, "  default", "  many", "labels",
		"  for_each", `evaluation "shelf"`, "  frame", "    width", `  area "left"`, "    expect"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %q in %q", want, names)
		}
	}
	if len(list) != 9 || list[8].Range.Start != find(t, study, `‸evaluation "shelf"`) ||
		list[8].Range.End != placeOf(strings.TrimSuffix(study, "\n")) {
		t.Errorf("%d blocks: %+v", len(list), list)
	}
}

// An editor that knows no nested symbols, or no actions beside commands, is not offered them.
func TestOlderEditor(t *testing.T) {
	e := newEditor(t, Options{})
	result := string(e.call("initialize",
		map[string]any{"processId": nil, "rootUri": nil, "capabilities": map[string]any{
			"textDocument": map[string]any{"codeAction": map[string]any{},
				"documentSymbol": map[string]any{}}}}))
	if strings.Contains(result, "codeActionProvider") ||
		strings.Contains(result, `"documentSymbolProvider":true`) {
		t.Error(result)
	}
}
