package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
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
