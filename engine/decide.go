package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"snellen/engine/step"
	"snellen/engine/store"
)

// A Verdict is what will become of a step.
type Verdict int

// The verdicts. Maybe is a step below one that runs: it runs only if bytes come out that it has not seen before.
const (
	Cached Verdict = iota
	Run
	Maybe
)

func (v Verdict) String() string { return [...]string{"cached", "run", "maybe"}[v] }

// A Decision is the verdict on one node.
type Decision struct {
	Node            *Node
	Verdict         Verdict
	Why             Reason
	Key             store.Key        // zero while an input is not known
	Manifest        string           // "" while an input is not known
	PartialManifest string           // the manifest, but for the digests that are not known
	Known           store.PartialKey // what of the key is known for sure
	Record          *store.Record    // of a cached step, and of one that runs or may run though it has one
	Again           bool             // it runs whatever the store has
	Before          bool             // its address had a result before
	Expect          Expectation      // of one that runs or may run
}

// A Plan is a decision for each node of a graph, in the graph's order.
type Plan struct {
	Graph     *Graph
	Decisions []*Decision
	decider   *Decider
}

// Count tells how many decisions have the verdict.
func (p *Plan) Count(v Verdict) int {
	n := 0
	for _, d := range p.Decisions {
		if d.Verdict == v {
			n++
		}
	}
	return n
}

// Tools tells the identity of a tool by the name that a Kind uses.
type Tools func(ctx context.Context, name string) (string, error)

// A Decider holds what deciding needs beside the graph: it reads, and writes nothing but the memo.
type Decider struct {
	Store   *store.Store
	Memo    *store.Memo
	Tools   Tools
	Last    store.Last      // what each address led to before; for reasons alone
	Replace map[string]bool // addresses of steps to run whatever the store has

	known     map[string]string // tool -> identity
	histories histories
}

// Decide gives the plan for a graph. The errors of all files that cannot be read come joined. Nodes of one depth do not
// read from each other, so they are judged on all cores; the plan is the same as one by one.
//
// The plan is a promise: an apply of it runs every step that it says will run, and no other but those that it says may.
// It counts as running, too, that a step of the same key is run in this apply.
func (d *Decider) Decide(ctx context.Context, g *Graph) (*Plan, error) {
	d.known, d.histories.of = map[string]string{}, map[store.Shape]store.History{}
	p := &Plan{Graph: g, Decisions: make([]*Decision, len(g.Nodes)), decider: d}
	problems := make([]error, len(g.Nodes))
	for i, n := range g.Nodes { // here, since a tool may be asked by starting it
		if _, err := d.tools(ctx, n); err != nil {
			return nil, err
		}
		p.Decisions[i] = &Decision{Node: n, Verdict: Run}
	}
	for _, depth := range g.depths() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		spread(depth, func(i int) {
			decision, err := d.decideNode(ctx, p, i)
			if problems[i] = err; err == nil {
				p.Decisions[i] = decision
			}
		})
	}
	if err := errors.Join(distinct(problems)...); err != nil {
		return nil, err
	}
	p.replace()
	for p.twins() || p.doubt() || p.heal() {
	}
	p.expect()
	return p, nil
}

// depths are the nodes' indexes by the longest way to a node that reads from none.
func (g *Graph) depths() [][]int {
	var depths [][]int
	at := make([]int, len(g.Nodes))
	for i := range g.Nodes {
		for _, u := range g.up[i] {
			at[i] = max(at[i], at[u]+1)
		}
		if at[i] == len(depths) {
			depths = append(depths, nil)
		}
		depths[at[i]] = append(depths[at[i]], i)
	}
	return depths
}

// spread calls do for each item, on all cores.
func spread(items []int, do func(int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(items)) {
		all.Go(func() {
			for k := next.Add(1) - 1; k < int64(len(items)); k = next.Add(1) - 1 {
				do(items[k])
			}
		})
	}
	all.Wait()
}

func distinct(list []error) []error {
	seen := map[string]bool{}
	var out []error
	for _, err := range list {
		if err != nil && !seen[err.Error()] {
			out, seen[err.Error()] = append(out, err), true
		}
	}
	return out
}

