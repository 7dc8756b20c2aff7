package engine

import (
	"strings"

	"snellen/engine/store"
)

// replace marks the steps that are to run whatever the store has.
func (p *Plan) replace() {
	for _, d := range p.Decisions {
		if !p.decider.Replace[d.Node.Address] {
			continue
		}
		if d.Again = true; d.Verdict != Run {
			d.Verdict, d.Why = Run, because(d.Node, "asked for by -replace")
		}
	}
}

// twins makes all steps of one key run, or none: where one of them is run again its record is
// replaced, and the others read that record. It reports whether it changed anything.
func (p *Plan) twins() bool {
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

// doubt goes down from every step that runs or may though its outputs are known: should it give
// other bytes than before, what reads from it has another key. It reports whether it changed
// anything.
func (p *Plan) doubt() bool {
	changed := false
	for i, d := range p.Decisions {
		if d.Manifest == "" || d.Verdict == Maybe || d.Again {
			continue
		}
		var up []*Decision
		for _, u := range p.Graph.up[i] {
			if p.Decisions[u].Verdict != Cached {
				up = append(up, p.Decisions[u])
			}
		}
		if len(up) == 0 || d.Verdict == Run && !p.decider.seen(d) {
			continue
		}
		d.Verdict, d.Why, changed = Maybe, d.Why.and(after(up)), true
	}
	return changed
}

// heal goes up from every step that runs or may, and plans to make again what it reads and is gone.
// Later nodes come first, so that a step which is made to run here is asked for its own inputs in
// turn. It reports whether it changed anything.
func (p *Plan) heal() bool {
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

// remake plans to make a step's objects again for a step below.
func (d *Decision) remake(fault string, below *Decision) {
	d.Verdict, d.Again = below.Verdict, below.Verdict == Run
	d.Why = because(d.Node, "objects "+fault)
	d.Why.Text += ", needed by " + below.Node.Address
}

// fault returns "gone" or "damaged" where an object of a record is, and "" where all are sound.
func fault(st *store.Store, memo *store.Memo, r store.Record) string {
	for _, out := range r.Outputs {
		if fault := st.Fault(out, r.Ended, memo); fault != "" {
			return fault
		}
	}
	return ""
}

// missing is the fault of what n reads from the record of address.
func (d *Decider) missing(r store.Record, n *Node, address string) string {
	for _, in := range n.Inputs {
		if in.From != address {
			continue
		}
		for name, out := range r.Outputs {
			inFolder := strings.HasSuffix(in.Output, "/") && strings.HasPrefix(name, in.Output)
			if name != in.Output && !inFolder {
				continue
			}
			if fault := d.Store.Fault(out, r.Ended, d.Memo); fault != "" {
				return fault
			}
		}
	}
	return ""
}
