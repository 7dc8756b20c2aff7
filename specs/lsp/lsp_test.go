package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/specs"
)

const study = `study "s" {}

variable "clips" {
  default     = "."
  description = "the folder"
}

locals {
  many = 20
}

label "A" {
  videos = ["${var.clips}/A.mp4"]
}

labels {
  for_each = ["B"]
  videos   = ["${each.value}.mp4"]
}

resolution "32x24" {}

dataset {
  frames = local.many
}

hyperparameters {
  num_layers      = 8
  image_shape     = "3,32,32"
  epochs          = 2
  mini_batch_size = 4
}

evaluation "shelf" {
  video = "A.mp4"
  frame {
    width  = 64
    height = 48
  }
  area "left" {
    rect   = [0, 0, 32, 48]
    expect = "A"
  }
  area "right" {
    rect   = [32, 0, 32, 48]
    expect = "B"
  }
}
`

// withFootage returns an editor in a folder with the study's videos.
func withFootage(t *testing.T) *editor {
	e := newEditor(t, Options{Version: "1"}).initialize()
	e.write("A.mp4", "")
	e.write("B.mp4", "")
	return e
}

func TestConversation(t *testing.T) {
	e := newEditor(t, Options{Version: "1.2"})
	if m := e.ask("textDocument/hover", at(e.uri("s.hcl"), place{})); m.Error == nil ||
		m.Error.Code != -32002 {
		t.Errorf("before initialize: %+v", m)
	}
	result := string(e.call("initialize",
		map[string]any{"processId": nil, "rootUri": nil, "capabilities": map[string]any{}}))
	for _, want := range []string{`"hoverProvider":true`, `"definitionProvider":true`,
		`"referencesProvider":true`, `"renameProvider":{"prepareProvider":true}`,
		`"documentFormattingProvider":true`, `"name":"snellen","version":"1.2"`} {
		if !strings.Contains(result, want) {
			t.Errorf("no %s in %s", want, result)
		}
	}
	e.notify("initialized", map[string]any{})
	// What the server does not know is passed over.
	e.notify("$/setTrace", map[string]any{"value": "off"})
	if m := e.ask("textDocument/foldingRange", map[string]any{}); m.Error == nil ||
		m.Error.Code != -32601 {
		t.Errorf("an unknown request: %+v", m)
	}
	if got := e.call("shutdown", nil); string(got) != "null" {
		t.Errorf("shutdown: %s", got)
	}
	if m := e.ask("textDocument/hover", at(e.uri("s.hcl"), place{})); m.Error == nil ||
		m.Error.Code != -32600 {
		t.Errorf("after shutdown: %+v", m)
	}
	e.notify("exit", nil)
	if err := <-e.end; err != nil {
		t.Errorf("the end: %v", err)
	}
}

func TestDisconnect(t *testing.T) {
	e := newEditor(t, Options{}).initialize()
	e.out.Close()
	if err := <-e.end; err != ErrDisconnected {
		t.Errorf("%v", err)
	}
}

func TestDiagnostics(t *testing.T) {
	e := withFootage(t)
	e.open("s.hcl", study)
	if found := e.diagnostics("s.hcl"); len(found) != 0 {
		t.Fatalf("of a good study: %+v", found)
	}
	const mistakes = "frmes = \"𝄞\" # é\n  split = \"𝄞𝄞x\""
	wrong := strings.Replace(study, "frames = local.many", mistakes, 1)
	e.notify("textDocument/didChange",
		map[string]any{"textDocument": map[string]any{"uri": e.uri("s.hcl"), "version": 2},
			"contentChanges": []any{map[string]any{"text": wrong}}})
	found := e.diagnostics("s.hcl")
	if len(found) != 2 {
		t.Fatalf("%+v", found)
	}
	before, _, _ := strings.Cut(wrong, "frmes")
	name := span{placeOf(before), placeOf(before + "frmes")}
	if f := found[0]; f.Range != name || f.Severity != 1 || f.Source != "snellen" ||
		!strings.Contains(f.Message, `there is no attribute "frmes"`) ||
		!strings.Contains(f.Message, "\ndid you mean \"frames\"?") {
		t.Errorf("%+v, want it at %v", f, name)
	}
	before, _, _ = strings.Cut(wrong, `"𝄞𝄞x"`)
	value := span{placeOf(before), placeOf(before + `"𝄞𝄞x"`)}
	if f := found[1]; f.Range != value || value.End.Character-value.Start.Character != 7 {
		t.Errorf("in UTF-16: %+v, want it at %v", f, value)
	}
	e.notify("textDocument/didClose",
		map[string]any{"textDocument": map[string]any{"uri": e.uri("s.hcl")}})
	if found := e.diagnostics("s.hcl"); len(found) != 0 {
		t.Errorf("of a closed file: %+v", found)
	}
}

