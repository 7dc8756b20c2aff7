package remote

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"snellen/engine/shared"
	"snellen/specs/sharedurl"
)

func TestOpen(t *testing.T) {
	for _, url := range []string{"s3://lab", "s3://my.lab-1/a/b", "file:///nfs/lab"} {
		u, err := sharedurl.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		b := Open(Settings{URL: u, Program: func() (string, error) {
			t.Error("it looks for the program")
			return "", nil
		}})
		if b.URL() != url {
			t.Errorf("%s: %s", url, b.URL())
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
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
