package engine

import (
	"cmp"
	"fmt"
	"sort"
	"strings"

	"snellen/engine/store"
)

// A Reason says why a step has its verdict.
type Reason struct {
	// Text is the whole reason, for a person: "never run, after 320x240/dataset",
	// "hyperparameters.epochs 30 -> 20 (snacks.hcl:41)".
	Text string `json:"text"`

	// Own is the part about the step itself; "" where it only runs after another one.
	Own string `json:"own,omitempty"`

	// Root is the address of the step that the root cause is about: this one, or one upstream.
	Root string `json:"root"`

	follows bool // Text ends with the steps upstream that will run or may
}

// because returns a reason that is about the node itself.
func because(n *Node, text string) Reason { return Reason{Text: text, Own: text, Root: n.Address} }

// after returns the reason of a node below up, which is not empty. It names one step, the first
// that will run, and counts the others.
func after(up []*Decision) Reason {
	first := up[0]
	for _, d := range up {
		if d.Verdict == Run {
			first = d
			break
		}
	}
	text := "after " + first.Node.Address
	if len(up) > 1 {
		text += fmt.Sprintf(" and %d more", len(up)-1)
	}
	return Reason{Text: text, Root: first.Why.Root, follows: true}
}

// and joins a node's own reason, which may be empty, with one of after.
func (r Reason) and(after Reason) Reason {
	switch {
	case r.Own == "":
		return after
	case r.Own == neverRun:
		r.Text = r.Own + ", " + after.Text
	default:
		r.Text = r.Own + ", and " + after.Text
	}
	r.follows = true
	return r
}

const neverRun = "never run"

// recount names and counts the steps upstream once more in each reason that does, when all verdicts
// are final.
func (p *Plan) recount() {
	for i, d := range p.Decisions {
		if !d.Why.follows {
			continue
		}
		var own Reason
		if d.Why.Own != "" {
			own = because(d.Node, d.Why.Own)
		}
		d.Why = own.and(after(p.pending(i)))
	}
}

// pending returns the decisions directly upstream of node i that will run or may.
func (p *Plan) pending(i int) []*Decision {
	var up []*Decision
	for _, u := range p.Graph.up[i] {
		if p.Decisions[u].Verdict != Cached {
			up = append(up, p.Decisions[u])
		}
	}
	return up
}

// decideOpen decides a node with inputs that are not known, since the steps open will run or may.
// The node must run too where no step with its shape and files was ever recorded: whatever the
// missing digests are, its key cannot have a record. Otherwise it may run.
func (d *Decider) decideOpen(out *Decision, open []*Decision) {
	out.Verdict = Run
	if d.seen(out) {
		out.Verdict = Maybe
	}
	var own Reason
	if words := d.changes(out); words != "" {
		own = because(out.Node, words)
	}
	out.Why = own.and(after(open))
}

// missReason says why a node runs whose key is a miss. A damaged record is the reason itself.
func (d *Decider) missReason(out *Decision, miss error) string {
	if reason, ok := strings.CutPrefix(miss.Error(), store.ErrMiss.Error()+": "); ok {
		return reason
	}
	if d.recorded(out.Key) {
		return "its record is gone"
	}
	return cmp.Or(d.changes(out), "the store has no record of it")
}

// recorded reports whether some step is known to have had a record with that key.
func (d *Decider) recorded(k store.Key) bool {
	d.lastKeys.Do(func() {
		d.hadRecord = make(map[store.Key]bool, len(d.Last.Keys))
		for _, k := range d.Last.Keys {
			d.hadRecord[k] = true
		}
	})
	return d.hadRecord[k]
}

// changes says in words how a node differs from what its address had before, as far as both are
// known. It returns "" where no difference is known.
func (d *Decider) changes(out *Decision) string {
	key, ok := d.Last.Keys[out.Node.Address]
	switch {
	case !ok && d.Last.Failed[out.Node.Address]:
		return "failed before"
	case !ok:
		return neverRun
	}
	before, err := d.Store.Lookup(key)
	if err != nil {
		if out.Manifest == "" || key == out.Key {
			return ""
		}
		if err == store.ErrMiss { // one that wraps it is of a record that is there
			return "changed; its earlier record is gone"
		}
		return "changed; its earlier record cannot be read"
	}
	c := comparison{
		node: out.Node, files: d.Last.Files[out.Node.Address], last: d.lastOutput,
	}
	return strings.Join(c.words(before.Manifest, out.PartialManifest), ", ")
}

// lastOutput returns the digest of an output of another step when the study was last applied, zero
// where it is not known any more. known is false where that step had no result then.
func (d *Decider) lastOutput(in Input) (digest store.Digest, known bool) {
	key, known := d.Last.Keys[in.From]
	if !known {
		return digest, false
	}
	if r, err := d.Store.Lookup(key); err == nil {
		// an output that the step did not make has no digest
		digest, _ = outputDigest(r, in)
	}
	return digest, true
}

// sortedKeys returns a map's keys in order, so that messages and digests are always the same.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
