package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// A completionItem is an offer as an editor gets it.
type completionItem struct {
	Label    string
	Kind     int
	TextEdit textEdit
}

type textEdit struct {
	Range   span
	NewText string
}

// offers asks for completion at a place of an open file.
func offers(e *editor, name string, p place) []completionItem {
	e.t.Helper()
	var list struct{ Items []completionItem }
	if err := json.Unmarshal(e.call("textDocument/completion", at(e.uri(name), p)),
		&list); err != nil {
		e.t.Fatal(err)
	}
	return list.Items
}

// apply returns a text after an edit.
func apply(text string, edit textEdit) string {
	d := &document{text: []byte(text)}
	return text[:byteAt(d, edit.Range.Start)] + edit.NewText + text[byteAt(d, edit.Range.End):]
}

// examples returns the example specs by name.
func examples(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../examples/*.hcl")
	more, err2 := filepath.Glob("../examples/*/*.hcl")
	all := map[string]string{}
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = string(text)
	}
	if err != nil || err2 != nil || len(all) < 4 {
		t.Fatal(err, err2, all)
	}
	return all
}

var (
	plainWord  = regexp.MustCompile(`^[\pL\pN_.-]*$`)
	stringText = regexp.MustCompile(`^[^"${}/]*$`)
)

// TestCompletionEdits asks for completion at every place of the examples. An edit stays in its
// line, holds the cursor, replaces one word or one string's text, and leaves a spec that can be
// parsed.
func TestCompletionEdits(t *testing.T) {
	n := 0
	for name, text := range examples(t) {
		e := newEditor(t, Options{}).initialize()
		for _, file := range []string{"APPLE.mp4", "a b.mp4", "shelf.mp4", "train.py"} {
			e.write("footage/"+file, "")
			e.write(file, "")
		}
		e.open(name, text)
		parses := map[textEdit]bool{}
		for i := range text {
			p := placeOf(text[:i])
			for _, item := range offers(e, name, p) {
				n++
				if problem := editProblem(text, p, item, parses); problem != "" {
					t.Errorf("%s:%d:%d: %s: %+v", name, p.Line+1, p.Character+1, problem, item)
				}
			}
		}
	}
	t.Logf("%d edits", n)
	if n < 10_000 {
		t.Errorf("only %d edits", n)
	}
}

// editProblem returns what is wrong with an offer in a text, or "". parses has the edits that were
// tried already: many places are in the same word.
func editProblem(
	text string, cursor place, item completionItem, parses map[textEdit]bool,
) string {
	from, to := item.TextEdit.Range.Start, item.TextEdit.Range.End
	if from.Line != to.Line || from.Line != cursor.Line {
		return "the edit leaves its line"
	}
	if from.Character > cursor.Character || to.Character < cursor.Character {
		return "the edit does not hold the cursor"
	}
	d := &document{text: []byte(text)}
	start, end := byteAt(d, from), byteAt(d, to)
	old := text[start:end]
	inString := strings.ContainsRune(`"}/`, rune(text[max(start-1, 0)])) &&
		strings.ContainsRune(`"$/`, rune(text[min(end, len(text)-1)]))
	if !plainWord.MatchString(old) && !(inString && stringText.MatchString(old)) {
		return fmt.Sprintf("the edit replaces %q", old)
	}
	after := apply(text, item.TextEdit)
	if !strings.HasPrefix(after, text[:start]) || !strings.HasSuffix(after, text[end:]) {
		return "the edit changes other text"
	}
	if !parses[item.TextEdit] && old != "" {
		parses[item.TextEdit] = true
		_, diags := hclsyntax.ParseConfig([]byte(after), "x.hcl", hcl.InitialPos)
		if !diags.HasErrors() {
			return ""
		}
		return fmt.Sprintf("what comes of it cannot be parsed: %q for %q", item.TextEdit.NewText,
			old)
	}
	return ""
}

