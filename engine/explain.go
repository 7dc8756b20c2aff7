package engine

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"snellen/engine/step"
	"snellen/engine/store"
)

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

// Difference says in words how two manifests, or drafts, of a step differ: nothing where they do not. Where the second is
// not today's, placed is false and the words tell no place in the spec.
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

// RunKey is the key that a step had in the run with that ID.
func RunKey(st *store.Store, id, address string) (store.Key, error) {
	j, err := OpenRun(st, id)
	if err != nil {
		return store.Key{}, err
	}
	defer j.Close()
	var text string
	for {
		e, err := j.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return store.Key{}, fmt.Errorf("read run %s: %w", id, err)
		}
		if e.Address == address && slices.Contains([]string{HitEntry, CompleteEntry}, e.Type) {
			text = e.Key
		}
	}
	var k store.Key
	if text == "" {
		return k, step.WithHint(fmt.Errorf("%s has no result in run %s", address, id), "type snellen logs "+strings.TrimSpace(address)+" -run "+id)
	}
	if err := k.UnmarshalText([]byte(text)); err != nil {
		return k, fmt.Errorf("read run %s: %w", id, err)
	}
	return k, nil
}
