package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A studioWorld is a running studio and a browser's end of it, as far as a client without a window
// can be one.
type studioWorld struct {
	*testing.T
	dir    string
	url    string // of the page, with its token
	base   string
	cmd    *exec.Cmd
	client *http.Client
}

// newStudioWorld starts a studio in a folder. more are further variables of its environment.
func newStudioWorld(t *testing.T, dir string, more ...string) *studioWorld {
	t.Helper()
	w := &studioWorld{T: t, dir: dir}
	w.cmd = exec.Command("snellen", "studio", "-open=false")
	w.cmd.Dir = dir
	w.cmd.Env = append(append(os.Environ(), "SNELLEN_STORE="+filepath.Join(dir, "store"),
		"SNELLEN_WORKER=fake-worker", "NO_COLOR=1"), more...)
	var log bytes.Buffer
	w.cmd.Stderr = &log
	out, err := w.cmd.StdoutPipe()
	w.must(err)
	w.must(w.cmd.Start())
	t.Cleanup(func() {
		w.cmd.Process.Signal(os.Interrupt)
		w.cmd.Wait()
		if t.Failed() {
			t.Logf("studio: %s", log.String())
		}
	})
	lines := bufio.NewScanner(out)
	for w.url == "" && lines.Scan() {
		w.url = regexp.MustCompile(`http://\S+`).FindString(lines.Text())
	}
	go io.Copy(io.Discard, out)
	if w.url == "" {
		w.cmd.Process.Kill()
		w.cmd.Wait()
		t.Fatalf("no address: %s", log.String())
	}
	w.base, _, _ = strings.Cut(w.url, "/?")
	jar, err := cookiejar.New(nil)
	w.must(err)
	w.client = &http.Client{Jar: jar, Timeout: time.Minute}
	answer, err := w.client.Get(w.url)
	w.must(err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the token was answered by %s", answer.Status)
	}
	return w
}

func (w *studioWorld) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// ask sends a request as the page does, and returns the status and the body.
func (w *studioWorld) ask(method, path string, body any, headers ...string) (int, []byte) {
	w.Helper()
	var data []byte
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		data, kind = b, "application/octet-stream"
	default:
		var err error
		data, err = json.Marshal(b)
		w.must(err)
	}
	r, err := http.NewRequest(method, w.base+path, bytes.NewReader(data))
	w.must(err)
	if method != http.MethodGet {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", w.base)
	}
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	answer, err := w.client.Do(r)
	w.must(err)
	defer answer.Body.Close()
	data, err = io.ReadAll(answer.Body)
	w.must(err)
	return answer.StatusCode, data
}

// get decodes an answer that must be whole, and as the schema describes it by that name.
func (w *studioWorld) get(into any, name, method, path string, body any) {
	w.Helper()
	status, data := w.ask(method, path, body)
	if status != http.StatusOK {
		w.Fatalf("%s %s: %d %s", method, path, status, data)
	}
	w.described(name, data)
	if into != nil {
		w.must(json.Unmarshal(data, into))
	}
}

// refused wants an answer of that status, which says what happened.
func (w *studioWorld) refused(status int, method, path string, body any, headers ...string) string {
	w.Helper()
	got, data := w.ask(method, path, body, headers...)
	if got != status {
		w.Errorf("%s %s %v: %d %.300s, and not %d", method, path, headers, got, data, status)
		return ""
	}
	var said struct{ Error, Hint string }
	w.must(json.Unmarshal(data, &said))
	if said.Error == "" {
		w.Errorf("%s %s: %s says nothing", method, path, data)
	}
	return said.Error
}

