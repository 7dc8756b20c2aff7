package engine

import (
	"fmt"
	"slices"
	"strings"

	"snellen/engine/step"
)

// A SavedDecision is a decision in a form that outlives the program: enough to show it, and to
// find out later whether the same would be decided. It holds no person's data but paths, and what the step's
// manifest holds.
type SavedDecision struct {
	Address         string      `json:"address"`
	Kind            string      `json:"kind"`
	Pool            string      `json:"pool"`
	Weight          int         `json:"takes"`
	Inputs          []Input     `json:"inputs,omitempty"`
	Verdict         Verdict     `json:"verdict"`
	Why             Reason      `json:"why,omitzero"`
	Again           bool        `json:"again,omitempty"`
	Before          bool        `json:"before,omitempty"`
	PartialManifest string      `json:"draft"` // see Decision
	Expect          Expectation `json:"expect,omitzero"`
}

// MarshalText returns the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads it.
func (v *Verdict) UnmarshalText(text []byte) error {
	for _, known := range []Verdict{Cached, Run, Maybe} {
		if known.String() == string(text) {
			*v = known
			return nil
		}
	}
	return fmt.Errorf("%.40q is no verdict", text)
}

// Snapshot returns a plan's decisions in a form that can be saved.
func (p *Plan) Snapshot() []SavedDecision {
	list := make([]SavedDecision, len(p.Decisions))
	for i, d := range p.Decisions {
		list[i] = SavedDecision{
			Address: d.Node.Address, Kind: d.Node.Kind.Name, Pool: d.Node.Kind.Pool,
			Weight: d.Node.Weight, Inputs: d.Node.Inputs,
			Verdict: d.Verdict, Why: d.Why, Again: d.Again, Before: d.Before,
			PartialManifest: d.PartialManifest, Expect: d.Expect,
		}
	}
	return list
}

// Restore makes a plan to be shown from what was kept. It cannot be applied.
func Restore(kept []SavedDecision) (*Plan, error) {
	nodes := make([]*Node, len(kept))
	of := make(map[string]*Decision, len(kept))
	for i, k := range kept {
		n := &Node{
			Address: k.Address, Kind: &step.Kind{Name: k.Kind, Pool: k.Pool},
			Weight: k.Weight, Inputs: k.Inputs,
		}
		nodes[i] = n
		of[k.Address] = &Decision{
			Node: n, Verdict: k.Verdict, Why: k.Why, Again: k.Again, Before: k.Before,
			PartialManifest: k.PartialManifest, Expect: k.Expect,
		}
	}
	unchecked := func(*Node, Input, *Node) error { return nil } // the kinds have only their names
	g, err := newGraph(nodes, unchecked)
	if err != nil {
		return nil, err
	}
	p := &Plan{Graph: g}
	for _, n := range g.Nodes {
		p.Decisions = append(p.Decisions, of[n.Address])
	}
	return p, nil
}

// Stale says in words why a plan that was kept is not this one, or nothing where it is. What was
// written and what is read comes first, and then what became of the store.
func (p *Plan) Stale(kept []SavedDecision) []string {
	before := make(map[string]SavedDecision, len(kept))
	for _, k := range kept {
		before[k.Address] = k
	}
	var written, stored []string
	for _, d := range p.Decisions {
		k, ok := before[d.Node.Address]
		delete(before, d.Node.Address)
		if !ok {
			written = append(written, d.Node.Address+" is new")
			continue
		}
		if words := d.moved(k); words != "" {
			written = append(written, words)
		} else if words := d.turned(k); words != "" {
			stored = append(stored, d.Node.Address+" "+words)
		}
	}
	for _, k := range kept {
		if _, gone := before[k.Address]; gone {
			written = append(written, k.Address+" is no longer in the study")
		}
	}
	return compact(append(written, stored...))
}

// moved says in words how a step differs from the saved one, apart from what the store knows.
func (d *Decision) moved(k SavedDecision) string {
	same := func(a, b Input) bool {
		return a.Role == b.Role && a.From == b.From && a.Output == b.Output
	}
	if !slices.EqualFunc(d.Node.Inputs, k.Inputs, same) {
		return d.Node.Address + " reads from other steps"
	}
	was := map[string]bool{}
	// An output that is known by now, or no longer known, is a matter of the store.
	for _, in := range d.Node.Inputs {
		was["in "+in.Role] = in.From != ""
	}
	without := func(draft string) string {
		var b strings.Builder
		for _, l := range lines(draft) {
			if !was[l.label] {
				b.WriteString(l.label + " " + l.value + "\n")
			}
		}
		return b.String()
	}
	before, now := without(k.PartialManifest), without(d.PartialManifest)
	return strings.Join(differences(d.Node, before, now), ", ")
}

// turned says in words how the store leads to another decision than the saved one.
func (d *Decision) turned(k SavedDecision) string {
	switch {
	case d.Verdict == k.Verdict && d.Again == k.Again && d.PartialManifest == k.PartialManifest:
		return ""
	case d.Verdict == Cached && k.Verdict == Cached:
		return "has another result by now"
	case d.Verdict == Cached:
		return "has its result by now"
	case d.Verdict == Maybe:
		return "may run now: " + d.Why.Text
	case k.Verdict != Run:
		return "would run now: " + d.Why.Text
	}
	return "would run with other inputs"
}

// compact leaves out what was said before.
func compact(words []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(words, func(w string) bool {
		repeated := seen[w]
		seen[w] = true
		return repeated
	})
}