// decideNode decides node i from the decisions on all that it reads from. Plan and apply share it: a plan calls it for nodes
// whose inputs may be unknown, apply for nodes whose inputs are all there.
func (d *Decider) decideNode(ctx context.Context, p *Plan, i int) (*Decision, error) {
	n := p.Graph.Nodes[i]
	tools, err := d.tools(ctx, n)
	if err != nil {
		return nil, err
	}
	inputs, open, err := d.inputs(p, n)
	if err != nil {
		return nil, err
	}
	out := &Decision{Node: n, PartialManifest: manifest(n, tools, inputs), Known: store.PartialKey{Shape: shape(n, tools), Files: filesOf(n, inputs)}}
	_, out.Before = d.Last.Keys[n.Address]
	if len(open) > 0 {
		d.below(out, open)
		return out, nil
	}
	out.Manifest, out.Key = out.PartialManifest, sha256.Sum256([]byte(out.PartialManifest))
	record, err := d.Store.Lookup(out.Key)
	switch {
	case err != nil && errors.Is(err, store.ErrMiss):
		out.Verdict, out.Why = Run, because(n, d.why(out, err))
	case err != nil:
		return nil, fmt.Errorf("look up %s: %w", n.Address, err)
	default:
		out.Record = &record
		if fault := fault(d.Store, d.Memo, record); n.KeepOutputs && fault != "" {
			out.Verdict, out.Why, out.Again = Run, because(n, "objects "+fault), true
		}
	}
	return out, nil
}

func (d *Decider) tools(ctx context.Context, n *Node) ([]string, error) {
	list := make([]string, len(n.Kind.Tools))
	for i, name := range n.Kind.Tools {
		identity, ok := d.known[name]
		if !ok {
			var err error
			if identity, err = d.Tools(ctx, name); err != nil {
				return nil, err
			}
			if strings.ContainsAny(identity, "\r\n") {
				return nil, fmt.Errorf("the identity of %s has more than one line", name)
			}
			d.known[name] = identity
		}
		list[i] = identity
	}
	return list, nil
}

// inputs gives the digests of a node's inputs, zero where one is not known, and the decisions on the steps that make those.
func (d *Decider) inputs(p *Plan, n *Node) (list []store.Digest, open []*Decision, err error) {
	list = make([]store.Digest, len(n.Inputs))
	for i, in := range n.Inputs {
		if in.From == "" {
			out, _, err := d.Memo.Digest(in.File)
			if err != nil {
				return nil, nil, fileError(in.File, err)
			}
			list[i] = out.Digest
			continue
		}
		up := p.Decisions[p.Graph.index[in.From]]
		switch {
		case up.Record == nil && !slices.Contains(open, up):
			open = append(open, up)
		case up.Record != nil:
			if list[i], err = outputDigest(*up.Record, in); err != nil {
				return nil, nil, fmt.Errorf("step %s: %w", n.Address, err)
			}
		}
	}
	return list, open, nil
}

func fileError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return step.WithHint(fmt.Errorf("%s does not exist", path), "put the file there, or change its path in the spec")
	case errors.Is(err, fs.ErrPermission):
		return step.WithHint(fmt.Errorf("%s cannot be read: permission denied", path), "make it readable: chmod +r "+path)
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// outputDigest is the digest of one output, or of a folder's list of names and digests.
func outputDigest(r store.Record, in Input) (store.Digest, error) {
	if !strings.HasSuffix(in.Output, "/") {
		out, ok := r.Outputs[in.Output]
		if !ok {
			return store.Digest{}, fmt.Errorf("%s made no %s", in.From, in.Output)
		}
		return out.Digest, nil
	}
	var b strings.Builder
	for _, name := range sortedKeys(r.Outputs) {
		if strings.HasPrefix(name, in.Output) {
			b.WriteString(name + " " + r.Outputs[name].Digest.String() + "\n")
		}
	}
	return store.Sum([]byte(b.String())), nil
}
