package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
)

// readLock reads the lock file beside the spec; nil where there is none. Its mistakes are shown.
func (a *app) readLock(p *project) (*specs.Lock, error) {
	lock, list := specs.ReadLock(specs.LockPath(p.study.File))
	return lock, a.show(list)
}

// lockPath is where a person's file is, seen from the lock file.
func (p *project) lockPath(file string) string {
	abs, err := filepath.Abs(file)
	if err != nil {
		return filepath.ToSlash(file)
	}
	rel, err := filepath.Rel(filepath.Dir(p.spec), abs)
	if err != nil {
		return filepath.ToSlash(abs)
	}
	return filepath.ToSlash(rel)
}

// lock puts pins in the form of the lock file. What the plan did not look at, since it was about a part of the study, or
// what failed, stays as it was before; what the study no longer has is left out.
func (p *project) lock(pins engine.Pins, before *specs.Lock) *specs.Lock {
	if before == nil {
		before = &specs.Lock{}
	}
	lock := &specs.Lock{Tools: map[string]string{}, Inputs: map[string]string{}, Steps: map[string]specs.LockedStep{}}
	for _, n := range p.graph.Nodes {
		for _, tool := range n.Kind.Tools {
			keep(lock.Tools, tool, pins.Tools, before.Tools)
		}
		if old, ok := before.Steps[n.Address]; ok {
			lock.Steps[n.Address] = old
		}
		for _, in := range n.Inputs {
			if path := p.lockPath(in.File); in.From == "" && before.Inputs[path] != "" {
				lock.Inputs[path] = before.Inputs[path]
			}
		}
	}
	for file, digest := range pins.Files {
		lock.Inputs[p.lockPath(file)] = digest.String()
	}
	for address, pin := range pins.Steps {
		lock.Steps[address] = specs.LockedStep{Key: pin.Key.String(), Outputs: texts(pin.Outputs)}
	}
	return lock
}

// keep takes a value from the first map that has it.
func keep(into map[string]string, name string, from ...map[string]string) {
	for _, m := range from {
		if value, ok := m[name]; ok {
			into[name] = value
			return
		}
	}
}

func texts(digests map[string]store.Digest) map[string]string {
	out := make(map[string]string, len(digests))
	for name, d := range digests {
		out[name] = d.String()
	}
	return out
}

// lockSays tells whether the lock file is, to the byte, what an apply of the plan would write. Where it is, it need not be
// parsed, which takes longer than all else of an apply that has nothing to do.
func (p *project) lockSays(plan *engine.Plan) bool {
	pins, err := plan.Pins()
	if err != nil || len(pins.Steps) < len(p.graph.Nodes) {
		return false
	}
	data, err := os.ReadFile(specs.LockPath(p.study.File))
	return err == nil && bytes.Equal(data, p.lock(pins, nil).Bytes())
}

// settleLock ends an apply: the lock file is brought up to date or, with -locked, compared.
func (a *app) settleLock(p *project, plan *engine.Plan, before *specs.Lock) {
	if a.flags.locked {
		a.surprises(p, plan, before)
		return
	}
	a.writeLock(p, plan, before)
}

// writeLock brings the lock file up to date. One that cannot be written is a warning: results are results.
func (a *app) writeLock(p *project, plan *engine.Plan, before *specs.Lock) {
	pins, err := plan.Pins()
	if err == nil {
		err = writeChanged(specs.LockPath(p.study.File), p.lock(pins, before).Bytes())
	}
	if err != nil {
		a.warn("the lock file was not written: " + err.Error())
	}
}

// writeChanged makes a file have these bytes, so that a crash leaves the old ones or the new ones. One that has them is
// left alone.
func writeChanged(path string, data []byte) error {
	old, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(old, data):
		return nil
	case err == nil:
		return rewrite(path, data)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	fresh := fmt.Sprintf("%s.%d", filepath.Join(filepath.Dir(path), "."+filepath.Base(path)), os.Getpid())
	if err := writeNew(fresh, data); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

// heed refuses a plan whose tools or inputs are not those of the lock file, and says which.
func (p *project) heed(plan *engine.Plan, lock *specs.Lock) error {
	path := specs.LockPath(p.study.File)
	if lock == nil {
		return step.WithHint(fmt.Errorf("there is no %s to keep to; nothing was run", path), "an apply without -locked writes it")
	}
	pins, err := plan.Pins()
	if err != nil {
		return err
	}
	var words []string
	for _, name := range slices.Sorted(maps.Keys(pins.Tools)) {
		words = append(words, unlike("tool "+name, "has no such tool", lock.Tools[name], pins.Tools[name], true)...)
	}
	inputs := map[string]string{}
	for file, digest := range pins.Files {
		inputs[p.lockPath(file)] = digest.String()
	}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		words = append(words, unlike("input "+name, "does not have it", lock.Inputs[name], inputs[name], false)...)
	}
	if len(words) == 0 {
		return nil
	}
	return step.WithHint(fmt.Errorf("this is not what %s has; nothing was run\n%s", path, strings.Join(words, "\n")),
		"put it back as it was, or apply without -locked, which writes the lock file anew")
}

// unlike says how a thing differs from the lock file, if it does.
func unlike(what, lacks, locked, now string, show bool) []string {
	switch {
	case locked == now:
		return nil
	case locked == "":
		return []string{what + ": the lock " + lacks}
	case show:
		return []string{fmt.Sprintf("%s: it is %q, and the lock has %q", what, now, locked)}
	}
	return []string{what + ": it has other bytes"}
}

// surprises warns of steps that gave other outputs than the lock file has for the same key.
func (a *app) surprises(p *project, plan *engine.Plan, lock *specs.Lock) {
	pins, err := plan.Pins()
	if err != nil {
		a.warn(err.Error())
		return
	}
	for _, n := range plan.Graph.Nodes {
		pin, ok := pins.Steps[n.Address]
		locked := lock.Steps[n.Address]
		if !ok || locked.Key != pin.Key.String() {
			continue
		}
		if name := unlikeOutput(locked.Outputs, texts(pin.Outputs)); name != "" {
			a.warn(fmt.Sprintf("%s: %s has other bytes than %s has for the very same inputs: the step is not reproducible from one machine to another, or from one day to another", n.Address, name, specs.LockPath(p.study.File)))
		}
	}
}

// unlikeOutput is the first output by name that differs, or "".
func unlikeOutput(locked, now map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(locked)) {
		if locked[name] != now[name] {
			return name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, ok := locked[name]; !ok {
			return name
		}
	}
	return ""
}
