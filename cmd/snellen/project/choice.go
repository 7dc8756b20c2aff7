package project

import (
	"errors"
	"fmt"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/address"
)

// A Choice says, by patterns of addresses, which part of a study is planned and what of it is run
// again.
type Choice struct {
	Targets  []string `json:"targets,omitempty"`
	Excludes []string `json:"excludes,omitempty"`
	Replace  []string `json:"replace,omitempty"`
}

// Choose makes the project's plans cover a part of its graph.
func (p *Project) Choose(c Choice) error {
	part, err := p.Graph.Part(engine.Choice{Targets: c.Targets, Excludes: c.Excludes})
	if err != nil {
		return p.WithSuggestion(err)
	}
	p.part, p.replaced = part, map[string]bool{}
	for _, pattern := range c.Replace {
		found, err := part.Match(pattern)
		if err != nil && p.Graph != part {
			if _, all := p.Graph.Match(pattern); all == nil {
				err = fmt.Errorf("-replace=%s is about steps that -target and -exclude leave out",
					pattern)
				err = step.WithHint(err, "leave -replace out, or choose them too")
			}
		}
		if err != nil {
			return p.WithSuggestion(err)
		}
		for _, n := range found {
			p.replaced[n.Address] = true
		}
	}
	return nil
}

// Step returns the step with that address. Its error names those that a pattern, or a part of an
// address, fits.
func (p *Project) Step(at string) (*engine.Node, error) {
	if n := p.Graph.Node(at); n != nil {
		return n, nil
	}
	for _, pattern := range append([]string{at}, wider(at)...) {
		found, err := p.Graph.Match(pattern)
		if err != nil {
			continue
		}
		hint := "name one: " + found[0].Address
		if len(found) > 1 {
			hint += ", or another of the " + fmt.Sprint(len(found)) + " that " + pattern + " fits"
		}
		return nil, step.WithHint(fmt.Errorf("%q is not the whole address of a step", at), hint)
	}
	return nil, p.WithSuggestion(&engine.NoStepError{Pattern: at})
}

// wider returns patterns that fit more than an address or a pattern does.
func wider(at string) []string {
	return []string{at + "/**", "*/" + at, "*/" + at + "/**", "**/" + at + "/**"}
}

// WithSuggestion adds a hint to the error of an address that no step has: what was probably meant.
// It returns other errors as they are.
func (p *Project) WithSuggestion(err error) error {
	none, ok := errors.AsType[*engine.NoStepError](err)
	if !ok {
		return err
	}
	return step.WithHint(err, p.suggest(none.Pattern))
}

// suggest returns a hint for an address, or a pattern, that no step has.
func (p *Project) suggest(pattern string) string {
	for _, wider := range wider(pattern) {
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
