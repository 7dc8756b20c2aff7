package project

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"snellen/engine"
	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
)

// ReadLock reads the lock file beside the spec; nil where there is none.
func (p *Project) ReadLock() (*specs.Lock, specs.Diagnostics) {
	return specs.ReadLock(specs.LockPath(p.Study.File))
}

// lockPath returns the path of a person's file as the lock file has it: relative to the spec's
// folder, with slashes, and in the form that every string of a lock file has.
func (p *Project) lockPath(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	if rel, err := filepath.Rel(filepath.Dir(p.Spec), file); err == nil {
		file = rel
	}
	return specs.Normal(filepath.ToSlash(file))
}

// lock returns the lock file for a run's pins. Steps that the plan did not cover, or that failed,
// stay as they were before; what the study no longer has is left out.
func (p *Project) lock(pins engine.Pins, before *specs.Lock) *specs.Lock {
	if before == nil {
		before = &specs.Lock{}
	}
	lock := &specs.Lock{Tools: map[string]string{}, Inputs: map[string]string{},
		Steps: map[string]specs.LockedStep{}}
	for _, n := range p.Graph.Nodes {
		for _, tool := range n.Kind.Tools {
			copyFirst(lock.Tools, tool, pins.Tools, before.Tools)
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
		lock.Steps[address] = specs.LockedStep{Key: pin.Key.String(),
			Outputs: digestTexts(pin.Outputs)}
	}
	return lock
}

// copyFirst takes a value from the first map that has it.
func copyFirst(into map[string]string, name string, from ...map[string]string) {
	for _, m := range from {
		if value, ok := m[name]; ok {
			into[name] = value
			return
		}
	}
}

func digestTexts(digests map[string]store.Digest) map[string]string {
	out := make(map[string]string, len(digests))
	for name, d := range digests {
		out[name] = d.String()
	}
	return out
}

// LockIsCurrent reports whether the lock file is, to the byte, what an apply of the plan would
// write. Then it need not be parsed, which takes longer than all else of an apply without changes.
func (p *Project) LockIsCurrent(plan *engine.Plan) bool {
	pins, err := plan.Pins()
	if err != nil || len(pins.Steps) < len(p.Graph.Nodes) {
		return false
	}
	data, err := regular.Read(specs.LockPath(p.Study.File), specs.MaxLock)
	return err == nil && bytes.Equal(data, p.lock(pins, nil).Bytes())
}

// WriteLock brings the lock file up to date after a plan was applied; before is what it was, nil
// for none.
func (p *Project) WriteLock(plan *engine.Plan, before *specs.Lock) error {
	pins, err := plan.Pins()
	if err != nil {
		return err
	}
	return WriteChanged(specs.LockPath(p.Study.File), p.lock(pins, before).Bytes())
}

// CheckLock returns an error where the plan's tools or inputs differ from the lock file. The error
// names each difference.
func (p *Project) CheckLock(plan *engine.Plan, lock *specs.Lock) error {
	path := specs.LockPath(p.Study.File)
	if lock == nil {
		return step.WithHint(fmt.Errorf("there is no %s; nothing was run", path),
			"an apply without -locked writes it")
	}
	pins, err := plan.Pins()
	if err != nil {
		return err
	}
	var words []string
	for _, name := range slices.Sorted(maps.Keys(pins.Tools)) {
		words = append(words, lockDifference("tool "+name, "has no such tool", lock.Tools[name],
			pins.Tools[name], true)...)
	}
	inputs := map[string]string{}
	for file, digest := range pins.Files {
		inputs[p.lockPath(file)] = digest.String()
	}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		words = append(words, lockDifference("input "+name, "does not have it", lock.Inputs[name],
			inputs[name], false)...)
	}
	if len(words) == 0 {
		return nil
	}
	return step.WithHint(fmt.Errorf("tools or inputs differ from %s; nothing was run\n%s",
		path,
		strings.Join(words, "\n")),
		"restore them, or apply without -locked, which updates the lock file")
}

// lockDifference returns a line on how a thing differs from the lock file, or none where it does
// not.
func lockDifference(what, lacks, locked, now string, show bool) []string {
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

// Irreproducible returns a warning for each step whose outputs are not those that the lock file has
// for the same key.
func (p *Project) Irreproducible(plan *engine.Plan, lock *specs.Lock) ([]string, error) {
	pins, err := plan.Pins()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, n := range plan.Graph.Nodes {
		pin, ok := pins.Steps[n.Address]
		locked := lock.Steps[n.Address]
		if !ok || locked.Key != pin.Key.String() {
			continue
		}
		if name := differingOutput(locked.Outputs, digestTexts(pin.Outputs)); name != "" {
			list = append(list, fmt.Sprintf(
				"%s: %s has other bytes than %s has for the very same inputs: "+
					"the step is not reproducible from one machine or one day to another",
				n.Address, name, specs.LockPath(p.Study.File)))
		}
	}
	return list, nil
}

// differingOutput returns the first output by name that differs, or "".
func differingOutput(locked, now map[string]string) string {
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

// LockDifference says how the outputs of a step that was run again differ from those that the lock
// file has for its key, or returns "".
func (p *Project) LockDifference(s engine.Verified, lock *specs.Lock) string {
	if lock == nil {
		return ""
	}
	locked, ok := lock.Steps[s.Address]
	if !ok || locked.Key != s.Key.String() {
		return ""
	}
	name := differingOutput(locked.Outputs, digestTexts(s.Outputs))
	if name == "" {
		return ""
	}
	return fmt.Sprintf("%s: %s has other bytes than %s has", s.Address, name,
		specs.LockPath(p.Study.File))
}

// LockSum returns the SHA-256 of the lock file, or "" where there is none.
func (p *Project) LockSum() (string, error) {
	data, err := regular.Read(specs.LockPath(p.Study.File), specs.MaxLock)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}
