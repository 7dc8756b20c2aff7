package lsp

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	protocol "github.com/tliron/glsp/protocol_3_16"
)

// An editor is the other end of a conversation. It reads and writes frames itself, so that a fault
// of the server's library is not hidden by the same fault in the client.
type editor struct {
	t             *testing.T
	frames        chan received // what the server sent, in order
	out           io.WriteCloser
	next          int
	notifications []message // notifications that came and were not asked for yet
	end           chan error
	dir           string
}

// A received is a message of the server, or the error that ended the conversation.
type received struct {
	message
	err error
}

type message struct {
	ID     *int            `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// newEditor starts a server.
func newEditor(t *testing.T, o Options) *editor {
	t.Helper()
	serverIn, out := io.Pipe()
	in, serverOut := io.Pipe()
	e := &editor{t: t, frames: make(chan received, 1000), out: out, end: make(chan error, 1),
		dir: t.TempDir()}
	go func() { e.end <- Serve(t.Context(), serverIn, serverOut, o) }()
	// The server reads nothing while it sends, and these pipes hold nothing. So what it sends is read
	// at once, while the test writes, as editors do.
	go func() {
		for in := bufio.NewReader(in); ; {
			m, err := readFrame(in)
			e.frames <- received{m, err}
			if err != nil {
				return
			}
		}
	}()
	return e
}

func (e *editor) initialize() *editor {
	e.t.Helper()
	snippets := map[string]any{"completionItem": map[string]any{"snippetSupport": true}}
	e.call("initialize", map[string]any{"processId": nil, "rootUri": nil,
		"capabilities": map[string]any{"textDocument": map[string]any{
			"completion":     snippets,
			"documentSymbol": map[string]any{"hierarchicalDocumentSymbolSupport": true},
			"codeAction": map[string]any{"codeActionLiteralSupport": map[string]any{
				"codeActionKind": map[string]any{"valueSet": []string{"quickfix"}}}},
		}}})
	e.notify("initialized", map[string]any{})
	return e
}

func (e *editor) send(m map[string]any) {
	e.t.Helper()
	m["jsonrpc"] = "2.0"
	data, err := json.Marshal(m)
	if err == nil {
		_, err = fmt.Fprintf(e.out, "Content-Length: %d\r\n\r\n%s", len(data), data)
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *editor) notify(method string, params any) {
	e.t.Helper()
	e.send(map[string]any{"method": method, "params": params})
}

// receive waits for the server's next message.
func (e *editor) receive() message {
	e.t.Helper()
	f := <-e.frames
	if f.err != nil {
		e.t.Fatalf("read a frame: %v", f.err)
	}
	return f.message
}

// readFrame reads one frame.
func readFrame(in *bufio.Reader) (m message, err error) {
	head, err := textproto.NewReader(in).ReadMIMEHeader()
	if err != nil {
		return message{}, err
	}
	n, err := strconv.Atoi(head.Get("Content-Length"))
	if err != nil {
		return message{}, err
	}
	data := make([]byte, n)
	if _, err = io.ReadFull(in, data); err != nil {
		return message{}, err
	}
	err = json.Unmarshal(data, &m)
	return m, err
}

// ask sends a request and returns its answer. Notifications that arrive first are stored.
func (e *editor) ask(method string, params any) message {
	e.t.Helper()
	e.next++
	request := map[string]any{"id": e.next, "method": method}
	if params != nil {
		request["params"] = params
	}
	e.send(request)
	for {
		m := e.receive()
		if m.ID != nil && *m.ID == e.next {
			return m
		}
		e.notifications = append(e.notifications, m)
	}
}

// call sends a request that must succeed, and returns the result.
func (e *editor) call(method string, params any) json.RawMessage {
	e.t.Helper()
	m := e.ask(method, params)
	if m.Error != nil {
		e.t.Fatalf("%s: %d %s", method, m.Error.Code, m.Error.Message)
	}
	return m.Result
}

// uri names a file of the editor's folder.
func (e *editor) uri(name string) string { return "file://" + filepath.Join(e.dir, name) }

func (e *editor) open(name, text string) {
	e.t.Helper()
	e.notify("textDocument/didOpen",
		map[string]any{"textDocument": map[string]any{"uri": e.uri(name), "languageId": "hcl",
			"version": 1, "text": text}})
}

func (e *editor) write(name, text string) {
	e.t.Helper()
	path := filepath.Join(e.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		e.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		e.t.Fatal(err)
	}
}

// A place is a line and a character of a text, both from 0. Characters are counted in UTF-16.
type place struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type span struct {
	Start place `json:"start"`
	End   place `json:"end"`
}

// cursor removes the sign ‸ from a text and returns where it was.
func cursor(t *testing.T, text string) (string, place) {
	t.Helper()
	before, after, ok := strings.Cut(text, "‸")
	if !ok {
		t.Fatal("the text has no cursor")
	}
	return before + after, placeOf(before)
}

// placeOf returns the place after a text.
func placeOf(before string) place {
	lines := strings.Split(before, "\n")
	p := place{Line: len(lines) - 1}
	for _, r := range lines[p.Line] {
		if p.Character++; r > 0xFFFF {
			p.Character++
		}
	}
	return p
}

func at(uri string, p place) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": p}
}

// Diagnostics waits for what the server finds wrong in a file, by the next notification about it.
func (e *editor) diagnostics(name string) []diagnostic {
	e.t.Helper()
	for {
		for i, m := range e.notifications {
			var p struct {
				URI         string       `json:"uri"`
				Diagnostics []diagnostic `json:"diagnostics"`
			}
			if err := json.Unmarshal(m.Params, &p); err != nil {
				e.t.Fatal(err)
			}
			if m.Method == "textDocument/publishDiagnostics" && p.URI == e.uri(name) {
				e.notifications = append(e.notifications[:i:i], e.notifications[i+1:]...)
				if p.Diagnostics == nil {
					e.t.Fatal("diagnostics are null, and an editor wants a list")
				}
				return p.Diagnostics
			}
		}
		e.notifications = append(e.notifications, e.receive())
	}
}

type diagnostic struct {
	Range    span   `json:"range"`
	Severity int    `json:"severity"`
	Source   string `json:"source"`
	Message  string `json:"message"`
	Data     textEdit
}

func position(line, letter uint16) protocol.Position {
	return protocol.Position{Line: protocol.UInteger(line), Character: protocol.UInteger(letter)}
}

func byteAt(d *document, p place) int {
	return d.offset(position(uint16(p.Line), uint16(p.Character)))
}
