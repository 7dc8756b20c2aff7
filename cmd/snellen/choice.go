package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/address"
)

// A choice is what part of a study is planned, by patterns of addresses, and what of it is run again.
type choice struct {
	Targets  []string `json:"targets,omitempty"`
	Excludes []string `json:"excludes,omitempty"`
	Replace  []string `json:"replace,omitempty"`
}

// choiceFlags declares the flags that choose.
func (a *app) choiceFlags(c *cobra.Command) {
	c.Flags().StringArrayVar(&a.flags.choice.Targets, "target", nil, "only the steps whose address fits `PATTERN`, such as 320x240/** or */train, and what they need; may be repeated")
	c.Flags().StringArrayVar(&a.flags.choice.Excludes, "exclude", nil, "not the steps whose address fits `PATTERN`, and not what needs them; may be repeated")
	c.Flags().StringArrayVar(&a.flags.choice.Replace, "replace", nil, "run the steps whose address fits `ADDRESS` again though they are cached; may be repeated")
}

// parallelismFlag declares -parallelism.
func (a *app) parallelismFlag(c *cobra.Command) {
	c.Flags().IntVar(&a.flags.parallelism, "parallelism", runtime.NumCPU(), "take at most `N` cores")
}

// cores refuses a -parallelism of nothing.
func (a *app) cores() error {
	if a.flags.parallelism < 1 {
		return errors.New("-parallelism must be 1 or more")
	}
	return nil
}

// choose makes the project's plans be about a part of its graph.
func (p *project) choose(c choice) error {
	part, err := p.graph.Part(engine.Choice{Targets: c.Targets, Excludes: c.Excludes})
	if err != nil {
		return p.misnamed(err)
	}
	p.part, p.replaced = part, map[string]bool{}
	for _, pattern := range c.Replace {
		found, err := part.Match(pattern)
		if err != nil && p.graph != part {
			if _, all := p.graph.Match(pattern); all == nil {
				err = step.WithHint(fmt.Errorf("-replace=%s is about steps that -target and -exclude leave out", pattern), "take -replace out, or choose them too")
			}
		}
		if err != nil {
			return p.misnamed(err)
		}
		for _, n := range found {
			p.replaced[n.Address] = true
		}
	}
	return nil
}

// misnamed adds to the error of a wrong address what was meant.
func (p *project) misnamed(err error) error {
	none, ok := errors.AsType[*engine.NoStepError](err)
	if !ok {
		return err
	}
	return step.WithHint(err, p.meant(none.Pattern))
}

// meant is a hint for an address, or a pattern, that no step has.
func (p *project) meant(pattern string) string {
	for _, wider := range []string{pattern + "/**", "*/" + pattern, "*/" + pattern + "/**", "**/" + pattern + "/**"} {
		if _, err := p.graph.Match(wider); err == nil {
			return "did you mean " + wider + "?"
		}
	}
	var known []string
	seen := map[string]bool{}
	for _, n := range p.graph.Nodes {
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
