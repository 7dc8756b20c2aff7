package specs

import (
	"os"
	"path/filepath"
	"testing"

	"snellen/specs/builtin"
)

// FuzzQuote checks that a quoted text is read back as it was, as a value and as a block's label,
// and that formatting leaves it alone.
func FuzzQuote(f *testing.F) {
	for _, text := range []string{
		"", "a b", `"`, `\`, `\\u0041`, "${a}", "$${a}", "$$${", "%{if}", "%%{", "$",
		"a\x00\x1b\n\r\t",
		"e\u0301", "\u00e9", "\U0001f951\u200d", "\ufeff", "\xff", "<<EOT", "#", "*/", "\u2028",
	} {
		f.Add(text)
	}
	path := filepath.Join(f.TempDir(), "spec.hcl")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 {
			t.Skip("longer than a path may be")
		}
		src, found := Format([]byte(`study "s" {}
label "A" { videos = [` + Quote(text+".") + `] }
label "B" { videos = ["b"] }
resolution "64x48" {}
gate ` + Quote(text) + ` { condition = ` + Quote(text) + ` == "" }
`))
		if found.HasErrors() {
			t.Fatalf("%q: %v\n%s", text, found, src)
		}
		if err := os.WriteFile(path, src, 0o666); err != nil {
			t.Fatal(err)
		}
		study, found := Load(path, Options{WithoutFootage: true})
		if problem := NameProblem("gate", Normal(text)); problem != "" {
			if !found.HasErrors() {
				t.Fatalf("%q is a name, though it %s", text, problem)
			}
			return
		}
		if found.HasErrors() {
			t.Fatalf("%q: %v\n%s", text, found, src)
		}
		want := builtin.Resolve(filepath.Dir(path), Normal(text+"."))
		if got := study.Labels[0].Videos[0]; got != want || study.Gates[0].Name != Normal(text) {
			t.Errorf("%q became the path %q and the name %q", text, got, study.Gates[0].Name)
		}
	})
}
