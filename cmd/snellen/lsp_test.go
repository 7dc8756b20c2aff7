package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestLSP holds a conversation with the program over its pipes; specs/lsp has the long ones.
func TestLSP(t *testing.T) {
	cmd := exec.Command("snellen", "lsp")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(out)
	// want: what an answer has that is waited for, or ""
	for _, turn := range []struct{ say, want string }{
		{`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}`, `"hoverProvider":true`},
		{`{"jsonrpc":"2.0","method":"initialized","params":{}}`, ""},
		{`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///nowhere/s.hcl","languageId":"hcl","version":1,"text":"dataset {\n  frmes = 2\n}\n"}}}`, `did you mean \"frames\"?`},
		{`{"jsonrpc":"2.0","id":2,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///nowhere/s.hcl"},"position":{"line":0,"character":2}}}`, `Which frames are used`},
		{`{"jsonrpc":"2.0","id":3,"method":"shutdown"}`, `"id":3,"result":null`},
		{`{"jsonrpc":"2.0","method":"exit"}`, ""},
	} {
		if _, err := fmt.Fprintf(in, "Content-Length: %d\r\n\r\n%s", len(turn.say),
			turn.say); err != nil {
			t.Fatal(err)
		}
		if turn.want == "" {
			continue
		}
		if got := frame(t, answers); !strings.Contains(got, turn.want) {
			t.Errorf("said %s\ngot %s\nwant %s", turn.say, got, turn.want)
		}
	}
	if err := cmd.Wait(); err != nil { // its input is still open
		t.Error(err)
	}
}

func frame(t *testing.T, in *bufio.Reader) string {
	t.Helper()
	head, err := textproto.NewReader(in).ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(head.Get("Content-Length"))
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(in, data); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestLSPWithoutAnEditor(t *testing.T) {
	cmd := exec.Command("snellen", "lsp")
	cmd.Stdin = &bytes.Buffer{}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out),
		"error: the editor closed the connection without a shutdown") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestLSPVideo hovers over the path of a video that was filmed with the camera held upright.
func TestLSPVideo(t *testing.T) {
	dir := t.TempDir()
	made, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i",
		"testsrc=s=64x48:r=10:d=3", "-vf", "setsar=4/3", "-pix_fmt", "yuv420p",
		filepath.Join(dir, "A.mp4")).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("ffmpeg is not installed")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, made)
	}
	cmd := exec.Command("snellen", "lsp")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // it ends with its input
	defer in.Close()
	answers := bufio.NewReader(out)
	say := func(text string) {
		fmt.Fprintf(in, "Content-Length: %d\r\n\r\n%s", len(text), text)
	}
	uri := "file://" + filepath.ToSlash(dir) + "/s.hcl"
	say(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}`)
	frame(t, answers)
	say(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"` + uri +
		`","languageId":"hcl","version":1,"text":"label \"A\" { videos = [\"A.mp4\"] }\n"}}}`)
	frame(t, answers) // diagnostics
	const want = "`A.mp4`: 86x48, 10 frames a second, 3.0 s\\n- pixels of 4:3 made square"
	for id := 2; ; id++ {
		say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/hover","params":`+
			`{"textDocument":{"uri":%q},"position":{"line":0,"character":26}}}`, id, uri))
		got := frame(t, answers)
		if strings.Contains(got, "is being looked at") && id < 30 {
			continue // each answer waits for a second
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s\nwant %s", got, want)
		}
		return
	}
}