// BenchmarkAnswers prints what each answer costs in each example after a key was pressed.
func BenchmarkAnswers(b *testing.B) {
	for name, text := range examples(b) {
		d := newDocument("file:///nowhere/"+name, text)
		here := protocol.TextDocumentPositionParams{
			TextDocument: protocol.TextDocumentIdentifier{URI: d.uri},
			Position:     d.position(strings.Index(text, "epochs")),
		}
		used := here
		used.Position = d.position(strings.LastIndex(text, "var.") + len("var."))
		s := &server{}
		for method, answer := range map[string]func() error{
			"completion": func() error {
				_, err := s.completion(b.Context(),
					&protocol.CompletionParams{TextDocumentPositionParams: here})
				return err
			},
			"hover": func() error {
				_, err := s.hover(b.Context(),
					&protocol.HoverParams{TextDocumentPositionParams: here})
				return err
			},
			"rename": func() error {
				_, err := s.rename(b.Context(),
					&protocol.RenameParams{TextDocumentPositionParams: used, NewName: "other"})
				return err
			},
			"symbols": func() error {
				_, err := s.symbols(b.Context(),
					&protocol.DocumentSymbolParams{TextDocument: here.TextDocument})
				return err
			},
			"diagnostics": func() error { s.diagnose(d); return nil },
		} {
			b.Run(method+"/"+name, func(b *testing.B) {
				for b.Loop() {
					s.documents = map[string]*document{d.uri: newDocument(d.uri, text)}
					if err := answer(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// complete asks for completion at the cursor. It returns what each offer would insert.
func complete(t *testing.T, e *editor, name, text string) map[string]string {
	t.Helper()
	src, p := cursor(t, text)
	e.open(name, src)
	var list struct {
		Items []struct {
			Label         string
			Documentation struct{ Value string }
			TextEdit      struct{ NewText string }
		}
	}
	if err := json.Unmarshal(e.call("textDocument/completion", at(e.uri(name), p)),
		&list); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, item := range list.Items {
		if _, again := all[item.Label]; again {
			t.Errorf("%s is offered twice", item.Label)
		}
		all[item.Label] = item.TextEdit.NewText
	}
	return all
}

func TestCompletion(t *testing.T) {
	e := withFootage(t)
	labels := "label \"BANANA\" {}\nlabel \"PRIME\" {}\nevaluation \"s\" {\n  area \"x\" {\n    " +
		"expect = "
	for i, test := range []struct {
		text, offer, insert string // insert "": any
		not                 string // is not offered; "": nothing said
	}{
		{"‸", "dataset", "dataset {\n  ${1}\n}", "frames"},
		{"dat‸", "dataset", "", "label"},
		{"dataset {\n  ‸\n}\n", "frames", "", "epochs"},
		{"dataset {\n  frames = 2\n  ‸\n}\n", "split", "", "frames"},
		{"dataset {\n  split = ‸\n}\n", "random", `"random"`, ""},
		{"dataset {\n  split = \"‸\"\n}\n", "blocks", "blocks", ""},
		{"dataset {\n  split = \"bl‸\n}\n", "blocks", `blocks"`, ""},
		{"dataset {\n  fr‸mes = 2\n}\n", "frames", "frames", ""},
		{"dataset {\n  fr‸\n}\n", "frames", "frames = ", ""},
		{"resol‸ution \"8x6\" {}\n", "resolution", "resolution", ""},
		{"dataset {\n  frames = m‸n(2, 3)\n}\n", "min", "min", ""},
		{"# data‸\n", "", "", "dataset"},
		{"/* data‸ */\n", "", "", "dataset"},
		{"hyperparameters {\n  early_stopping =‸ true\n}\n", "", "", "true"},
		{"dataset {\n  split = \"blocks\" ‸\n}\n", "", "", "random"},
		{"hyperparameters {\n  early_stopping = ‸\n}\n", "true", "", ""},
		{"resolution \"8x6\" {\n  hyperparameters {\n    ep‸\n  }\n}\n", "epochs", "", "frames"},
		{"trainer \"‸\" {}\n", "sagemaker", "", ""},
		{"trainer \"local\" {\n  ‸\n}\n", "threads", "", "region"},
		{"trainer \"local\" {\n  fine‸\n}\n", "fine_tune", "", "device"},
		{"trainer \"local\" {\n  fine_tune = ‸\n}\n", "true", "", "1"},
		{"hyperparameters {\n  use_‸\n}\n", "use_pretrained_model", "", "epochs"},
		{"hyperparameters {\n  use_weighted_loss = ‸\n}\n", "1", "1", ""},
		{"trainer \"sagemaker\" {\n  ‸\n}\n", "region", "", "threads"},
		{"trainer \"sagemaker\" {\n  ‸\n}\n", "image", "", "fine_tune"},
		{"variable \"n\" { default = 3 }\ndataset {\n  frames = var.‸\n}\n", "var.n", "", ""},
		{"locals {\n  a = 1\n  b = local.‸\n}\n", "local.a", "", "local.b"},
		{"labels {\n  for_each = [\"a\"]\n  videos = [each.‸]\n}\n", "each.value", "", ""},
		{"dataset {\n  gap = each.‸\n}\nlabels {\n  for_each = [1]\n}\n", "", "", "each.value"},
		{"dataset {\n  frames = mi‸\n}\n", "min", "", "max"},
		{labels + "‸\n  }\n}\n", "BANANA", `"BANANA"`, ""},
		{labels + "\"‸\"\n  }\n}\n", "PRIME", "PRIME", ""},
		{"evaluation \"e\" {}\ndecide {\n  evaluations = [‸]\n}\n", "e", `"e"`, ""},
		{"evaluation \"e\" {\n  grade \"◎\" {}\n}\ngate \"g\" {\n  require \"8x6\" {\n    grade = " +
			"\"‸\"\n  }\n}\n", "◎", "◎", "e"},
		{"evaluation \"e\" {}\ngate \"g\" {\n  require \"8x6\" {\n    evaluation = ‸\n  }\n}\n",
			"e", `"e"`, ""},
		{"decide {\n  reference = ‸\n}\n", "largest", `"largest"`, ""},
		{"resolution \"8x6\" {}\ndecide {\n  reference = \"‸\"\n}\n", "8x6", "8x6", "smallest"},
		{"resolution \"8x6\" {}\ngate \"g\" {\n  require \"‸\" {}\n}\n", "8x6", "8x6", ""},
		{"variable \"x\" {\n  type = ‸\n}\n", "string", "", ""},
		{"evaluation \"x\" {\n  ‸\n}\n", "grid", "", "camera"},
	} {
		all := complete(t, e, fmt.Sprintf("c%d.hcl", i), test.text)
		insert, ok := all[test.offer]
		if test.offer != "" && !ok || test.insert != "" && insert != test.insert {
			t.Errorf("%q: %v, want %s", test.text, all, test.offer)
		}
		if _, ok := all[test.not]; test.not != "" && ok {
			t.Errorf("%q: %s is offered", test.text, test.not)
		}
	}
	if all := complete(t, e, "study.hcl",
		strings.Replace(study, `expect = "B"`, `expect = "‸"`, 1)); all["B"] != "B" {
		t.Errorf("a label of for_each is not offered: %v", all)
	}
}

func TestCompletionOutsideASpec(t *testing.T) {
	if all := complete(t, withFootage(t), "x.vars.hcl", "‸"); len(all) != 0 {
		t.Errorf("in a file of variables: %v", all)
	}
}
