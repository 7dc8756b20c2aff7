package remote

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/engine/shared"
	"snellen/engine/step"
)

func TestURL(t *testing.T) {
	for url, want := range map[string]string{
		"s3://lab": "s3://lab", "s3://lab/": "s3://lab", "s3://lab/snellen": "s3://lab/snellen",
		"s3://my.lab-1/a/b c/": "s3://my.lab-1/a/b c", "file:///nfs/lab": "file:///nfs/lab",
		"file:///nfs/lab/": "file:///nfs/lab", "file:///nfs/a b/ü": "file:///nfs/a b/ü",
	} {
		b, err := Open(t.Context(), Settings{URL: url, Program: func() (string, error) {
			t.Error("it looks for the program")
			return "", nil
		}})
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if b.URL() != want {
			t.Errorf("%s: %s, want %s", url, b.URL(), want)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, url := range []string{"", "lab", "/nfs/lab", "s3:", "s3:/lab", "s3://", "s3:///lab", "S3://lab",
		"s3://Lab", "s3://la", "s3://l_ab", "s3://-lab", "s3://lab..x", "s3://user:secret@lab/x",
		"s3://lab:9000/x", "s3://lab/a//b", "s3://lab//", "s3://lab/../x", "s3://lab/x?key=secret", "s3://lab/x#y",
		"s3://lab/%2e%2e", "s3://lab/a\nb", "s3://lab/a\\b", "s3://lab/" + strings.Repeat("x", 300),
		"http://lab/x", "https://user:secret@lab/x", "file:", "file://", "file:///", "file://nfs/lab",
		"file://host/nfs/lab", "file:////nfs", "file:///nfs/../etc", "file:///nfs//lab", "file:///nfs/.",
		"file:///a?b", "file:///a#b", "file:///a%20b", "file:///a\x1b[2J", "file:///\xff", " s3://lab"} {
		_, err := Open(t.Context(), Settings{URL: url})
		if err == nil || step.Hint(err) == "" {
			t.Errorf("%q: %v, hint %q", url, err, step.Hint(err))
		} else if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestSettings(t *testing.T) {
	for _, s := range []Settings{
		{URL: "s3://lab", Region: "eu central"}, {URL: "s3://lab", Region: "EU"},
		{URL: "s3://lab", Profile: "a\nb"}, {URL: "file:///nfs/lab", Region: "eu-central-1"},
		{URL: "file:///nfs/lab", Endpoint: "http://x"}, {URL: "file:///nfs/lab", Profile: "x"},
	} {
		if err := s.Check(); err == nil {
			t.Errorf("%+v is allowed", s)
		}
	}
	for _, endpoint := range []string{"http://127.0.0.1:9000", "https://s3.example.com/", "http://[::1]:80"} {
		s := Settings{URL: "s3://lab", Endpoint: endpoint, Region: "eu-central-1", Profile: "work"}
		setup, _, err := s.parse()
		if err != nil || setup.Endpoint != strings.TrimSuffix(endpoint, "/") || setup.Profile != "work" {
			t.Errorf("%s: %+v, %v", endpoint, setup, err)
		}
	}
	for _, endpoint := range []string{"127.0.0.1:9000", "s3.example.com", "ftp://x", "http://", "http://:80",
		"http://user:secret@x", "http://x/path", "http://x?a=secret", "http://x#a", "http:x", "http://x\n",
		"http://x/%2e"} {
		err := Settings{URL: "s3://lab", Endpoint: endpoint}.Check()
		if err == nil || step.Hint(err) == "" || strings.Contains(err.Error()+step.Hint(err), "secret") {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// FuzzURL: what is allowed names one place, and is shown as it is.
func FuzzURL(f *testing.F) {
	for _, url := range []string{"s3://lab/a/b", "file:///nfs/lab", "s3://u:p@lab/..", "file://h/a%2f.."} {
		f.Add(url, "http://127.0.0.1:9000")
	}
	f.Fuzz(func(t *testing.T, url, endpoint string) {
		s := Settings{URL: url, Endpoint: endpoint}
		setup, dir, err := s.parse()
		if err != nil {
			return
		}
		if dir != "" {
			if !filepath.IsAbs(dir) || filepath.Clean(dir) != dir || strings.Contains(dir, "..\x00") {
				t.Errorf("%q leads to %q", url, dir)
			}
			return
		}
		if setup.Prefix != "" && !fs.ValidPath(setup.Prefix) || strings.ContainsAny(setup.Bucket, "/@:?#%") ||
			strings.ContainsAny(setup.Endpoint, "@?#") {
			t.Errorf("%q leads to %+v", url, setup)
		}
		again := Settings{URL: setup.URL(), Endpoint: setup.Endpoint}
		if same, _, err := again.parse(); err != nil || same != setup {
			t.Errorf("%q: %+v, then %+v, %v", url, setup, same, err)
		}
	})
}

// FuzzAnswers: whatever snellen-remote answers, what snellen believes of it is what it asked for.
func FuzzAnswers(f *testing.F) {
	add := func(a Answer, do, name, after string) {
		data, err := json.Marshal(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, do, name, after, int64(10))
	}
	blob := shared.Blob{Name: "a", Size: 1, Tag: `"x"`}
	add(Answer{Status: OK, Blob: blob, Data: []byte("x")}, Get, "a", "")
	add(Answer{Status: OK, Blobs: []shared.Blob{blob}, Next: "b"}, List, "", "")
	add(Answer{Status: OK, Blobs: []shared.Blob{{Name: "a/../b"}}}, List, "a/", "a/0")
	add(Answer{Status: TooLarge}, Fetch, "a", "")
	add(Answer{Status: "else"}, Stat, "a", "")
	f.Fuzz(func(t *testing.T, data []byte, do, name, after string, limit int64) {
		r := Request{Do: do, Name: name, After: after, Limit: limit}
		a, err := parseAnswer(data, r)
		if err != nil {
			return
		}
		switch do {
		case List:
			last := after
			for _, b := range a.Blobs {
				if !fs.ValidPath(b.Name) || !strings.HasPrefix(b.Name, name) || b.Name <= last || b.Size < 0 {
					t.Errorf("%q is listed after %q", b.Name, last)
				}
				last = b.Name
			}
			if a.Next != "" && (a.Next <= after || a.Next < last) {
				t.Errorf("%q follows %q", a.Next, after)
			}
		case Get:
			if int64(len(a.Data)) > limit || a.Blob.Name != name {
				t.Errorf("%+v of %q", a, name)
			}
		case Remove:
		default:
			if a.Blob.Name != name || a.Blob.Size < 0 || len(a.Blob.Tag) > maxTag {
				t.Errorf("%+v of %q", a, name)
			}
		}
	})
}

// TestStatuses: each status stands for an error, and another is one of its own.
func TestStatuses(t *testing.T) {
	for status, want := range Statuses {
		if _, err := parseAnswer([]byte(`{"status":"`+status+`"}`), Request{Do: Get}); err != want {
			t.Errorf("%s: %v", status, err)
		}
	}
	for _, text := range []string{"", "{", "[]", "{}", `{"status":"x"}`, `{"status":"ok","blob":{"Name":"b"}}`,
		`{"status":"ok","blob":{"Name":"a","Size":-1}}`, `{"status":"ok","blob":{"Name":"a","Tag":"\n"}}`} {
		_, err := parseAnswer([]byte(text), Request{Do: Stat, Name: "a"})
		if err == nil || slices.ContainsFunc([]error{shared.ErrAbsent, shared.ErrChanged, shared.ErrTooLarge},
			func(e error) bool { return errors.Is(err, e) }) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
