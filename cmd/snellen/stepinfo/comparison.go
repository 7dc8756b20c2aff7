package stepinfo

import (
	"fmt"
	"io"
	"strings"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/term"
)

// A Side is one of two things that a step is compared in.
type Side struct {
	name     string // "run 20261124T1942", "today"
	key      string // "" while an input is not known
	manifest string
	today    bool
}

// A Comparison is what explain -json prints where it compares. Names are never changed, only added.
type Comparison struct {
	Address     string   `json:"address"`
	Before      string   `json:"before"` // what the first side is
	Now         string   `json:"now"`
	BeforeKey   string   `json:"before_key"`
	NowKey      string   `json:"now_key,omitempty"` // "" while an input is not known
	Differences []string `json:"differences"`
}

// Compare compares a step in two sides.
func Compare(p *project.Project, address string, before, now Side) Comparison {
	n := p.Graph.Node(address)
	if n == nil {
		n = &engine.Node{Address: address} // no step of the study as it is today
	}
	words := engine.Difference(n, before.manifest, now.manifest, now.today)
	return Comparison{address, before.name, now.name, before.key, now.key,
		append([]string{}, words...)}
}

// Write writes the comparison for people.
func (c Comparison) Write(w io.Writer) error {
	if len(c.Differences) == 0 {
		same := "is the same"
		if c.NowKey == "" {
			same = "is the same as far as it is known before its inputs are"
		}
		_, err := fmt.Fprintf(w, "%s %s in %s and in %s.\n", term.Clean(c.Address), same, c.Before,
			c.Now)
		return err
	}
	_, err := fmt.Fprintf(w, "%s, from %s to %s:\n  %s\n", term.Clean(c.Address), c.Before, c.Now,
		strings.Join(view.Lines(strings.Join(c.Differences, "\n")), "\n  "))
	return err
}

// Today returns the side of a step's decision.
func Today(d *engine.Decision) Side {
	s := Side{name: "today", manifest: d.PartialManifest, today: true}
	if d.Manifest != "" {
		s.key = d.Key.String()
	}
	return s
}

// InRun returns the side of a run of the journal.
func InRun(p *project.Project, id, address string) (Side, error) {
	r, err := journal.Find(p.Store, id, p.Spec)
	if err != nil {
		return Side{}, err
	}
	k, err := journal.KeyOf(p.Store, r.ID, address)
	if err != nil {
		return Side{}, err
	}
	return sideOf(p, "run "+r.ID, k)
}

// Locked returns the side of a lock file. The error may be specs.Diagnostics.
func Locked(p *project.Project, file, address string) (Side, error) {
	lock, list := specs.ReadLock(file)
	if list.HasErrors() {
		return Side{}, list
	}
	if lock == nil {
		return Side{}, step.WithHint(fmt.Errorf("%s does not exist", file),
			"an apply writes "+specs.LockPath(p.Study.File))
	}
	locked, ok := lock.Steps[address]
	if !ok {
		return Side{}, fmt.Errorf("%s has no step %s", file, address)
	}
	var k store.Key
	if err := k.UnmarshalText([]byte(locked.Key)); err != nil {
		return Side{}, fmt.Errorf("%s: step %s: %w", file, address, err)
	}
	return sideOf(p, file, k)
}

// sideOf returns a side with the manifest of a key.
func sideOf(p *project.Project, name string, k store.Key) (Side, error) {
	record, err := p.Store.Lookup(k)
	if err != nil {
		err = fmt.Errorf("the manifest of %s is not in the store any more: %w", name, err)
		return Side{}, step.WithHint(err, "its key was "+k.String())
	}
	return Side{name: name, key: k.String(), manifest: record.Manifest}, nil
}
