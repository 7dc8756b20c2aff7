package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/text/unicode/norm"

	"snellen/cmd/snellen/view/schema"
	"snellen/steps/proc"
	"snellen/steps/remote/s3"
	"snellen/steps/standin"
)

func TestMain(m *testing.M) {
	if code, launched := proc.Launched(); launched {
		os.Exit(code)
	}
	testscript.Main(tidy{m}, map[string]func(){"snellen": main, "fake-worker": fakeWorker,
		"fake-trainer": fakeTrainer, "snellen-remote": serveRemote})
}

// serveRemote is snellen-remote.
func serveRemote() {
	if err := s3.Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// tidy ends what tests share, once all have run.
type tidy struct{ m *testing.M }

func (t tidy) Run() int {
	code := t.m.Run()
	if cloudStarted {
		if store, err := cloudStore(); err == nil {
			store.Close()
		}
	}
	return code
}

// TestScripts runs the program as a person does. The scripts' own words beside testscript's:
//
//	footage      puts A.mp4 and B.mp4 (64x48, 3 s) and shelf.mp4 (64x48, 1 s) into the current folder
//	turn FILE    writes into an MP4 that it is shown turned by 90 degrees clockwise, as a phone that is held upright does
//	stream       holds what the last command printed against view/schema/stream.schema.json
//	comparison   holds it against steps/sides/comparison.schema.json
//	conceal TEXT holds that neither the last command's output nor any file has the text, in any form
//	exit N ARGS  runs snellen and wants that exit code; stdout and stderr are there to be looked at
//	[ffmpeg]     ffmpeg is installed
//	[s3]         so is versitygw, the S3 server, or it could be
//	[worker]     snellen-worker was built (make build); $REAL_WORKER is its path
//
// $SQUEEZENET is the path of the built-in network's weights.
//
// SNELLEN_WORKER is a fake that answers at once, with results that are made up and always the same.
func TestScripts(t *testing.T) {
	worker := realWorker()
	squeezenet, err := filepath.Abs(
		inRepository("steps/pretrained/squeezenet/squeezenet1_1.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SNELLEN_STORE", filepath.Join(e.WorkDir, "store"))
			e.Setenv("SNELLEN_WORKER", "fake-worker")
			e.Setenv("REAL_WORKER", worker)
			e.Setenv("SQUEEZENET", squeezenet)
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "ffmpeg":
				_, err := exec.LookPath("ffmpeg")
				return err == nil, nil
			case "s3":
				_, err := standin.FindS3(context.Background())
				return err == nil, nil
			case "worker":
				return worker != "", nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"footage": copyFootage,
			"turn": turnFile, "exit": exitWith, "stream": checkStream, "conceal": conceal,
			"comparison": checkComparison},
	})
}

// realWorker is the path of snellen-worker as make build leaves it, or "".
func realWorker() string {
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", "snellen-worker"))
	if err != nil {
		return ""
	}
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// drawFootage makes the videos once for all scripts.
var drawFootage = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "footage-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	videos := map[string][]byte{}
	for name, source := range map[string]string{
		"A.mp4": "testsrc2=s=64x48:r=10:d=3", "B.mp4": "mandelbrot=s=64x48:r=10:end_pts=1000",
		"shelf.mp4": "testsrc=s=64x48:r=10:d=1",
	} {
		path := filepath.Join(dir, name)
		cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-t", "3",
			"-pix_fmt", "yuv420p", path)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("draw %s: %w\n%s", name, err, out)
		}
		if videos[name], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return videos, nil
})

func copyFootage(ts *testscript.TestScript, _ bool, _ []string) {
	videos, err := drawFootage()
	ts.Check(err)
	for name, data := range videos {
		ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o666))
	}
}

// turnFile is "turn FILE". ffmpeg's own ways of writing it differ from version to version.
func turnFile(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: turn FILE")
	}
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	at := bytes.Index(data, []byte("tkhd"))
	if at < 0 {
		ts.Fatalf("%s has no track", args[0])
	}
	for i, v := range []uint32{0, 1 << 16, 0, 0xffff << 16, 0, 0, 0, 0, 1 << 30} {
		binary.BigEndian.PutUint32(data[at+44+4*i:], v)
	}
	ts.Check(os.WriteFile(path, data, 0o666))
}

// exitWith is "exit N ARGS".
func exitWith(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exit CODE ARGS...")
	}
	err := ts.Exec("snellen", args[1:]...)
	code := 0
	if failed, ok := err.(*exec.ExitError); ok {
		code = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// conceal is "conceal TEXT": the text is in neither the last command's output nor a file, and
// neither is a form in which programs write it.
func conceal(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: conceal TEXT")
	}
	forms := formsOf(args[0])
	look := func(where string, data []byte) {
		for name, form := range forms {
			if bytes.Contains(data, form) {
				ts.Fatalf("%s has the text, %s: %q", where, name, form)
			}
		}
	}
	look("stdout", []byte(ts.ReadFile("stdout")))
	look("stderr", []byte(ts.ReadFile("stderr")))
	files := 0
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(path string, e fs.DirEntry, err error) error {
		if look("the name "+path, []byte(path)); err != nil || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		look(path, data)
		files++
		return err
	}))
	if files == 0 {
		ts.Fatalf("there are no files")
	}
}

// formsOf returns a text as it is, and as programs write it.
func formsOf(text string) map[string][]byte {
	plain, _ := json.Marshal(text)
	escaped := bytes.Trim(plain, `"`)
	forms := map[string][]byte{
		"as it is": []byte(text), "in JSON": escaped,
		"in JSON without HTML's escapes": []byte(strings.NewReplacer(
			`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(escaped))),
		"quoted by Go":     []byte(strings.Trim(strconv.Quote(text), `"`)),
		"quoted as ASCII":  []byte(strings.Trim(strconv.QuoteToASCII(text), `"`)),
		"in a URL":         []byte(url.QueryEscape(text)),
		"in a URL's path":  []byte(url.PathEscape(text)),
		"in HTML":          []byte(html.EscapeString(text)),
		"in hex":           []byte(hex.EncodeToString([]byte(text))),
		"decomposed":       []byte(norm.NFD.String(text)),
		"without its ends": []byte(text[1 : len(text)-1]),
	}
	for skip := range 3 { // whatever stands before it
		encoded := base64.RawStdEncoding.EncodeToString([]byte(text)[skip:])
		forms[fmt.Sprintf("in base64, from byte %d", skip)] = []byte(encoded[:len(encoded)-2])
	}
	return forms
}

// checkStream is "stream": what the last command printed is lines as the schema describes them.
func checkStream(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) > 0 {
		ts.Fatalf("usage: stream")
	}
	ts.Check(schema.CheckLines(ts.ReadFile("stdout")))
}
