// Package engine turns declared steps into results: a Graph of nodes, Decide that says which of them must run and why,
// and Apply that runs those and records them. It knows steps, and nothing of video or HCL.
//
// The flow: a Graph is built from a study; Decide walks it in order, makes each node's manifest from its parameters, its
// tools and its inputs' digests, and looks the manifest's key up in the store; the Plan that comes out is a value; Apply
// obeys it, and decides again, by the same function, only what had to wait for bytes. Everything that happens is an Event.
package engine

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"snellen/engine/step"
)

// A Node is one step of a study.
type Node struct {
	Address     string            // a path made of values: "320x240/train"
	Kind        *step.Kind        //
	Params      json.RawMessage   // canonical JSON
	Inputs      []Input           //
	Origins     map[string]Origin // parameter's JSON name, "areas/left" for an element of a list, or an input's role -> where a person wrote it; for messages
	Batch       string            // ready nodes of one kind that share it may be run in one go; "" is alone
	Weight      int               // how much of its pool it takes, 1 at least
	KeepOutputs bool              // its outputs are read by people: they are made again when they are gone
	Check       bool              // it checks what people gave: other steps begin when all checks have ended, and none begins where one failed

	before map[string]string // absolute paths of people's files that its address read before, by role; for messages
}

// An Input is one thing that a node reads: another node's output, or a person's file.
type Input struct {
	Role   string `json:"role"`             // "video", "probe/0": what the kind calls it
	From   string `json:"from,omitempty"`   // address of the node that makes it, or ""
	Output string `json:"output,omitempty"` // of From; a folder where it ends in "/"
	File   string `json:"file,omitempty"`   // path of a person's file, where From is ""
}

// Files are the absolute paths of the people's files that a node reads, by role.
func (n *Node) Files() (map[string]string, error) {
	files := map[string]string{}
	for _, in := range n.Inputs {
		if in.From != "" {
			continue
		}
		path, err := filepath.Abs(in.File)
		if err != nil {
			return nil, fmt.Errorf("where %s is: %w", in.File, err)
		}
		files[in.Role] = path
	}
	return files, nil
}

// An Origin is where a parameter's value was written.
type Origin struct {
	Attribute string // "hyperparameters.epochs"
	File      string
	Line      int
	Default   bool // nobody wrote it
	Derived   bool // the parameter is made of the attribute's value, and would say nothing to a person
}

func (o Origin) String() string {
	if o.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", o.File, o.Line)
}

// A Graph is a study's nodes, each after those that it reads from; the order is a function of the nodes alone.
type Graph struct {
	Nodes []*Node
	index map[string]int // by address
	up    [][]int        // the distinct nodes that each reads from
	down  [][]int        // the distinct nodes that read from each
}

// NewGraph orders nodes. Two nodes with one address, an input from nowhere and a cycle are errors.
func NewGraph(nodes []*Node) (*Graph, error) {
	given := make(map[string]*Node, len(nodes))
	for _, n := range nodes {
		if given[n.Address] != nil {
			return nil, fmt.Errorf("two steps have the address %s", n.Address)
		}
		given[n.Address] = n
	}
	g := &Graph{index: make(map[string]int, len(nodes))}
	for _, n := range nodes {
		if err := g.place(n, given, nil); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// place puts a node behind all that it reads from. trail is the way here, to name a cycle.
func (g *Graph) place(n *Node, given map[string]*Node, trail []string) error {
	if _, done := g.index[n.Address]; done {
		return nil
	}
	for i, a := range trail {
		if a == n.Address {
			return fmt.Errorf("steps read from each other: %s", strings.Join(append(trail[i:], n.Address), " -> "))
		}
	}
	trail = append(trail, n.Address)
	var up []int
	for _, in := range n.Inputs {
		if in.From == "" {
			continue
		}
		from := given[in.From]
		if from == nil {
			return fmt.Errorf("step %s reads from %s, which is no step", n.Address, in.From)
		}
		if err := g.place(from, given, trail); err != nil {
			return err
		}
		if at := g.index[in.From]; !slices.Contains(up, at) {
			up = append(up, at)
		}
	}
	at := len(g.Nodes)
	g.index[n.Address] = at
	g.Nodes = append(g.Nodes, n)
	g.up, g.down = append(g.up, up), append(g.down, nil)
	for _, u := range up {
		g.down[u] = append(g.down[u], at)
	}
	return nil
}

// Node is the node with that address, or nil.
func (g *Graph) Node(address string) *Node {
	if i, ok := g.index[address]; ok {
		return g.Nodes[i]
	}
	return nil
}
