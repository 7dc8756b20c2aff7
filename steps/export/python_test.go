package export

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// python returns the path of a Python that has the modules, and skips the test if there is none.
// SNELLEN_PYTHON names another Python than python3, such as one of a virtual environment.
func python(t *testing.T, modules ...string) string {
	t.Helper()
	path := os.Getenv("SNELLEN_PYTHON")
	if path == "" {
		path = "python3"
	}
	for _, module := range modules {
		cmd := exec.Command(path, "-c", "import importlib.util, sys; "+
			"sys.exit(importlib.util.find_spec('"+module+"') is None)")
		cmd.Dir = t.TempDir() // Python takes folders of the current folder for modules
		if err := cmd.Run(); err != nil {
			t.Skipf("%s has no %s; SNELLEN_PYTHON may name one that has", path, module)
		}
	}
	return path
}

// runPython runs a script and returns what it prints.
func runPython(t *testing.T, path, script string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(path, append([]string{"-c", script}, args...)...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, problems.Bytes())
	}
	return out
}
