package studio

import (
	"bytes"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine/store"
	"snellen/steps/proc"
)

const fuzzedSpec = `study "s" {}
label "A" { videos = ["footage/A/1.mp4"] }
label "B" { videos = ["footage/B/1.mp4"] }
resolution "64x48" {}
evaluation "shelf" {
  video = "footage/shelf.mp4"
  area "left" {
    rect   = [0, 0, 8, 8]
    expect = "A"
  }
}
`

// newTestServer returns a server of a study in a folder below top, whose commands and worker do
// nothing.
func newTestServer(t *testing.T, top string) *server {
	t.Helper()
	nothing, err := exec.LookPath("true")
	if err != nil {
		t.Skip(err)
	}
	t.Setenv("SNELLEN_WORKER", nothing)
	dir := filepath.Join(top, "study")
	for name, text := range map[string]string{"study/study.hcl": fuzzedSpec,
		"study/footage/A/1.mp4": "A", "study/footage/B/1.mp4": "B",
		"study/footage/shelf.mp4": "shelf", "study/footage/new.mp4": "new", "other.mp4": "secret",
		"scratch/x": ""} {
		at := filepath.Join(top, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	st, err := store.Open(filepath.Join(top, "store"))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Options: Options{Program: nothing, Spec: filepath.Join(dir, "study.hcl"), Store: st,
		Log: io.Discard}, hub: newHub(), planner: make(chan struct{}, 1),
		guard: newGuard(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80})}
	if s.eyes, err = newEyes(filepath.Join(top, "scratch")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.eyes.close)
	s.files, s.uploads, s.watches, s.runs = newFootage(s), newUploads(s), newWatches(s), newRuns(s)
	t.Cleanup(s.uploads.close)
	t.Cleanup(s.watches.close)
	return s
}

// FuzzRequests: whatever a page sends, there is an answer, and nothing outside the study's folder
// is read into it or written.
func FuzzRequests(f *testing.F) {
	f.Add("POST /api/edit", `{"sum":"","change":{"kind":"text","text":"study \"s\" {}"}}`)
	f.Add("POST /api/clips/rename", `{"path":"footage/new.mp4","to":"../../../other"}`)
	f.Add("POST /api/clips/delete", `{"path":"../other.mp4"}`)
	f.Add("POST /api/clips/use", `{"path":"footage/new.mp4","label":"A"}`)
	f.Add("POST /api/recordings", `{"label":"..","type":"video/webm"}`)
	f.Add("PUT /api/recordings/ID?offset=0", "bytes")
	f.Add("PUT /api/recordings/ID?offset=99999999999999999999", "bytes")
	f.Add("POST /api/recordings/ID/finish", `{}`)
	f.Add("POST /api/chart", `{"path":"footage/new.mp4","at":-1,"areas":[{"x":-9,"width":1e9}]}`)
	f.Add("GET /media/frame?path=../other.mp4&at=NaN", "")
	f.Add("GET /media/frame?evaluation=shelf&at=1e309", "")
	f.Add("GET /media/clip?path=%2e%2e/other.mp4", "")
	f.Add("POST /api/watch", `{"evaluation":"shelf","resolution":"x"}`)
	f.Add("POST /api/watch/ID/picture?number=x", "\xff\xd8")
	f.Add("GET /api/logs?address=-x&run=..", "")
	f.Add("GET /api/run?id=../../x", "")
	f.Add("GET /compare?a=..&b=now", "")
	f.Add("GET /lit/../../studio.go", "")
	f.Fuzz(func(t *testing.T, line, body string) {
		top := t.TempDir()
		s := newTestServer(t, top)
		id := ""
		if r := s.request(t, "POST /api/recordings", `{"label":"C","type":"video/webm"}`); r != nil {
			id = strings.TrimSuffix(strings.TrimPrefix(r.Body.String(), `{"id":"`), "\"}\n")
		}
		r := s.request(t, strings.ReplaceAll(line, "ID", id), body)
		if r == nil {
			return
		}
		if strings.Contains(r.Body.String(), "secret") {
			t.Errorf("%s: %s", line, r.Body)
		}
		if r.Code >= 400 && !bytes.HasPrefix(r.Body.Bytes(), []byte(`{"error":"`)) &&
			r.Code != http.StatusMethodNotAllowed && r.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", line, r.Code, r.Body)
		}
		filepath.WalkDir(top, func(at string, d fs.DirEntry, err error) error {
			inside, _ := filepath.Rel(top, at)
			first, _, _ := strings.Cut(filepath.ToSlash(inside), "/")
			switch first {
			case ".", "study", "store", "scratch", "other.mp4":
			default:
				t.Errorf("%s: made %s", line, inside)
			}
			return nil
		})
		if text, err := os.ReadFile(filepath.Join(top, "other.mp4")); string(text) != "secret" {
			t.Errorf("%s: %q, %v", line, text, err)
		}
	})
}

// request sends a request as the page does. It returns nil for what is no request, and for the
// stream of events, which does not end.
func (s *server) request(t *testing.T, line, body string) *httptest.ResponseRecorder {
	method, target, _ := strings.Cut(line, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+target,
		strings.NewReader(body))
	if err != nil || strings.HasPrefix(r.URL.Path, "/api/events") || r.Host != "127.0.0.1" {
		return nil
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "http://"+r.Host)
	r.AddCookie(&http.Cookie{Name: s.guard.cookie, Value: s.guard.token})
	w := httptest.NewRecorder()
	s.guard.wrap(s.routes()).ServeHTTP(w, r)
	return w
}

// FuzzLines: whatever a command prints, the page gets what it can of it.
func FuzzLines(f *testing.F) {
	f.Add([]byte(`{"type":"apply_progress","address":"a","progress":{"done":1,"total":0}}` + "\n" +
		`{"type":"remaining","text":"about 3 s left"}` + "\n" +
		`{"type":"diagnostic","@level":"warn","@message":"m","diagnostic":{"detail":"d"}}`))
	f.Add([]byte(`{"type":"apply_progress","progress":{"done":-1e308,"total":1e-308}}`))
	f.Add([]byte(`{"type":"diagnostic","diagnostic":7}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &server{hub: newHub()}
		s.runs = newRuns(s)
		scan(bytes.NewReader(data), s.runs.hear)
		first := s.runs.first()
		if !bytes.HasPrefix(first, []byte("event: run\ndata: {")) ||
			bytes.Count(first, []byte("\n")) != 3 {
			t.Errorf("%q", first)
		}
	})
}

func TestMain(m *testing.M) {
	if code, launched := proc.Launched(); launched {
		os.Exit(code)
	}
	os.Exit(m.Run())
}
