package engine

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// A Choice selects the part of a graph that is planned, by patterns of addresses: see Match.
type Choice struct {
	Targets  []string // these steps and all that they read from; empty: all steps
	Excludes []string // without these steps and all that read from them
}

// A NoStepError is the error of a pattern that matches no address.
type NoStepError struct{ Pattern string }

func (e *NoStepError) Error() string {
	if strings.ContainsAny(e.Pattern, "*?[") {
		return fmt.Sprintf("no step's address matches %q", e.Pattern)
	}
	return fmt.Sprintf("there is no step %q", e.Pattern)
}

// Match returns the nodes whose address is the pattern or matches it, in the graph's order. In a
// pattern, * and ? stand for anything between two slashes, and ** for any number of parts. Where no
// address matches, the error is a *NoStepError.
func (g *Graph) Match(pattern string) ([]*Node, error) {
	if n := g.Node(pattern); n != nil {
		return []*Node{n}, nil
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("%q is not a pattern: a bracket is not closed", pattern)
	}
	var found []*Node
	want := strings.Split(pattern, "/")
	for _, n := range g.Nodes {
		if matches(want, n.Address) {
			found = append(found, n)
		}
	}
	if found == nil {
		return nil, &NoStepError{pattern}
	}
	return found, nil
}

// matches reports whether an address matches the parts of a pattern.
func matches(want []string, address string) bool {
	if len(want) == 0 {
		return false
	}
	part, rest, more := strings.Cut(address, "/")
	if want[0] == "**" {
		return len(want) == 1 || matches(want[1:], address) || more && matches(want, rest)
	}
	if ok, _ := path.Match(want[0], part); !ok {
		return false
	}
	if !more {
		return len(want) == 1
	}
	return matches(want[1:], rest)
}

// Part returns the chosen part of a graph. It is a graph itself: it has all that its nodes read
// from. It returns an error where a pattern matches nothing, or no step is left.
func (g *Graph) Part(c Choice) (*Graph, error) {
	in, err := g.spreadFrom(c.Targets, g.up)
	if err != nil {
		return nil, err
	}
	out, err := g.spreadFrom(c.Excludes, g.down)
	if err != nil {
		return nil, err
	}
	var nodes []*Node
	for i, n := range g.Nodes {
		if (in[i] || len(c.Targets) == 0) && !out[i] {
			nodes = append(nodes, n)
		}
	}
	if len(nodes) == 0 {
		return nil, errors.New("no step is left: all were excluded")
	}
	return NewGraph(nodes)
}

// spreadFrom returns the nodes that match the patterns, and all that can be reached from them by
// next, which is the graph's up or down.
func (g *Graph) spreadFrom(patterns []string, next [][]int) (map[int]bool, error) {
	reached := map[int]bool{}
	var visit func(i int)
	visit = func(i int) {
		if reached[i] {
			return
		}
		reached[i] = true
		for _, k := range next[i] {
			visit(k)
		}
	}
	for _, p := range patterns {
		found, err := g.Match(p)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			visit(g.index[n.Address])
		}
	}
	return reached, nil
}
