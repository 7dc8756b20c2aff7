package main

import (
	"context"
	"fmt"
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

// A side is one of two things that a step is compared in.
type side struct {
	name     string // "run 20261124T1942", "today"
	key      string // "" while an input is not known
	manifest string
	today    bool
}

// A comparison is what explain -json prints where it compares. Names are never changed, only added.
type comparison struct {
	Address     string   `json:"address"`
	Before      string   `json:"before"` // what the first side is
	Now         string   `json:"now"`
	BeforeKey   string   `json:"before_key"`
	NowKey      string   `json:"now_key,omitempty"` // "" while an input is not known
	Differences []string `json:"differences"`
}

// compare prints how a step differs between two runs, a lock file, and today.
func (e *explainCommand) compare(ctx context.Context, p *project.Project, address string) error {
	sides, err := e.sides(ctx, p, address)
	if err != nil {
		return err
	}
	before, now := sides[0], sides[1]
	n := p.Graph.Node(address)
	if n == nil {
		n = &engine.Node{Address: address} // no step of the study as it is today
	}
	words := engine.Difference(n, before.manifest, now.manifest, now.today)
	if e.json {
		return view.WriteJSON(e.out, comparison{address, before.name, now.name, before.key, now.key,
			append([]string{}, words...)})
	}
	if len(words) == 0 {
		same := "is the same"
		if now.key == "" {
			same = "is the same as far as it is known before its inputs are"
		}
		_, err := fmt.Fprintf(e.out, "%s %s in %s and in %s.\n", term.Clean(address), same,
			before.name, now.name)
		return err
	}
	_, err = fmt.Fprintf(e.out, "%s, from %s to %s:\n  %s\n", term.Clean(address), before.name,
		now.name, strings.Join(view.Lines(strings.Join(words, "\n")), "\n  "))
	return err
}

// sides returns the two sides, in the order of time as far as it is known: a lock file, the runs as
// they were given, today.
func (e *explainCommand) sides(ctx context.Context, p *project.Project,
	address string) ([]side, error) {
	var list []side
	if e.against != "" {
		s, err := e.locked(p, address)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	for _, id := range e.runs {
		r, err := journal.Find(p.Store, id, p.Spec)
		if err != nil {
			return nil, err
		}
		k, err := journal.KeyOf(p.Store, r.ID, address)
		if err != nil {
			return nil, err
		}
		s, err := sideOf(p, "run "+r.ID, k)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	if len(list) == 2 {
		return list, nil
	}
	d, err := e.today(ctx, p, address)
	if err != nil {
		return nil, err
	}
	now := side{name: "today", manifest: d.PartialManifest, today: true}
	if d.Manifest != "" {
		now.key = d.Key.String()
	}
	return append(list, now), nil
}

// sideOf returns a side with the manifest of a key.
func sideOf(p *project.Project, name string, k store.Key) (side, error) {
	record, err := p.Store.Lookup(k)
	if err != nil {
		err = fmt.Errorf("the manifest of %s is not in the store any more: %w", name, err)
		return side{}, step.WithHint(err, "its key was "+k.String())
	}
	return side{name: name, key: k.String(), manifest: record.Manifest}, nil
}

// locked returns the side of a lock file.
func (e *explainCommand) locked(p *project.Project, address string) (side, error) {
	lock, list := specs.ReadLock(e.against)
	if err := e.show(list); err != nil {
		return side{}, err
	}
	if lock == nil {
		return side{}, step.WithHint(fmt.Errorf("%s does not exist", e.against),
			"an apply writes "+specs.LockPath(p.Study.File))
	}
	locked, ok := lock.Steps[address]
	if !ok {
		return side{}, fmt.Errorf("%s has no step %s", e.against, address)
	}
	var k store.Key
	if err := k.UnmarshalText([]byte(locked.Key)); err != nil {
		return side{}, fmt.Errorf("%s: step %s: %w", e.against, address, err)
	}
	return sideOf(p, e.against, k)
}
