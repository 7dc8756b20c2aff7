package specs

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzVars checks that no file of variables, and no value of the environment, causes a panic, that
// there is either a study or an error, and that every diagnostic points into its file.
func FuzzVars(f *testing.F) {
	f.Add([]byte("a = \"A.mp4\"\nb = [1, \"2\"]\nc = { x = 1 }\n"), "[1, 2]")
	f.Add([]byte("a = var.a\nblock {}\nnone = 1\n"), "[for x in [1] : x]")
	f.Add([]byte("b = [\"1e600000000\"]"), "1e600000000")
	const src = minimal + `
variable "a" { default = "B.mp4" }
variable "b" { type = list(number) }
variable "c" { default = {} }
variable "s" {
  default   = "x"
  sensitive = true
}
hyperparameters { epochs = length(var.b) + 1 }
`
	path := filepath.Join(folder(f, "A.mp4", "B.mp4"), "spec.hcl")
	if err := os.WriteFile(path, []byte(src), 0o666); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, vars []byte, value string) {
		study, found := Load(path, Options{Vars: vars,
			Env: []string{"SNELLEN_VAR_b=" + value, "SNELLEN_VAR_s=" + value}})
		if (study == nil) != found.HasErrors() {
			t.Fatalf("study %v, diagnostics %v", study, found)
		}
		for _, d := range found {
			from, to := d.Span()
			if d.At.File == filepath.ToSlash(VarsPath(path)) &&
				(from < 0 || to < from || to > len(vars)) {
				t.Errorf("%s: bytes %d to %d of %d", d.Message, from, to, len(vars))
			}
		}
	})
}