// pyglsClient is an editor in Python: it edits a spec by what the server offers, and prints what
// comes of it. The library refuses answers that are not in the protocol's form.
const pyglsClient = `
import asyncio, sys
from lsprotocol import types as t
from pygls.lsp.client import BaseLanguageClient

async def main(path):
    client = BaseLanguageClient("editor", "1")
    told = asyncio.Queue()
    @client.feature(t.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def tell(found):
        told.put_nowait(found)
    await client.start_io("snellen", "lsp")
    supports = t.ClientCapabilities(text_document=t.TextDocumentClientCapabilities(
        document_symbol=t.DocumentSymbolClientCapabilities(
            hierarchical_document_symbol_support=True),
        code_action=t.CodeActionClientCapabilities(
            code_action_literal_support=t.ClientCodeActionLiteralOptions(
                code_action_kind=t.ClientCodeActionKindOptions(value_set=["quickfix"])))))
    await client.initialize_async(t.InitializeParams(capabilities=supports))
    client.initialized(t.InitializedParams())
    uri, text = "file://" + path, open(path, encoding="utf-8").read()
    doc = t.TextDocumentIdentifier(uri=uri)

    async def show(new):
        nonlocal text
        text = new
        client.text_document_did_open(t.DidOpenTextDocumentParams(
            text_document=t.TextDocumentItem(uri=uri, language_id="hcl", version=1, text=new)))
        return (await told.get()).diagnostics

    def place(part):
        before = text[:text.index(part)]
        line = before.rsplit("\n", 1)[-1]
        return t.Position(line=before.count("\n"), character=len(line.encode("utf-16-le")) // 2)

    def edited(edits):
        lines = text.splitlines(keepends=True)
        last = lambda e: (-e.range.start.line, -e.range.start.character)
        for e in sorted(edits, key=last):
            assert e.range.start.line == e.range.end.line, e
            units = lines[e.range.start.line].encode("utf-16-le")
            lines[e.range.start.line] = (units[:2 * e.range.start.character].decode("utf-16-le") +
                e.new_text + units[2 * e.range.end.character:].decode("utf-16-le"))
        return "".join(lines)

    async def accept(part, label):
        offers = await client.text_document_completion_async(
            t.CompletionParams(text_document=doc, position=place(part)))
        return edited([o.text_edit for o in offers.items if o.label == label])

    diagnostics = await show(text)
    actions = await client.text_document_code_action_async(t.CodeActionParams(text_document=doc,
        range=diagnostics[0].range, context=t.CodeActionContext(diagnostics=diagnostics)))
    print("action:", actions[0].title)
    print("left:", len(await show(edited(actions[0].edit.changes[uri]))))
    print("left:", len(await show(await accept("split =", "gap"))))
    print("left:", len(await show(await accept("A.mp4", "B é.mp4"))))
    renamed = await client.text_document_rename_async(
        t.RenameParams(text_document=doc, position=place('🍌" {'), new_name="Käse"))
    print("left:", len(await show(edited(renamed.changes[uri]))))
    references = await client.text_document_references_async(t.ReferenceParams(text_document=doc,
        position=place('"Käse" {'), context=t.ReferenceContext(include_declaration=True)))
    symbols = await client.text_document_document_symbol_async(
        t.DocumentSymbolParams(text_document=doc))
    print("references:", len(references), "symbols:", len(symbols))
    sys.stdout.write(text)
    await client.shutdown_async(None)
    client.exit(None)

sys.stdout.reconfigure(encoding="utf-8")
asyncio.run(asyncio.wait_for(main(sys.argv[1]), 60))
`

// TestLSPPygls has the client of pygls edit a spec by completion, by a suggestion, and by renaming.
func TestLSPPygls(t *testing.T) {
	python := cmp.Or(os.Getenv("SNELLEN_PYTHON"), "python3")
	dir := t.TempDir()
	if err := exec.Command(python, "-c", "import pygls.lsp.client").Run(); err != nil {
		t.Skip("Python has no pygls; SNELLEN_PYTHON may name one that has")
	}
	const spec = `study "s" {}
label "🍌" { videos = ["A.mp4"] }
label "C" { videos = ["C.mp4"] }
resolution "32x24" {}
dataset {
  frmes = 20
  split = 0.5
}
hyperparameters { use_pretrained_model = 1 }
evaluation "é🎈" {
  stills = ["s.jpg"]
  area "x" {
    rect   = [0, 0, 8, 8]
    expect = "🍌"
  }
}
`
	for _, name := range []string{"A.mp4", "B é.mp4", "C.mp4", "s.jpg", "s.hcl"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(spec), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	client := exec.Command(python, "-c", pyglsClient, filepath.Join(dir, "s.hcl"))
	out, err := client.CombinedOutput()
	want := `action: Change to frames
left: 1
left: 0
left: 0
left: 0
references: 2 symbols: 7
` + strings.NewReplacer("🍌", "Käse", "frmes", "frames", "split", "gap", "A.mp4", "B é.mp4").
		Replace(spec)
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
}
