package engine

import (
	"maps"
	"strings"
)

// An Ingredient is an input of a step with the digest that it has now.
type Ingredient struct {
	Input
	Digest string `json:"digest,omitempty"` // "sha256:HEX", "" while it is not known
}

// Ingredients returns the inputs of the decision's node, in the node's order.
func (d *Decision) Ingredients() []Ingredient {
	known := map[string]string{}
	for _, l := range lines(d.PartialManifest) {
		known[l.label] = l.value
	}
	list := make([]Ingredient, len(d.Node.Inputs))
	for i, in := range d.Node.Inputs {
		list[i] = Ingredient{in, known["in "+in.Role]}
	}
	return list
}

// Readers returns the addresses of the nodes that read from the node with that address.
func (g *Graph) Readers(address string) []string {
	i, ok := g.index[address]
	if !ok {
		return nil
	}
	var names []string
	for _, k := range g.down[i] {
		names = append(names, g.Nodes[k].Address)
	}
	return names
}

// Difference describes how two manifests, or partial ones, of a step differ; it returns nil where
// they do not. placed is false where now is not the manifest of the current spec: then no text
// names a place in the spec, and inputs are named by their roles.
func Difference(n *Node, before, now string, placed bool) []string {
	if !placed {
		n = n.unplaced()
	}
	c := comparison{node: n, rolesAlone: !placed}
	return c.words(before, now)
}

// unplaced returns a copy of a node that names no place in a spec.
func (n *Node) unplaced() *Node {
	bare := *n
	bare.Origins = maps.Clone(n.Origins)
	for name, o := range bare.Origins {
		bare.Origins[name] = Origin{Attribute: o.Attribute, Derived: o.Derived, OfKind: o.OfKind}
	}
	return &bare
}

// Told describes how a step was told to do other work, as Difference does: by its kind and its
// parameters alone. Its tools and its inputs are left out.
func Told(n *Node, before, now string, placed bool) []string {
	return Difference(n, told(before), told(now), placed)
}

// Told returns the lines of the node's manifests that Told reads.
func (n *Node) Told() string { return told(string(appendHead(nil, n, n.Kind.Tools))) }

// told returns a manifest's lines on the step's kind and parameters.
func told(manifest string) string {
	var b strings.Builder
	for line := range strings.Lines(manifest) {
		if strings.HasPrefix(line, "kind ") || strings.HasPrefix(line, "param ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
