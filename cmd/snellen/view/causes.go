package view

import (
	"fmt"
	"slices"
	"strings"

	"snellen/engine"
	"snellen/steps/address"
	"snellen/steps/term"
)

// A cause is a reason of their own for which steps run, or may run, with a count of the steps that
// only follow them.
type cause struct {
	own        string
	verdict    engine.Verdict
	addresses  []string
	run, maybe int // below
}

// causesOf returns a plan's causes, in its order. A step that follows several counts below the
// first.
func causesOf(plan *engine.Plan) []*cause {
	var list []*cause
	type key struct {
		own     string
		verdict engine.Verdict
	}
	known := map[key]*cause{}
	of := map[string]*cause{} // by address
	for _, d := range plan.Decisions {
		if d.Verdict == engine.Cached || d.Why.Own == "" {
			continue
		}
		k := key{d.Why.Own, d.Verdict}
		c := known[k]
		if c == nil {
			c = &cause{own: k.own, verdict: k.verdict}
			known[k] = c
			list = append(list, c)
		}
		c.addresses = append(c.addresses, d.Node.Address)
		of[d.Node.Address] = c
	}
	for _, d := range plan.Decisions {
		c := of[d.Why.Root]
		switch {
		case d.Why.Own != "" || c == nil:
		case d.Verdict == engine.Run:
			c.run++
		case d.Verdict == engine.Maybe:
			c.maybe++
		}
	}
	return list
}

// causes returns the causes in words, in at most room lines.
func (p *Plan) causes(wide, room int) string {
	var b strings.Builder
	all := causesOf(p.Plan)
	used := 0
	for i, c := range all {
		text := Wrap(term.Clean(p.names(c.addresses)+c.text()), wide)
		if below := c.below(); below != "" {
			text += Wrap("    "+below, wide)
		}
		n := strings.Count(text, "\n")
		if left := len(all) - i; used+n > room || used+n == room && left > 1 {
			fmt.Fprintf(&b, "and %s more: see all with -v\n", term.Count(left, "cause"))
			break
		}
		b.WriteString(text)
		used += n
	}
	return b.String()
}

func (c *cause) text() string {
	if c.verdict == engine.Maybe {
		return " may run: " + c.own
	}
	return " will run: " + c.own
}

// below is "below: 3 will run, 12 may".
func (c *cause) below() string {
	switch {
	case c.run > 0 && c.maybe > 0:
		return fmt.Sprintf("below: %d will run, %d may", c.run, c.maybe)
	case c.run > 0:
		return fmt.Sprintf("below: %d will run", c.run)
	case c.maybe > 0:
		return fmt.Sprintf("below: %d may run", c.maybe)
	}
	return ""
}

// maxNames is how many names a cause has. A person reads no more.
const maxNames = 3

// names returns the steps in few words: patterns, as -target takes them, that match these and no
// others.
func (p *Plan) names(addresses []string) string {
	if len(addresses) == len(p.Plan.Decisions) && len(addresses) > 1 {
		return fmt.Sprintf("all %d steps", len(addresses))
	}
	among := map[string]bool{}
	for _, a := range addresses {
		among[a] = true
	}
	var names []string
	for len(among) > 0 && len(names) < maxNames {
		first := addresses[slices.IndexFunc(addresses, func(a string) bool { return among[a] })]
		name, covered := p.widest(first, among)
		for _, a := range covered {
			delete(among, a)
		}
		if len(covered) > 1 {
			name += fmt.Sprintf(" (%d)", len(covered))
		}
		names = append(names, name)
	}
	if len(among) > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), len(among))
	}
	return strings.Join(names, ", ")
}

// widest returns the widest pattern that matches an address and no step outside among, and the
// addresses that it matches.
func (p *Plan) widest(at string, among map[string]bool) (string, []string) {
	for _, pattern := range address.Patterns(at, p.row(at) == shared) {
		found, err := p.Plan.Graph.Match(pattern)
		if err != nil || len(found) < 2 ||
			slices.ContainsFunc(found, func(n *engine.Node) bool { return !among[n.Address] }) {
			continue
		}
		var covered []string
		for _, n := range found {
			covered = append(covered, n.Address)
		}
		return pattern, covered
	}
	return at, []string{at}
}
