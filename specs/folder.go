package specs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// All gives the names of a folder's specs: NAME.hcl, less NAME.lock.hcl and NAME.vars.hcl.
func List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look for a spec: %w", readError(dir, err))
	}
	var found []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".hcl") && !strings.HasSuffix(name, ".lock.hcl") && !strings.HasSuffix(name, ".vars.hcl") &&
			!strings.HasPrefix(name, ".") && isRegular(filepath.Join(dir, name)) {
			found = append(found, name)
		}
	}
	return found, nil
}

// A FindError is that of a folder with no spec, or with several.
type FindError struct {
	Dir   string
	Found []string // names
}

func (e *FindError) Error() string {
	if len(e.Found) == 0 {
		return fmt.Sprintf("there is no spec (*.hcl) in %s", displayDir(e.Dir))
	}
	return fmt.Sprintf("there are %d specs in %s: %s", len(e.Found), displayDir(e.Dir), joinFew(e.Found))
}

// Find gives the only spec in a folder.
func Find(dir string) (string, error) {
	found, err := List(dir)
	switch {
	case err != nil:
		return "", err
	case len(found) != 1:
		return "", &FindError{dir, found}
	}
	return filepath.Join(dir, found[0]), nil
}

func displayDir(dir string) string {
	if filepath.Clean(dir) == "." {
		return "this folder"
	}
	return dir
}

func joinFew(names []string) string {
	if len(names) > 5 {
		return strings.Join(names[:5], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}
