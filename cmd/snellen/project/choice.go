package project

import (
	"errors"
	"fmt"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/address"
)

// A Choice is what part of a study is planned, by patterns of addresses, and what of it is run again.
type Choice struct {
	Targets  []string `json:"targets,omitempty"`
	Excludes []string `json:"excludes,omitempty"`
	Replace  []string `json:"replace,omitempty"`
}

// Choose makes the project's plans be about a part of its graph.
func (p *Project) Choose(c Choice) error {
	part, err := p.Graph.Part(engine.Choice{Targets: c.Targets, Excludes: c.Excludes})
	if err != nil {
		return p.Misnamed(err)
	}
	p.part, p.replaced = part, map[string]bool{}
	for _, pattern := range c.Replace {
		found, err := part.Match(pattern)
		if err != nil && p.Graph != part {
			if _, all := p.Graph.Match(pattern); all == nil {
				err = step.WithHint(fmt.Errorf("-replace=%s is about steps that -target and -exclude leave out", pattern), "take -replace out, or choose them too")
			}
		}
		if err != nil {
			return p.Misnamed(err)
		}
		for _, n := range found {
			p.replaced[n.Address] = true
		}
	}
	return nil
}

// Misnamed adds to the error of a wrong address what was meant.
func (p *Project) Misnamed(err error) error {
	none, ok := errors.AsType[*engine.NoStepError](err)
	if !ok {
		return err
	}
	return step.WithHint(err, p.meant(none.Pattern))
}

// meant is a hint for an address, or a pattern, that no step has.
func (p *Project) meant(pattern string) string {
	for _, wider := range []string{pattern + "/**", "*/" + pattern, "*/" + pattern + "/**", "**/" + pattern + "/**"} {
		if _, err := p.Graph.Match(wider); err == nil {
			return "did you mean " + wider + "?"
		}
	}
	var known []string
	seen := map[string]bool{}
	for _, n := range p.Graph.Nodes {
		for _, name := range append(address.Patterns(n.Address, p.common(n.Address)), n.Address) {
			if !seen[name] {
				known, seen[name] = append(known, name), true
			}
		}
	}
	if near := specs.Nearest(pattern, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "type snellen plan -v to see all addresses"
}
