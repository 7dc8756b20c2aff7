package filekind

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("s.hcl", "study \"s\" {}\n# caf\xe9\n")
	write("s.lock.hcl", "version = 1\n")
	write("s.vars.hcl", "")
	write("lone.vars.hcl", "")
	write("saved", PlanHeader+"1 00\n{}")
	write("film.mp4", "\x00\x00\x00\x20ftypisom\x00\x00\x02\x00\xff\xfe")
	write("large", strings.Repeat("#", 2<<20))
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"s.hcl":         "",
		"s":             "s does not exist; snellen plan s.hcl",
		"none":          "none does not exist; run snellen init FOLDER",
		"none.plan":     "none.plan does not exist; snellen plan -out none.plan",
		"s.lock.hcl":    "s.lock.hcl is a lock file, which snellen writes itself; snellen plan",
		"s.vars.hcl":    "s.vars.hcl is a file of variables, not a spec; snellen plan s.hcl",
		"lone.vars.hcl": "lone.vars.hcl is a file of variables, not a spec; name a spec",
		"saved":         "saved is a saved plan, not a spec; snellen apply saved",
		"film.mp4":      "film.mp4 is not a text file, and a spec is one; name a spec",
		"large":         "large has more than 1048576 bytes; name a spec",
		"folder":        "folder is a folder; name a spec",
	} {
		got := ""
		if e, ok := errors.AsType[*WrongFileError](Check(path)); ok {
			got = e.Error() + "; " + e.Hint
			if e.Type != nil {
				got = e.Error() + "; " + strings.Join(e.Type, " ")
			}
		}
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestFirstWrong(t *testing.T) {
	for text, want := range map[string]struct {
		line, column int
		problem      string
	}{
		"a\nb\ufffd\n":  {3, 1, ""},
		"a\n\u00e9\x00": {2, 2, "a spec cannot have a NUL character"},
		"\xe9\x00":      {1, 1, "the byte 0xe9 is not UTF-8 text"},
		"\x00\xe9":      {1, 1, "a spec cannot have a NUL character"},
	} {
		at, problem := FirstWrong([]byte(text))
		if at.Line != want.line || at.Column != want.column || problem != want.problem {
			t.Errorf("%q: %v, %q", text, at, problem)
		}
	}
}
