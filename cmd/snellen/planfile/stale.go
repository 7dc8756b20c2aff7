package planfile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// A StaleError is the error of a saved plan that is not what would be planned now.
type StaleError struct {
	path    string
	reasons []string
}

// maxStale is how many reasons are printed.
const maxStale = 5

func (e *StaleError) Error() string {
	text := fmt.Sprintf("the plan in %s no longer holds; nothing was run", e.path)
	for i, r := range e.reasons {
		if i == maxStale && len(e.reasons) > maxStale+1 {
			return text + fmt.Sprintf("\nand %d more", len(e.reasons)-maxStale)
		}
		text += "\n" + r
	}
	return text
}

// Stale returns a StaleError with what to type: the same plan again.
func (s *Plan) Stale(path string, reasons ...string) error {
	line := []string{"snellen", "plan", s.Spec}
	for flag, patterns := range map[string][]string{"-target=": s.Choice.Targets,
		"-exclude=": s.Choice.Excludes, "-replace=": s.Choice.Replace} {
		for _, p := range patterns {
			line = append(line, flag+p)
		}
	}
	slices.Sort(line[3:])
	return step.WithHint(&StaleError{path, reasons},
		"plan again: "+proc.Line(append(line, "-out", path)...))
}

// MissingSpec returns the error of a spec that is not where it was.
func (s *Plan) MissingSpec(path string) error {
	here, err := os.Getwd()
	if err != nil || here == s.Folder || filepath.IsAbs(s.Spec) {
		return s.Stale(path, s.Spec+" does not exist any more")
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	err = fmt.Errorf("the plan is of %s, which is not in this folder; the plan was made in %s",
		s.Spec, s.Folder)
	return step.WithHint(err, proc.Line("snellen", "apply", "-chdir", s.Folder, path))
}