var studioSchema = sync.OnceValues(func() (*jsonschema.Compiler, error) {
	f, err := os.Open(inRepository("cmd/snellen/studio/api.schema.json"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	return c, c.AddResource("api.schema.json", doc)
})

// described holds an answer against the schema.
func (w *studioWorld) described(name string, data []byte) {
	w.Helper()
	c, err := studioSchema()
	w.must(err)
	s, err := c.Compile("api.schema.json#/$defs/" + name)
	w.must(err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	w.must(err)
	if err := s.Validate(value); err != nil {
		w.Errorf("%s: %v\n%.2000s", name, err, data)
	}
}

// studioSpec is a study of the scripts' footage.
const studioSpecText = `study "tiny" {}

# A comment that stays where it is.
label "A" { videos = ["A.mp4"] }
label "B" { videos = ["B.mp4"] }

resolution "64x48" {}
resolution "32x24" {}

dataset { frames = 20 }

hyperparameters {
  num_layers      = 8
  image_shape     = "3,32,32"
  epochs          = 3
  mini_batch_size = 4
}

evaluation "shelf" {
  video = "shelf.mp4"
  every = 1

  frame {
    width  = 64
    height = 48
  }

  # The left one.
  area "left" {
    rect   = [2, 8, 16, 32]
    expect = "A"
  }
  area "right" {
    rect   = [46, 8, 16, 32] # measured twice
    expect = "B"
  }
}
`

// studioFolder returns a folder with that study and its footage.
func studioFolder(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	dir := t.TempDir()
	videos, err := drawFootage()
	if err != nil {
		t.Fatal(err)
	}
	videos["tiny.hcl"] = []byte(studioSpecText)
	defer delete(videos, "tiny.hcl")
	for name, data := range videos {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestStudioIsForItsPageAlone sends what other pages, other programs and other names would.
func TestStudioIsForItsPageAlone(t *testing.T) {
	w := newStudioWorld(t, studioFolder(t))
	evil := "http://evil.example"
	for _, path := range []string{"/", "/api/state", "/api/clips", "/api/plan", "/report/",
		"/media/clip?path=A.mp4", "/api/events", "/app.js"} {
		w.refused(http.StatusMisdirectedRequest, "GET", path, nil, "Host", "evil.example:80")
		w.refused(http.StatusForbidden, "GET", path, nil, "Origin", evil)
		w.refused(http.StatusForbidden, "GET", path, nil, "Sec-Fetch-Site", "cross-site")
		w.refused(http.StatusForbidden, "GET", path, nil, "Sec-Fetch-Site", "same-site")
		w.refused(http.StatusForbidden, "GET", path, nil, "Origin", "null")
	}
	for _, path := range []string{"/api/apply", "/api/stop", "/api/edit", "/api/recordings",
		"/api/clips/delete", "/api/watch"} {
		w.refused(http.StatusForbidden, "POST", path, struct{}{}, "Origin", evil)
		w.refused(http.StatusForbidden, "POST", path, struct{}{}, "Origin", "")
		w.refused(http.StatusForbidden, "POST", path, struct{}{}, "Origin", "",
			"Sec-Fetch-Site", "cross-site")
		w.refused(http.StatusMisdirectedRequest, "POST", path, struct{}{}, "Host", "evil.example",
			"Origin", "http://evil.example")
	}
	w.refused(http.StatusUnsupportedMediaType, "POST", "/api/edit", []byte("{}"))
	// What a form can send without a question to this server is no JSON.
	w.refused(http.StatusUnsupportedMediaType, "POST", "/api/edit", []byte("{}"), "Content-Type",
		"text/plain")
	w.refused(http.StatusUnauthorized, "GET", "/?token=WRONG", nil)
	stranger := *w
	stranger.client = &http.Client{}
	for _, path := range []string{"/", "/api/state", "/report/", "/api/events", "/nothing"} {
		stranger.refused(http.StatusUnauthorized, "GET", path, nil)
		stranger.refused(http.StatusUnauthorized, "GET", path, nil, "Cookie",
			fmt.Sprintf("snellen-%s=AAAA", w.base[strings.LastIndex(w.base, ":")+1:]))
	}
	if got, _ := os.ReadFile(filepath.Join(w.dir, "tiny.hcl")); string(got) != studioSpecText {
		t.Error("the spec was changed")
	}

	answer, err := w.client.Get(w.base + "/")
	w.must(err)
	answer.Body.Close()
	h := answer.Header
	if policy := h.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") ||
		!strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self'; ") {
		t.Errorf("policy %q", policy)
	}
	answer, err = w.client.Get(w.url)
	w.must(err)
	answer.Body.Close()
	if c := answer.Header.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") ||
		!strings.Contains(c, "SameSite=Strict") {
		t.Errorf("cookie %q", c)
	}
}

// TestStudioNamesNoOtherFile asks for files of this machine that are no clips.
func TestStudioNamesNoOtherFile(t *testing.T) {
	dir := studioFolder(t)
	secret := filepath.Join(filepath.Dir(dir), "secret.mp4")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newStudioWorld(t, dir)
	for _, path := range []string{"../secret.mp4", secret, "tiny.hcl", "store/version", "/etc/passwd",
		"A.mp4/../../secret.mp4", "./A.mp4", "", "A.mp4\x00", "..%2fsecret.mp4"} {
		query := "?path=" + strings.NewReplacer("/", "%2F", "\x00", "%00").Replace(path)
		for _, at := range []string{"/media/clip", "/media/thumb", "/media/frame"} {
			w.refused(http.StatusNotFound, "GET", at+query, nil)
		}
		for _, at := range []string{"/api/clips/delete", "/api/clips/use"} {
			w.refused(http.StatusNotFound, "POST", at, map[string]string{"path": path, "label": "A"})
		}
		w.refused(http.StatusNotFound, "POST", "/api/clips/rename",
			map[string]string{"path": path, "to": "x"})
	}
	for _, name := range []string{"../../x", "..", ".x", "a/b", `a\b`, "a\nb", "", "CON:",
		strings.Repeat("x", 300)} {
		w.refused(http.StatusUnprocessableEntity, "POST", "/api/clips/rename",
			map[string]string{"path": "A.mp4", "to": name})
		if name != "" {
			w.refused(http.StatusUnprocessableEntity, "POST", "/api/recordings",
				map[string]string{"label": name, "type": "video/webm"})
			w.refused(http.StatusUnprocessableEntity, "POST", "/api/recordings",
				map[string]string{"evaluation": name, "type": "video/webm"})
		}
	}
	for _, kind := range []string{"text/html", "", "video/../../x", "application/x-sh"} {
		if got, _ := w.ask("POST", "/api/recordings",
			map[string]string{"label": "A", "type": kind}); got/100 != 4 {
			t.Errorf("type %q: %d", kind, got)
		}
	}
	w.refused(http.StatusUnsupportedMediaType, "POST", "/api/recordings",
		map[string]string{"label": "A", "name": "../../x.sh"})
	for _, path := range []string{"/page.go", "/embed.go", "/../studio.go", "/lit/", "/lit"} {
		if got, body := w.ask("GET", path, nil); got == http.StatusOK {
			t.Errorf("GET %s: %.100s", path, body)
		}
	}
}

// film sends a clip in parts, and returns what came of it.
func (w *studioWorld) film(target map[string]string, data []byte, parts int) (out struct {
	Path, Trash, Diff, Note string
	Edited                  bool
}) {
	w.Helper()
	id := w.begin(target)
	size := len(data)/parts + 1
	for at := 0; at < len(data); at += size {
		w.get(nil, "grown", "PUT", fmt.Sprintf("/api/recordings/%s?offset=%d", id, at),
			data[at:min(at+size, len(data))])
	}
	w.get(&out, "placed", "POST", "/api/recordings/"+id+"/finish", struct{}{})
	return out
}

// tooLong says that it sends 10 GB, and wants to be refused before it does.
func (w *studioWorld) tooLong(path string) {
	w.Helper()
	in, out := io.Pipe()
	defer out.Close()
	r, err := http.NewRequest("PUT", w.base+path, in)
	w.must(err)
	r.ContentLength = 10 << 30
	r.Header.Set("Origin", w.base)
	go out.Write(make([]byte, 1<<20)) // and no more
	answer, err := w.client.Do(r)
	if err != nil {
		w.Errorf("10 GB: %v", err)
		return
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusRequestEntityTooLarge {
		w.Errorf("10 GB: %s", answer.Status)
	}
}

func (w *studioWorld) begin(target map[string]string) string {
	w.Helper()
	var begun struct{ ID string }
	w.get(&begun, "begun", "POST", "/api/recordings", target)
	return begun.ID
}

// TestStudioFilms: a clip is in its folder when it is whole, and never before.
func TestStudioFilms(t *testing.T) {
	dir := studioFolder(t)
	w := newStudioWorld(t, dir)
	data, err := os.ReadFile(filepath.Join(dir, "A.mp4"))
	w.must(err)
	id := w.begin(map[string]string{"label": "C", "type": "video/mp4; codecs=avc1"})
	at := "/api/recordings/" + id
	w.get(nil, "grown", "PUT", at+"?offset=0", data[:1000])
	w.refused(http.StatusConflict, "PUT", at+"?offset=0", data[:1000])
	w.refused(http.StatusConflict, "PUT", at+"?offset=1001", data[1000:])
	w.refused(http.StatusBadRequest, "PUT", at+"?offset=x", data[1000:])
	w.refused(http.StatusNotFound, "PUT", "/api/recordings/other?offset=0", data)
	w.refused(http.StatusRequestEntityTooLarge, "PUT", at+"?offset=1000", make([]byte, 17<<20))
	w.tooLong(at + "?offset=1000")
	if found, _ := filepath.Glob(filepath.Join(dir, "C", "[^.]*")); len(found) > 0 {
		t.Errorf("a clip that is not whole is at %v", found)
	}
	w.get(nil, "grown", "PUT", at+"?offset=1000", data[1000:])
	var placed struct {
		Path, Diff, Note string
		Edited           bool
	}
	w.get(&placed, "placed", "POST", at+"/finish", struct{}{})
	if placed.Path != "C/1.mp4" || !placed.Edited || placed.Note != "" ||
		!strings.Contains(placed.Diff, `+label "C" { videos = ["C/1.mp4"] }`) {
		t.Errorf("%+v", placed)
	}
	got, err := os.ReadFile(filepath.Join(dir, "C", "1.mp4"))
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	w.refused(http.StatusNotFound, "POST", at+"/finish", struct{}{})

	// A second one is beside it, and one that is given up leaves nothing.
	if second := w.film(map[string]string{"label": "C", "name": "IMG_1.MP4"}, data, 3); second.Path !=
		"C/2.mp4" || !second.Edited {
		t.Errorf("%+v", second)
	}
	id = w.begin(map[string]string{"label": "C", "type": "video/webm"})
	w.get(nil, "grown", "PUT", "/api/recordings/"+id+"?offset=0", data)
	w.get(nil, "done", "DELETE", "/api/recordings/"+id, nil)
	w.get(nil, "done", "DELETE", "/api/recordings/"+id, nil)
	w.refused(http.StatusNotFound, "PUT", "/api/recordings/"+id+"?offset=3", data)
	empty := w.begin(map[string]string{"label": "C", "type": "video/webm"})
	w.refused(http.StatusUnprocessableEntity, "POST", "/api/recordings/"+empty+"/finish", struct{}{})
	w.get(nil, "done", "DELETE", "/api/recordings/"+empty, nil)
	if names := dirNames(t, filepath.Join(dir, "C")); !slices.Equal(names,
		[]string{"1.mp4", "2.mp4"}) {
		t.Errorf("%v", names)
	}
	for range 8 {
		w.begin(map[string]string{"label": "C", "type": "video/webm"})
	}
	w.refused(http.StatusTooManyRequests, "POST", "/api/recordings",
		map[string]string{"label": "C", "type": "video/webm"})

	// It follows its clips: by another name, and into the trash.
	var moved struct {
		Path, Trash, Diff string
		Edited            bool
	}
	w.get(&moved, "placed", "POST", "/api/clips/rename",
		map[string]string{"path": "C/2.mp4", "to": "turned"})
	if moved.Path != "C/turned.mp4" || !strings.Contains(moved.Diff, "C/turned.mp4") {
		t.Errorf("%+v", moved)
	}
	w.refused(http.StatusConflict, "POST", "/api/clips/rename",
		map[string]string{"path": "C/1.mp4", "to": "turned"})
	w.get(&moved, "placed", "POST", "/api/clips/delete", map[string]string{"path": "C/turned.mp4"})
	if _, err := os.Stat(filepath.Join(dir, moved.Trash)); err != nil || !moved.Edited {
		t.Errorf("%+v, %v", moved, err)
	}
	// What the spec cannot do without stays: an area shows A, and a label has no other video.
	status, answer := w.ask("POST", "/api/clips/delete", map[string]string{"path": "A.mp4"})
	w.described("refused", answer)
	if _, err := os.Stat(filepath.Join(dir, "A.mp4")); status != http.StatusUnprocessableEntity ||
		err != nil {
		t.Errorf("%d %s, %v", status, answer, err)
	}
	var state struct {
		Labels []struct {
			Name  string
			Clips []string
		}
		Diagnostics []any
	}
	w.get(&state, "state", "GET", "/api/state", nil)
	if len(state.Labels) != 3 || !slices.Equal(state.Labels[2].Clips, []string{"C/1.mp4"}) ||
		len(state.Diagnostics) > 0 {
		t.Errorf("%+v", state)
	}
}

// TestStudioLeavesNoPartOfAClip kills the server while a clip is filmed.
func TestStudioLeavesNoPartOfAClip(t *testing.T) {
	dir := studioFolder(t)
	w := newStudioWorld(t, dir)
	id := w.begin(map[string]string{"label": "C", "type": "video/webm"})
	w.get(nil, "grown", "PUT", "/api/recordings/"+id+"?offset=0", make([]byte, 1<<20))
	w.must(w.cmd.Process.Kill())
	w.cmd.Wait()
	again := newStudioWorld(t, dir)
	var clips struct{ Clips []struct{ Path string } }
	again.get(&clips, "clips", "GET", "/api/clips", nil)
	if len(clips.Clips) != 3 {
		t.Errorf("%v", clips)
	}
	data, err := os.ReadFile(filepath.Join(dir, "A.mp4"))
	w.must(err)
	again.film(map[string]string{"label": "C", "type": "video/mp4"}, data, 1)
	if names := dirNames(t, filepath.Join(dir, "C")); !slices.Equal(names, []string{"1.mp4"}) {
		t.Errorf("%v", names)
	}
}

func dirNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A specState is what a page knows of the spec.
type specState struct {
	Sum, Text   string
	Evaluations []struct {
		Name   string
		Layout json.RawMessage
	}
}

// TestStudioEdits: an edit changes the lines that it means, and a file that changed meanwhile is
// shown, and stays as it is.
func TestStudioEdits(t *testing.T) {
	dir := studioFolder(t)
	w := newStudioWorld(t, dir)
	spec := filepath.Join(dir, "tiny.hcl")
	var before specState
	w.get(&before, "state", "GET", "/api/state", nil)
	area := func(name string, x, y, width, height int, expect string) map[string]any {
		return map[string]any{"name": name, "x": x, "y": y, "width": width, "height": height,
			"expect": expect}
	}
	change := func(areas ...map[string]any) map[string]any {
		return map[string]any{"kind": "areas", "evaluation": "shelf",
			"layout": map[string]any{"areas": areas, "grid": nil}}
	}
	moved := change(area("left", 3, 8, 16, 32, "A"), area("right", 46, 8, 16, 32, "B"))
	var dry, done struct{ Sum, Diff, Text string }
	w.get(&dry, "edited", "POST", "/api/edit",
		map[string]any{"sum": before.Sum, "change": moved, "dry": true})
	if got, _ := os.ReadFile(spec); string(got) != studioSpecText {
		t.Fatal("a dry edit wrote")
	}
	w.get(&done, "edited", "POST", "/api/edit", map[string]any{"sum": before.Sum, "change": moved})
	want := strings.Replace(studioSpecText, "[2, 8, 16, 32]", "[3, 8, 16, 32]", 1)
	got, err := os.ReadFile(spec)
	w.must(err)
	if string(got) != want || done.Text != want || done != dry {
		t.Errorf("%s", done.Diff)
	}

	// An editor saves, and the page's sum is an old one.
	other := strings.Replace(want, "every = 1", "every = 2", 1)
	w.must(os.WriteFile(spec, []byte(other), 0o666))
	status, data := w.ask("POST", "/api/edit", map[string]any{"sum": done.Sum, "change": moved})
	var conflict struct{ Error, Sum, Diff, Text string }
	w.described("conflict", data)
	w.must(json.Unmarshal(data, &conflict))
	if status != http.StatusConflict || conflict.Text != other ||
		!strings.Contains(conflict.Diff, "+  every = 2") {
		t.Errorf("%d %s", status, data)
	}
	if got, _ := os.ReadFile(spec); string(got) != other {
		t.Error("an edit was written over another one")
	}
	// On top of what is there now, it is made.
	w.get(&done, "edited", "POST", "/api/edit", map[string]any{"sum": conflict.Sum,
		"change": change(area("left", 5, 8, 16, 32, "A"), area("right", 46, 8, 16, 32, "B"))})
	if !strings.Contains(done.Text, "every = 2") || !strings.Contains(done.Text, "[5, 8, 16, 32]") ||
		!strings.Contains(done.Text, "# measured twice") {
		t.Error(done.Text)
	}

	// What would be a mistake is not written, and said where it is.
	status, data = w.ask("POST", "/api/edit", map[string]any{"sum": done.Sum,
		"change": change(area("left", 60, 8, 16, 32, "A"), area("right", 46, 8, 16, 32, "B"))})
	w.described("refused", data)
	if status != http.StatusUnprocessableEntity || !bytes.Contains(data, []byte("frame")) {
		t.Errorf("%d %s", status, data)
	}
	w.refused(http.StatusBadRequest, "POST", "/api/edit",
		map[string]any{"sum": done.Sum, "change": map[string]any{"kind": "other"}})
	w.refused(http.StatusRequestEntityTooLarge, "POST", "/api/edit",
		map[string]any{"text": strings.Repeat("x", 5<<20)})
	if got, _ := os.ReadFile(spec); string(got) != done.Text {
		t.Error("a refused edit was written")
	}
}

// An event is one of a page's stream.
type studioEvent struct {
	name string
	data []byte
}

// events opens a stream as the page does.
func (w *studioWorld) events(ctx context.Context) <-chan studioEvent {
	w.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", w.base+"/api/events", nil)
	w.must(err)
	client := &http.Client{Jar: w.client.Jar}
	answer, err := client.Do(r)
	w.must(err)
	if answer.StatusCode != http.StatusOK {
		w.Fatal(answer.Status)
	}
	all := make(chan studioEvent, 1000)
	go func() {
		defer close(all)
		defer answer.Body.Close()
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, 16<<20)
		var e studioEvent
		for lines.Scan() {
			switch text := lines.Text(); {
			case strings.HasPrefix(text, "event: "):
				e.name = text[len("event: "):]
			case strings.HasPrefix(text, "data: "):
				e.data = []byte(text[len("data: "):])
			case text == "" && e.name != "":
				all <- e
				e = studioEvent{}
			}
		}
	}()
	return all
}

// await returns the first event of a name that fits.
func (w *studioWorld) await(all <-chan studioEvent, name string, fits func([]byte) bool) []byte {
	w.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case e, more := <-all:
			if !more {
				w.Fatalf("the stream ended before %s", name)
			}
			if schema := map[string]string{"run": "run", "step": "runStep", "epoch": "eventEpoch",
				"message": "note", "left": "eventLeft", "spec": "eventSpec", "clips": "done",
				"report": "done", "bye": "done"}[e.name]; schema != "" {
				w.described(schema, e.data)
			} else {
				w.Errorf("an event that nobody describes: %s", e.name)
			}
			if e.name == name && fits(e.data) {
				return e.data
			}
		case <-late:
			w.Fatalf("no event %s that fits", name)
		}
	}
}

func holds(text string) func([]byte) bool {
	return func(data []byte) bool { return bytes.Contains(data, []byte(text)) }
}

// TestStudioShowsWhatOthersMade plans and applies what another machine made already.
func TestStudioShowsWhatOthersMade(t *testing.T) {
	dir, lab := studioFolder(t), t.TempDir()
	share := "SNELLEN_SHARED=file://" + filepath.ToSlash(lab)
	other := exec.Command("snellen", "apply", "-auto-approve")
	other.Dir = dir
	other.Env = append(os.Environ(), "SNELLEN_STORE="+filepath.Join(t.TempDir(), "store"),
		"SNELLEN_WORKER=fake-worker", share)
	if out, err := other.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w := newStudioWorld(t, dir, share)
	events := w.events(t.Context())
	w.await(events, "run", func([]byte) bool { return true })
	var plan struct {
		Run, Maybe int
		Fetches    bool
		Steps      []struct{ Shared bool }
	}
	w.get(&plan, "planned", "GET", "/api/plan", nil)
	shared := 0
	for _, s := range plan.Steps {
		if s.Shared {
			shared++
		}
	}
	if plan.Run+plan.Maybe > 0 || !plan.Fetches || shared == 0 || shared != len(plan.Steps) {
		t.Errorf("%+v", plan)
	}
	w.get(nil, "done", "POST", "/api/apply", struct{}{})
	w.await(events, "left", holds(`"left":"fetching from file://`))
	ended := w.await(events, "run", holds(`"state":"done"`))
	if n := bytes.Count(ended, []byte(`"state":"cached"`)); n != shared {
		t.Errorf("%d of %d steps: %s", n, shared, ended)
	}
	w.await(events, "run", holds(`"ours":false`))
	w.get(&plan, "planned", "GET", "/api/plan", nil)
	if plan.Fetches || plan.Steps[0].Shared {
		t.Errorf("%+v after it", plan)
	}
}

// TestStudioRuns applies from the page and from a terminal, and both are seen.
func TestStudioRuns(t *testing.T) {
	w := newStudioWorld(t, studioFolder(t))
	events := w.events(t.Context())
	w.await(events, "run", func([]byte) bool { return true })
	var plan struct{ Run, Cached int }
	w.get(&plan, "planned", "GET", "/api/plan", nil)
	if plan.Run == 0 || plan.Cached != 0 {
		t.Errorf("%+v", plan)
	}
	w.get(nil, "done", "POST", "/api/apply", struct{}{})
	w.await(events, "step", holds(`"address":"32x24/train"`))
	w.await(events, "epoch", holds(`"32x24/train"`))
	ended := w.await(events, "run", holds(`"state":"done"`))
	var run struct {
		ID     string
		Ours   bool
		Steps  []struct{ Address, State string }
		Epochs map[string][]any
	}
	w.must(json.Unmarshal(ended, &run))
	if len(run.Steps) != plan.Run || len(run.Epochs["64x48/train"]) == 0 {
		t.Errorf("%d steps of %d, %v", len(run.Steps), plan.Run, run.Epochs)
	}
	w.await(events, "run", holds(`"ours":false`))
	w.get(&plan, "planned", "GET", "/api/plan", nil)
	if plan.Run != 0 || plan.Cached != len(run.Steps) {
		t.Errorf("%+v after it", plan)
	}
	var clips struct{ Clips []struct{ Path string } }
	w.get(&clips, "clips", "GET", "/api/clips", nil)
	if len(clips.Clips) != 3 { // and none of the store's or the report's pictures
		t.Errorf("%+v", clips)
	}
	status, page := w.ask("GET", "/report/", nil)
	if status != http.StatusOK || !bytes.Contains(page, []byte("<title>tiny")) {
		t.Errorf("%d %.200s", status, page)
	}

	// What an editor saves is told, and what a terminal applies too.
	spec := filepath.Join(w.dir, "tiny.hcl")
	w.must(os.WriteFile(spec, []byte(strings.Replace(studioSpecText, "epochs          = 3",
		"epochs          = 4", 1)), 0o666))
	w.await(events, "spec", func([]byte) bool { return true })
	cmd := exec.Command("snellen", "apply", "-auto-approve")
	cmd.Dir, cmd.Env = w.cmd.Dir, w.cmd.Env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.await(events, "run", func(data []byte) bool {
		return bytes.Contains(data, []byte(`"state":"done"`)) &&
			!bytes.Contains(data, []byte(run.ID))
	})
	var runs struct{ Runs []struct{ ID string } }
	w.get(&runs, "runs", "GET", "/api/runs", nil)
	if len(runs.Runs) != 2 || runs.Runs[1].ID != run.ID {
		t.Errorf("%+v", runs)
	}
	var past struct{ ID, State string }
	w.get(&past, "run", "GET", "/api/run?id="+run.ID, nil)
	if past.ID != run.ID || past.State != "done" {
		t.Errorf("%+v", past)
	}
	w.get(nil, "logs", "GET", "/api/logs?address=32x24/train&run="+run.ID, nil)
	w.refused(http.StatusBadRequest, "GET", "/api/logs?address=-store", nil)
	w.refused(http.StatusNotFound, "GET", "/api/run?id=../version", nil)
	status, page = w.ask("GET", "/compare?b=now&a="+run.ID, nil)
	if status != http.StatusOK || !bytes.Contains(page, []byte("epochs")) {
		t.Errorf("%d %.300s", status, page)
	}
	w.refused(http.StatusConflict, "POST", "/api/stop", struct{}{})
}

// TestStudioIsBounded opens more than is served, and an apply goes on undisturbed.
func TestStudioIsBounded(t *testing.T) {
	w := newStudioWorld(t, studioFolder(t))
	var all []*http.Response
	defer func() {
		for _, r := range all {
			r.Body.Close()
		}
	}()
	client := &http.Client{Jar: w.client.Jar, Transport: &http.Transport{}}
	for range 1000 { // none of which is read
		answer, err := client.Get(w.base + "/api/events")
		w.must(err)
		if answer.StatusCode == http.StatusOK {
			all = append(all, answer)
			continue
		}
		if answer.Body.Close(); answer.StatusCode != http.StatusTooManyRequests {
			t.Fatal(answer.Status)
		}
	}
	if len(all) != 16 {
		t.Errorf("%d of 1000 streams are open", len(all))
	}
	// A page that sends a byte of a clip and then nothing.
	slow, begun := io.Pipe()
	defer begun.Close()
	r, err := http.NewRequest("PUT", fmt.Sprintf("%s/api/recordings/%s?offset=0", w.base,
		w.begin(map[string]string{"label": "C", "type": "video/webm"})), slow)
	w.must(err)
	r.ContentLength = 1000
	r.Header.Set("Origin", w.base)
	go client.Do(r)
	_, err = begun.Write([]byte{0})
	w.must(err)
	// Pages that go away while much is sent to them are no reason to end.
	for _, r := range all[:8] {
		r.Body.Close()
	}
	for range 20 {
		w.must(os.WriteFile(filepath.Join(w.dir, "tiny.hcl"), []byte(studioSpecText), 0o666))
		w.get(nil, "state", "GET", "/api/state", nil)
	}
	// Whoever opens connections and says nothing is cut off, and others wait no longer than that.
	host := strings.TrimPrefix(w.base, "http://")
	var silent []net.Conn
	for range 1000 {
		c, err := net.DialTimeout("tcp", host, 100*time.Millisecond)
		if err != nil {
			break
		}
		silent = append(silent, c)
	}
	defer func() {
		for _, c := range silent {
			c.Close()
		}
	}()
	w.get(nil, "done", "POST", "/api/apply", struct{}{})
	for {
		var run struct{ State string }
		w.get(&run, "run", "GET", "/api/run", nil)
		if run.State == "done" {
			break
		}
		if run.State == "failed" || run.State == "interrupted" {
			t.Fatal(run.State)
		}
		time.Sleep(50 * time.Millisecond) // it is polled, as a page without a stream does
	}
}

// TestStudioEndsWithItsApply interrupts the studio while a step runs, which may end.
func TestStudioEndsWithItsApply(t *testing.T) {
	dir := studioFolder(t)
	for _, name := range []string{"started", "go"} {
		if err := mkfifo(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	w := newStudioWorld(t, dir, "FAKE_GATE=train", "SNELLEN_CLI_ARGS=-parallelism=1")
	events := w.events(t.Context())
	w.get(nil, "done", "POST", "/api/apply", struct{}{})
	w.refused(http.StatusConflict, "POST", "/api/apply", struct{}{})
	open, err := os.OpenFile(filepath.Join(dir, "started"), os.O_RDONLY, 0) // waits for the step
	w.must(err)
	w.await(events, "step", holds(`"kind":"train","state":"running"`))
	w.must(w.cmd.Process.Signal(os.Interrupt))
	w.await(events, "message", holds("Interrupted: nothing new is started."))
	w.must(open.Close())
	open, err = os.OpenFile(filepath.Join(dir, "go"), os.O_WRONLY, 0) // lets the step go on
	w.must(err)
	w.must(open.Close())
	w.await(events, "run", holds(`"state":"interrupted","ours":false`))
	w.await(events, "bye", func([]byte) bool { return true })
	if err := w.cmd.Wait(); err != nil {
		t.Error(err)
	}
}
