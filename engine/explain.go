package engine

import "maps"

// An Ingredient is an input of a step with the digest that it has now.
type Ingredient struct {
	Input
	Digest string `json:"digest,omitempty"` // "sha256:HEX", "" while it is not known
}

// Ingredients are the inputs of a decision's node, in its order.
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

// Readers are the addresses of the nodes that read from one.
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

// Difference says in words how two manifests, or drafts, of a step differ: nothing where they do
// not. Where the second is not today's, placed is false and the words name no place in the spec.
func Difference(n *Node, before, now string, placed bool) []string {
	if !placed {
		bare := *n
		bare.Origins = maps.Clone(n.Origins)
		for name, o := range bare.Origins {
			bare.Origins[name] = Origin{Attribute: o.Attribute}
		}
		n = &bare
	}
	return differences(n, before, now)
}
