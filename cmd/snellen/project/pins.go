package project

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"snellen/engine/gc"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/term"
)

// Pins returns what lock files hold. It reads the lock file of every spec that was applied with
// this store, the lock files in the current folder, and those that are named, which must be there. One
// that cannot be read is an error, after show was called with its mistakes: nobody knows what it
// holds.
func Pins(
	st *store.Store, named []string, show func(specs.Diagnostics),
) (gc.Pins, error) {
	paths, err := filepath.Glob("*.lock.hcl")
	if err != nil {
		return gc.Pins{}, err
	}
	for _, path := range named {
		if _, err := os.Stat(path); err != nil || !strings.HasSuffix(path, ".lock.hcl") {
			return gc.Pins{}, step.WithHint(fmt.Errorf("%s is no lock file; nothing was freed", path),
				"name files that an apply wrote: NAME.lock.hcl")
		}
		paths = append(paths, path)
	}
	seen := map[string]bool{}
	for i, path := range paths {
		if paths[i], err = filepath.Abs(path); err != nil {
			return gc.Pins{}, err
		}
	}
	lasts, err := st.Lasts()
	if err != nil {
		return gc.Pins{}, step.WithHint(
			fmt.Errorf("it is not known which specs were applied; nothing was freed: %w", err),
			"remove that file, and apply the specs whose results must stay")
	}
	for _, spec := range slices.Sorted(maps.Keys(lasts)) {
		paths = append(paths, specs.LockPath(spec))
	}
	pins := gc.Pins{Keys: map[store.Key]string{}, Objects: map[store.Digest]string{}}
	short := term.ShortPaths(paths)
	for _, path := range paths {
		if seen[path] {
			continue
		}
		seen[path] = true
		if err := pin(path, short[path], pins, show); err != nil {
			return gc.Pins{}, err
		}
	}
	return pins, nil
}

// pin adds what one lock file holds, under that name.
func pin(path, name string, pins gc.Pins, show func(specs.Diagnostics)) error {
	lock, list := specs.ReadLock(path)
	if list.HasErrors() {
		show(list)
		return step.WithHint(errors.New(
			"it is not known what a lock file holds; nothing was freed"), "repair or remove "+path)
	}
	if lock == nil {
		return nil
	}
	for address, s := range lock.Steps {
		var k store.Key
		if err := k.UnmarshalText([]byte(s.Key)); err != nil {
			return fmt.Errorf("%s: step %s: %w", path, address, err)
		}
		pins.Keys[k] = name
		for output, text := range s.Outputs {
			var d store.Digest
			if err := d.UnmarshalText([]byte(text)); err != nil {
				return fmt.Errorf("%s: step %s: %s: %w", path, address, output, err)
			}
			pins.Objects[d] = name // a folder's digest is no object's, and holds nothing
		}
	}
	return nil
}