// A variable without a value is no mistake. A mistake in NAME.vars.hcl is shown in the spec, as
// soon as the file is saved.
func TestDiagnosticsOfOtherFiles(t *testing.T) {
	e := withFootage(t)
	open := strings.Replace(study, "  default     = \".\"\n", "", 1)
	e.open("s.hcl", open)
	if found := e.diagnostics("s.hcl"); len(found) != 0 {
		t.Errorf("a variable without a value: %+v", found)
	}
	e.write("s.vars.hcl", "clip = 1\n")
	e.notify("textDocument/didSave",
		map[string]any{"textDocument": map[string]any{"uri": e.uri("s.vars.hcl")}})
	if found := e.diagnostics("s.hcl"); len(found) != 1 ||
		!strings.Contains(found[0].Message, `s.vars.hcl:1: `) || found[0].Range != (span{}) {
		t.Errorf("%+v", found)
	}
	e.open("t.vars.hcl", "a = \nb")
	if found := e.diagnostics("t.vars.hcl"); len(found) == 0 {
		t.Error("a file of variables that cannot be read")
	}
	e.open("u.vars.hcl", "a = 1\n")
	if found := e.diagnostics("u.vars.hcl"); len(found) != 0 {
		t.Errorf("a file of variables is no spec: %+v", found)
	}
}

func TestRulesOfOthers(t *testing.T) {
	rule := func(s *specs.Study) []specs.Problem {
		return []specs.Problem{{At: s.Resolutions[0].At, Message: "too small", Warning: true}}
	}
	e := newEditor(t, Options{Rules: rule}).initialize()
	e.write("A.mp4", "")
	e.write("B.mp4", "")
	e.open("s.hcl", study)
	found := e.diagnostics("s.hcl")
	before, _, _ := strings.Cut(study, `resolution "32x24"`)
	if len(found) != 1 || found[0].Severity != 2 ||
		found[0].Range != (span{placeOf(before), placeOf(before + `resolution "32x24" {}`)}) {
		t.Errorf("%+v", found)
	}
}

// TestHover holds that the documentation of each attribute is that of the reference.
func TestHover(t *testing.T) {
	e := withFootage(t)
	n := 0
	hoverAll(t, e, specs.Language(), "", "", &n)
	if n < 100 {
		t.Errorf("the language has %d attributes", n)
	}
}

// hoverAll hovers over every attribute of the blocks, with text before and after them, and counts
// the attributes.
func hoverAll(t *testing.T, e *editor, blocks []specs.BlockDoc, before, after string, n *int) {
	t.Helper()
	reference := specs.Reference()
	for _, b := range blocks {
		label := ""
		if b.Label != "" {
			label = fmt.Sprintf(" %q", b.Label)
		}
		head := before + b.Name + label + " {\n"
		for _, a := range b.Attributes {
			if a.Unsupported {
				continue
			}
			text := hover(t, e, fmt.Sprintf("h%d.hcl", *n),
				head+a.Name[:1]+"‸"+a.Name[1:]+" = 1\n}\n"+after)
			meaning, _, _ := strings.Cut(a.Text, "\n\n")
			if !strings.Contains(text, meaning) ||
				!strings.Contains(reference, strings.ReplaceAll(meaning, "|", `\|`)) {
				t.Errorf("%s.%s: %q, want %q", b.Name, a.Name, text, meaning)
			}
			*n++
		}
		hoverAll(t, e, b.Blocks, head, "}\n"+after, n)
	}
}

