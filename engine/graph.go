// Package engine turns declared steps into results: a Graph of nodes, Decide that says which of
// them must run and why, and Apply that runs those and records them. It knows steps, and nothing of
// video or HCL.
//
// The flow: a Graph is built from a study. Decide walks it in order, makes each node's manifest
// from its parameters, its tools and its inputs' digests, and looks the manifest's key up in the
// store. The Plan that comes out is a value. Apply obeys it; by the same function it decides again
// only what had to wait for bytes. Everything that happens is an Event.
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
	Address string // a path made of values: "320x240/train"
	Kind    *step.Kind
	Params  json.RawMessage // canonical JSON
	Inputs  []Input

	// Origins say where a person wrote what the node was made of, for messages. They are named by
	// a parameter's JSON name, by "areas/left" for an element of a list, or by an input's role.
	Origins map[string]Origin

	Batch       string // ready nodes of one kind that share it may be run together; "": alone
	Weight      int    // how much of its pool it takes, at least 1
	KeepOutputs bool   // people read its outputs: they are made again when they are gone

	// Bulk are outputs, as the kind declares them, that are large and that people seldom read. A
	// record of a shared store is taken without them.
	Bulk []string

	// Check marks a node that checks what people wrote or filmed. Other nodes begin when all checks
	// have ended, and none begins where one failed.
	Check bool
}

// An Input is one thing that a node reads: another node's output, or a person's file.
type Input struct {
	Role   string `json:"role"`             // what the kind calls it: "video", "probe/0"
	From   string `json:"from,omitempty"`   // address of the node that makes it, or ""
	Output string `json:"output,omitempty"` // of From; a folder where it ends in "/"
	File   string `json:"file,omitempty"`   // path of a person's file, where From is ""
}

// Files returns the absolute paths of the people's files that a node reads, by role.
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
	Derived   bool // the parameter is computed from the attribute, and not shown to people
	OfKind    bool // a step of another kind may have another value, though nobody changed it
}

// String returns "FILE:LINE", or "" where nobody wrote the value.
func (o Origin) String() string {
	if o.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", o.File, o.Line)
}

// A Graph is a study's nodes, each after those that it reads from. The order is a function of the
// nodes alone.
type Graph struct {
	Nodes []*Node
	index map[string]int // by address
	up    [][]int        // the distinct nodes that each reads from, in the order of its inputs
	down  [][]int        // the distinct nodes that read from each
}

// NewGraph orders nodes. It refuses two nodes with one address, an input that reads from no node or
// from an output that the node's kind does not declare, a role that the kind does not read, and a
// cycle.
func NewGraph(nodes []*Node) (*Graph, error) {
	for _, n := range nodes {
		if err := n.checkRoles(); err != nil {
			return nil, err
		}
	}
	return newGraph(nodes, checkOutput)
}

// newGraph orders nodes; check looks at each input that reads from another node.
func newGraph(nodes []*Node, check func(n *Node, in Input, from *Node) error) (*Graph, error) {
	s := &sorter{
		graph: &Graph{index: make(map[string]int, len(nodes))}, check: check,
		given: make(map[string]*Node, len(nodes)), placing: map[string]bool{},
		seen: make([]int, len(nodes)),
	}
	for _, n := range nodes {
		if s.given[n.Address] != nil {
			return nil, fmt.Errorf("two steps have the address %s", n.Address)
		}
		s.given[n.Address] = n
	}
	for _, n := range nodes {
		if err := s.place(n); err != nil {
			return nil, err
		}
	}
	return s.graph, nil
}

// checkRoles refuses a role that the node's kind does not read.
func (n *Node) checkRoles() error {
	for _, in := range n.Inputs {
		if !n.Kind.Reads(in.Role) {
			return fmt.Errorf("step %s has an input %q, and steps of kind %s read %s",
				n.Address, in.Role, n.Kind.Name, listed(n.Kind.Roles))
		}
	}
	return nil
}

// checkOutput refuses an output that the kind of the step that it comes from does not declare.
func checkOutput(n *Node, in Input, from *Node) error {
	if !from.Kind.Makes(in.Output) {
		return fmt.Errorf("step %s reads %q from %s, and steps of kind %s make %s",
			n.Address, in.Output, in.From, from.Kind.Name, listed(from.Kind.Outputs))
	}
	return nil
}

// listed joins names for a message.
func listed(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// A sorter makes a graph. It visits every input once or twice, so it takes time in proportion to
// the number of inputs.
type sorter struct {
	graph   *Graph
	check   func(n *Node, in Input, from *Node) error
	given   map[string]*Node // by address
	placing map[string]bool  // addresses of the trail
	trail   []string         // the way to the node that is being placed, to name a cycle
	seen    []int            // for each placed node, the last node known to read from it, plus 1
}

// place puts a node behind all that it reads from.
func (s *sorter) place(n *Node) error {
	if _, done := s.graph.index[n.Address]; done {
		return nil
	}
	if s.placing[n.Address] {
		way := append(s.trail[slices.Index(s.trail, n.Address):], n.Address)
		return fmt.Errorf("steps read from each other: %s", strings.Join(way, " -> "))
	}
	s.placing[n.Address] = true
	s.trail = append(s.trail, n.Address)
	for _, in := range n.Inputs {
		if in.From == "" {
			continue
		}
		from := s.given[in.From]
		if from == nil {
			return fmt.Errorf("step %s reads from %s, which is no step", n.Address, in.From)
		}
		if err := s.check(n, in, from); err != nil {
			return err
		}
		if err := s.place(from); err != nil {
			return err
		}
	}
	s.trail = s.trail[:len(s.trail)-1]
	delete(s.placing, n.Address)
	s.append(n)
	return nil
}

// append adds a node to the graph, behind the nodes that it reads from.
func (s *sorter) append(n *Node) {
	g, at := s.graph, len(s.graph.Nodes)
	var up []int
	for _, in := range n.Inputs {
		if in.From == "" {
			continue
		}
		if u := g.index[in.From]; s.seen[u] != at+1 {
			s.seen[u] = at + 1
			up = append(up, u)
			g.down[u] = append(g.down[u], at)
		}
	}
	g.index[n.Address] = at
	g.Nodes = append(g.Nodes, n)
	g.up, g.down = append(g.up, up), append(g.down, nil)
}

// Node returns the node with that address, or nil.
func (g *Graph) Node(address string) *Node {
	if i, ok := g.index[address]; ok {
		return g.Nodes[i]
	}
	return nil
}
