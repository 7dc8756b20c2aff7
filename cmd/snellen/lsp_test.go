package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/textproto"
	"os/exec"
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