func TestHoverElsewhere(t *testing.T) {
	e := withFootage(t)
	for i, test := range []struct{ text, want string }{
		{"data‸set {}", "Which frames are used"},
		{"trainer \"sage‸maker\" {}", "Amazon SageMaker trains"},
		{strings.Replace(study, "${var.clips}", "${var.cl‸ips}", 1), "the folder"},
		{strings.Replace(study, "local.many", "local.many‸", 1), "number"},
		{"labels {\n  for_each = fil‸eset(\".\", \"*\")\n}\n", "matches a pattern"},
		{"hyperparameters {\n  learning‸_rate = 1\n}\n", "pretrained: "},
		{"trainer \"local\" {\n  pre‸trained = \"x\"\n}\n", "the built-in SqueezeNet 1.1"},
		{"sha‸red {}\n", "Who may write to it can make all others believe"},
		{"shared {\n  read_on‸ly = true\n}\n", "send nothing"},
		{"dataset {\n  split = \"blo‸cks\"\n}\n", "how frames are divided"},
	} {
		if got := hover(t, e, fmt.Sprintf("o%d.hcl", i), test.text); !strings.Contains(got,
			test.want) {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
	secret := "variable \"key\" {\n  default = \"hunter2\"\n  sensitive = true\n}\n" +
		"trainer \"local\" {\n  pretrained = var.k‸ey\n}\n"
	if got := hover(t, e, "secret.hcl", secret); !strings.Contains(got, "var.key") ||
		strings.Contains(got, "hunter2") {
		t.Errorf("of a sensitive variable: %q", got)
	}
	if got := hover(t, e, "nothing.hcl", "# com‸ment\n"); got != "" {
		t.Errorf("of a comment: %q", got)
	}
}

// TestHoverVideo hovers over the paths of videos: the editor shows what the caller knows of them.
func TestHoverVideo(t *testing.T) {
	describe := func(ctx context.Context, path string, stream *int) string {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("an editor may wait forever")
		}
		text := "about " + filepath.Base(path)
		if stream != nil {
			text += fmt.Sprintf(" %d", *stream)
		}
		return text
	}
	e := newEditor(t, Options{DescribeVideo: describe}).initialize()
	for _, name := range []string{"A.mp4", "B.mp4", "C.mp4", "D.mp4", "E.mp4"} {
		if err := os.WriteFile(filepath.Join(e.dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	const spec = `variable "dir" { default = "." }
label "A" {
  videos = ["A.mp4", "B.mp4"]
  stream = 2
}
labels {
  for_each = ["C", "D"]
  videos   = ["${var.dir}/${each.value}.mp4"]
}
evaluation "shelf" {
  video = "${var.dir}/E.mp4"
}
`
	for i, test := range []struct{ find, put, want string }{
		{`"A.mp4"`, `"A.m‸p4"`, "about A.mp4 2"},
		{`"B.mp4"`, `"‸B.mp4"`, "about B.mp4 2"},
		{`}/E.mp4`, `}/E‸.mp4`, "about E.mp4"},
		{`}.mp4`, `}.m‸p4`, "about C.mp4\n\nabout D.mp4"},
		{`"${var.dir}/E`, `"${var.d‸ir}/E`, "`var.dir`"},
		{`video = "`, `vi‸deo = "`, "**video**"},
	} {
		name := fmt.Sprintf("v%d.hcl", i)
		got := hover(t, e, name, strings.Replace(spec, test.find, test.put, 1))
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q, want %q", test.put, got, test.want)
		}
	}
}

func hover(t *testing.T, e *editor, name, text string) string {
	t.Helper()
	src, p := cursor(t, text)
	e.open(name, src)
	var h struct{ Contents struct{ Kind, Value string } }
	if err := json.Unmarshal(e.call("textDocument/hover", at(e.uri(name), p)), &h); err != nil {
		t.Fatal(err)
	}
	return h.Contents.Value
}

func TestFormatting(t *testing.T) {
	e := withFootage(t)
	crooked := "study   \"é𝄞\"   {\n      seed=1 # 𝄞\n\n\n}"
	e.open("f.hcl", crooked)
	var edits []struct {
		Range   span
		NewText string
	}
	options := map[string]any{"textDocument": map[string]any{"uri": e.uri("f.hcl")},
		"options": map[string]any{"tabSize": 2, "insertSpaces": true}}
	if err := json.Unmarshal(e.call("textDocument/formatting", options), &edits); err != nil {
		t.Fatal(err)
	}
	got := crooked
	d := newDocument("file:///f.hcl", crooked)
	for _, edit := range slices.Backward(edits) { // places are those of the text before
		got = got[:byteAt(d, edit.Range.Start)] + edit.NewText + got[byteAt(d, edit.Range.End):]
	}
	want, _ := specs.Format([]byte(crooked))
	if got != string(want) || len(edits) < 2 {
		t.Errorf("%d edits give\n%s\nwant\n%s", len(edits), got, want)
	}
	e.open("f.hcl", "study {")
	if result := e.call("textDocument/formatting", options); string(result) != "null" {
		t.Errorf("what cannot be read: %s", result)
	}
}

// TestHalfTyped opens a study that is cut at every byte, as if it were being typed.
func TestHalfTyped(t *testing.T) {
	e := withFootage(t)
	for i := range len(study) {
		e.open("s.hcl", study[:i])
		p := placeOf(study[:i])
		params := at(e.uri("s.hcl"), p)
		params["context"] = map[string]any{"diagnostics": []any{}}
		params["range"] = span{p, p}
		for _, method := range []string{"completion", "hover", "definition", "references",
			"documentSymbol", "codeAction"} {
			if m := e.ask("textDocument/"+method, params); m.Error != nil {
				t.Fatalf("%s behind %q: %s", method, study[max(0, i-40):i], m.Error.Message)
			}
		}
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(study, uint16(10), uint16(3))
	f.Add("label \"𝄞\" {\r\n  videos = [\"é‸\r\n", uint16(1), uint16(40))
	f.Add(strings.Repeat("[", 100), uint16(0), uint16(9))
	f.Fuzz(func(t *testing.T, text string, line, letter uint16) {
		d := newDocument("file:///nowhere/s.hcl", text)
		at := d.offset(position(line, letter))
		if at < 0 || at > len(text) || d.offset(d.position(at)) != at {
			t.Fatalf("offset %d of %d, which is at %+v", at, len(text), d.position(at))
		}
		s := &server{documents: map[string]*document{d.uri: d}}
		id := protocol.TextDocumentIdentifier{URI: d.uri}
		here := protocol.TextDocumentPositionParams{TextDocument: id,
			Position: position(line, letter)}
		s.completion(t.Context(), &protocol.CompletionParams{TextDocumentPositionParams: here})
		s.hover(t.Context(), &protocol.HoverParams{TextDocumentPositionParams: here})
		s.definition(t.Context(), &protocol.DefinitionParams{TextDocumentPositionParams: here})
		s.references(t.Context(), &protocol.ReferenceParams{TextDocumentPositionParams: here})
		s.symbols(t.Context(), &protocol.DocumentSymbolParams{TextDocument: id})
		s.rename(t.Context(), &protocol.RenameParams{TextDocumentPositionParams: here,
			NewName: "x"})
		for _, found := range s.diagnose(d) {
			d.diagnostic(found)
			from, to := found.Span()
			if found.At.File == "/nowhere/s.hcl" {
				d.correction(found)
			}
			if found.At.File == "/nowhere/s.hcl" && (from < 0 || to < from || to > len(text)) {
				t.Fatalf("%s: bytes %d to %d of %d", found.Message, from, to, len(text))
			}
		}
	})
}
