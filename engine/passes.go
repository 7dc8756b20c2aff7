package engine

import (
	"iter"
	"strings"

	"snellen/engine/step"
	"snellen/engine/store"
)

// This file holds the passes of Decide. decideNode sets each verdict by the node's own inputs. The
// passes then change verdicts that depend on other nodes, upstream or downstream.

// applyReplace marks the steps that -replace names. They run whatever the store has.
func (p *Plan) applyReplace() {
	for _, d := range p.Decisions {
		if !p.decider.Replace[d.Node.Address] {
			continue
		}
		if d.Again = true; d.Verdict != Run {
			d.Verdict, d.Why = Run, because(d.Node, "asked for by -replace")
		}
	}
}

// matchTwins makes all steps of one key run, or none of them: where one runs again, its record is
// replaced, and that is the record of the others too. It reports whether it changed anything.
func (p *Plan) matchTwins() bool {
	// For each key, the first step that runs or, where none does, the first that may run.
	first := map[store.Key]*Decision{}
	for _, d := range p.Decisions {
		if d.Record == nil || d.Verdict == Cached {
			continue
		}
		if f := first[d.Key]; f == nil || f.Verdict == Maybe {
			first[d.Key] = d
		}
	}
	if len(first) == 0 {
		return false
	}
	changed := false
	for _, d := range p.Decisions {
		f := first[d.Key]
		if f == nil || d.Record == nil || d.Verdict == Run || d.Verdict == f.Verdict {
			continue
		}
		d.Verdict, d.Again, changed = f.Verdict, f.Again, true
		d.Why = because(d.Node, "the same work as "+f.Node.Address)
	}
	return changed
}

// markMaybe goes downstream from every step that runs, or may run, though its outputs are known: if
// it makes other bytes this time, its readers have other keys. It reports whether it changed
// anything.
func (p *Plan) markMaybe() bool {
	changed := false
	for i, d := range p.Decisions {
		if d.Manifest == "" || d.Verdict == Maybe || d.Again {
			continue
		}
		up := p.pending(i)
		// A step must run for any bytes where none with its shape and files was ever recorded.
		if len(up) == 0 || d.Verdict == Run && !p.decider.seen(d) {
			continue
		}
		d.Verdict, d.Why, changed = Maybe, d.Why.and(after(up)), true
	}
	return changed
}

// remakeMissing goes upstream from every step that runs, or may run, and plans to make again what
// it reads and is gone or damaged. It visits later nodes first, so that a step which must run
// because of this gets its own inputs in the same pass. It reports whether it changed anything.
func (p *Plan) remakeMissing() bool {
	changed := false
	for i := len(p.Decisions) - 1; i >= 0; i-- {
		below := p.Decisions[i]
		if below.Verdict == Cached {
			continue
		}
		for _, u := range p.Graph.up[i] {
			up := p.Decisions[u]
			if up.Record == nil || up.Verdict == Run || up.Verdict == below.Verdict {
				continue
			}
			if fault := p.decider.missing(*up.Record, below.Node, up.Node.Address); fault != "" {
				up.remake(fault, below)
				changed = true
			}
		}
	}
	return changed
}

// remake plans to make a step's objects again for a step downstream.
func (d *Decision) remake(fault string, below *Decision) {
	d.Verdict, d.Again = below.Verdict, below.Verdict == Run
	d.Why = because(d.Node, "objects "+fault)
	d.Why.Text += ", needed by " + below.Node.Address
}

// fault returns the first fault of what people read of a record, "gone" or "damaged", or "" if all
// is sound, here or where it can be fetched from.
func (d *Decider) fault(n *Node, r store.Record) string {
	for out := range n.shown(r) {
		if fault := d.faultOf(out, r); fault != "" {
			return fault
		}
	}
	return ""
}

// shown returns the outputs of a record that people read. Of a record of a shared store it leaves
// out the bulk.
func (n *Node) shown(r store.Record) iter.Seq[store.Output] {
	return func(yield func(store.Output) bool) {
		for name, out := range r.Outputs {
			if r.From != "" && step.Declared(n.Bulk, name) {
				continue
			}
			if !yield(out) {
				return
			}
		}
	}
}

// faultOf returns the fault of one of a record's objects.
func (d *Decider) faultOf(out store.Output, r store.Record) string {
	fault := d.Store.Fault(out, r.Ended, d.Memo)
	if fault != "" && d.behind.has(out) {
		return ""
	}
	return fault
}

// missing returns the first fault of the objects that n reads from the record of address, or "".
func (d *Decider) missing(r store.Record, n *Node, address string) string {
	for out := range read(n, address, r) {
		if fault := d.faultOf(out, r); fault != "" {
			return fault
		}
	}
	return ""
}

// read returns the outputs of the record of address that n reads.
func read(n *Node, address string, r store.Record) iter.Seq[store.Output] {
	return func(yield func(store.Output) bool) {
		for _, in := range n.Inputs {
			if in.From != address {
				continue
			}
			for name, out := range r.Outputs {
				inFolder := strings.HasSuffix(in.Output, "/") && strings.HasPrefix(name, in.Output)
				if (name == in.Output || inFolder) && !yield(out) {
					return
				}
			}
		}
	}
}
