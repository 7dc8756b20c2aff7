package specs

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"snellen/specs/layout"
)

func seeds(f *testing.F) {
	paths, err := filepath.Glob(fixtures + "/*.hcl")
	if err != nil || len(paths) == 0 {
		f.Fatal(paths, err)
	}
	examples, _ := filepath.Glob("examples/*.hcl")
	for _, path := range append(paths, examples...) {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
}

// FuzzLoad checks that no spec causes a panic, that there is either a study or an error, and that
// every diagnostic points into the file and is printed without control characters.
func FuzzLoad(f *testing.F) {
	seeds(f)
	dir := folder(f, "footage/A.mp4", "footage/B.mp4", "footage/C.mp4", "footage/shelf.mp4")
	path := filepath.Join(dir, "spec.hcl")
	f.Fuzz(func(t *testing.T, src []byte) {
		if bytes.Contains(src, []byte("**")) && !bytes.Contains(src, []byte("footage")) {
			t.Skip("walks the machine")
		}
		if err := os.WriteFile(path, src, 0o666); err != nil {
			t.Fatal(err)
		}
		study, found := Load(path, Options{})
		if (study == nil) != found.HasErrors() {
			t.Fatalf("study %v, diagnostics %v", study, found)
		}
		inside(t, string(src), found)
		var w strings.Builder
		if err := found.Write(&w, 60, false); err != nil ||
			strings.ContainsAny(w.String(), "\x00\x1b\r") || !utf8.ValidString(w.String()) {
			t.Errorf("%v: %q", err, w.String())
		}
		if data, err := json.Marshal(found); err != nil || !utf8.Valid(data) {
			t.Errorf("%v: %q", err, data)
		}
		if study != nil {
			for _, g := range study.Gates {
				if g.Condition != nil {
					_, _ = g.Condition.Holds(Results{}) // an answer or an error, and no panic
				}
			}
		}
	})
}

// FuzzFormat checks that formatting keeps every token, and that formatted text does not change
// again.
func FuzzFormat(f *testing.F) {
	seeds(f)
	f.Add([]byte("# "))
	f.Add([]byte("a = 10 # one\nb = 1 # two"))
	f.Fuzz(func(t *testing.T, src []byte) {
		out, found := Format(src)
		if found.HasErrors() {
			return
		}
		if !layout.SameMeaning(src, out) {
			t.Errorf("%q became %q", src, out)
		}
		again, found := Format(out)
		if found.HasErrors() || !bytes.Equal(out, again) {
			t.Errorf("%q became %q, and then %q: %v", src, out, again, found)
		}
	})
}
