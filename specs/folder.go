package specs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"snellen/specs/builtin"
)

// List returns the names of the specs in a folder: NAME.hcl, but not NAME.lock.hcl, NAME.vars.hcl
// or hidden files.
func List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look for a spec: %w", builtin.ReadError(dir, err))
	}
	var found []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".hcl") && !strings.HasSuffix(name, ".lock.hcl") &&
			!strings.HasSuffix(name, ".vars.hcl") &&
			!strings.HasPrefix(name, ".") && builtin.IsRegular(filepath.Join(dir, name)) {
			found = append(found, name)
		}
	}
	return found, nil
}

// A FindError reports a folder that contains no spec, or more than one.
type FindError struct {
	Dir   string
	Found []string // names
}

func (e *FindError) Error() string {
	if len(e.Found) == 0 {
		return fmt.Sprintf("there is no spec (*.hcl) in %s", displayDir(e.Dir))
	}
	return fmt.Sprintf("there are %d specs in %s: %s", len(e.Found), displayDir(e.Dir),
		joinFew(e.Found))
}

// Find returns the path of the only spec in a folder. It returns a *FindError when there is none,
// or more than one.
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

// displayDir names a folder in a message.
func displayDir(dir string) string {
	if filepath.Clean(dir) == "." {
		return "this folder"
	}
	return dir
}

// joinFew lists at most five names.
func joinFew(names []string) string {
	if len(names) > 5 {
		return strings.Join(names[:5], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}
