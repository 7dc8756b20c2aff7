package engine

import (
	"fmt"
	"slices"
	"strings"

	"snellen/engine/step"
)

// A SavedDecision is a decision in a form that can be saved: enough to show it, and to find out
// later whether the same would be decided. Of people's data it holds only paths and what the step's
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
	Far             bool        `json:"far,omitempty"`
	Fetch           int64       `json:"fetch,omitempty"`
}

// MarshalText returns the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads a verdict's name and refuses any other text.
func (v *Verdict) UnmarshalText(text []byte) error {
	for _, known := range []Verdict{Cached, Run, Maybe} {
		if known.String() == string(text) {
			*v = known
			return nil
		}
	}
	return fmt.Errorf("%.40q is not a verdict", text)
}

// Snapshot returns a plan's decisions in a form that can be saved.
func (p *Plan) Snapshot() []SavedDecision {
	list := make([]SavedDecision, len(p.Decisions))
	for i, d := range p.Decisions {
		list[i] = SavedDecision{
			Address: d.Node.Address, Kind: d.Node.Kind.Name, Pool: d.Node.Kind.Pool,
			Weight: d.Node.Weight, Inputs: d.Node.Inputs,
			Verdict: d.Verdict, Why: d.Why, Again: d.Again, Before: d.Before,
			PartialManifest: d.PartialManifest, Expect: d.Expect, Far: d.Far, Fetch: d.Fetch,
		}
	}
	return list
}

// Restore makes a plan from a snapshot. The plan can be shown, but neither applied nor verified. It
// is an error where the decisions do not make up a graph.
func Restore(saved []SavedDecision) (*Plan, error) {
	nodes := make([]*Node, len(saved))
	of := make(map[string]*Decision, len(saved))
	for i, k := range saved {
		n := &Node{
			Address: k.Address, Kind: &step.Kind{Name: k.Kind, Pool: k.Pool},
			Weight: k.Weight, Inputs: k.Inputs,
		}
		nodes[i] = n
		of[k.Address] = &Decision{
			Node: n, Verdict: k.Verdict, Why: k.Why, Again: k.Again, Before: k.Before,
			PartialManifest: k.PartialManifest, Expect: k.Expect, Far: k.Far, Fetch: k.Fetch,
		}
	}
	unchecked := func(*Node, Input, *Node) error { return nil } // the kinds have names alone
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

// Stale describes how a saved plan differs from this one; it returns nothing where it does not.
// Changes of the spec and of people's files come first, then changes of the store.
func (p *Plan) Stale(saved []SavedDecision) []string {
	before := make(map[string]SavedDecision, len(saved))
	for _, k := range saved {
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
		if words := d.changedSince(k); words != "" {
			written = append(written, words)
		} else if words := d.redecidedSince(k); words != "" {
			stored = append(stored, d.Node.Address+" "+words)
		}
	}
	for _, k := range saved {
		if _, gone := before[k.Address]; gone {
			written = append(written, k.Address+" is no longer in the study")
		}
	}
	return unique(append(written, stored...))
}

// changedSince describes how a step differs from the saved one, by the spec and people's files
// alone.
func (d *Decision) changedSince(k SavedDecision) string {
	now, before := sources(d.Node.Inputs), sources(k.Inputs)
	if !slices.Equal(now, before) {
		slices.Sort(now)
		slices.Sort(before)
		if slices.Equal(now, before) {
			return d.Node.Address + " reads outputs of other steps in another order"
		}
		return d.Node.Address + " reads other outputs than before"
	}
	// Whether the digest of another step's output is known depends on the store.
	made := map[string]bool{}
	for _, in := range d.Node.Inputs {
		made["in "+in.Role] = in.From != ""
	}
	without := func(manifest string) string {
		var b strings.Builder
		for _, l := range lines(manifest) {
			if !made[l.label] {
				b.WriteString(l.label + " " + l.value + "\n")
			}
		}
		return b.String()
	}
	c := comparison{node: d.Node} // saved paths may be relative to another folder
	return strings.Join(c.words(without(k.PartialManifest), without(d.PartialManifest)), ", ")
}

// sources returns which outputs of other steps are among the inputs, in their order.
func sources(inputs []Input) []string {
	var all []string
	for _, in := range inputs {
		if in.From != "" {
			all = append(all, in.From+" "+in.Output)
		}
	}
	return all
}

// redecidedSince describes how the store leads to another decision than the saved one.
func (d *Decision) redecidedSince(k SavedDecision) string {
	switch {
	case d.Verdict == k.Verdict && d.Again == k.Again && d.PartialManifest == k.PartialManifest:
		return ""
	case d.Verdict == Cached && k.Verdict == Cached:
		return "has another result now"
	case d.Verdict == Cached:
		return "has its result now"
	case d.Verdict == Maybe:
		return "may run now: " + d.Why.Text
	case k.Verdict != Run || d.PartialManifest == k.PartialManifest:
		return "would run now: " + d.Why.Text
	}
	return "would run with other inputs"
}

// unique removes repeated texts and keeps the order.
func unique(words []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(words, func(w string) bool {
		repeated := seen[w]
		seen[w] = true
		return repeated
	})
}
