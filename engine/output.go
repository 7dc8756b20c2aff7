package engine

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"snellen/engine/step"
)

// outputs returns the names of the files that a step left in dir, with slashes and sorted. It is an
// error where the step left no file, one that its kind does not declare, or anything but regular
// files: a link, for example, could lead out of the folder.
func outputs(dir string, kind *step.Kind) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if !e.Type().IsRegular() {
			return fmt.Errorf("the step left %q, which is not a regular file", name)
		}
		if !kind.Makes(name) || strings.ContainsAny(name, "\r\n") {
			return fmt.Errorf("the step left %q, which its kind %s does not declare",
				name, kind.Name)
		}
		names = append(names, name)
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("the step made no output")
	}
	slices.Sort(names)
	return names, err
}
