package engine

import (
	"context"
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

// The verdicts. Maybe is a step below one that runs: it runs only where that one makes bytes that
// were not seen before.
const (
	Cached Verdict = iota
	Run
	Maybe
)

func (v Verdict) String() string { return [...]string{"cached", "run", "maybe"}[v] }

// A Decision is the verdict on one node.
type Decision struct {
	Node     *Node
	Verdict  Verdict
	Why      Reason
	Key      store.Key     // zero while an input is not known
	Manifest string        // "" while an input is not known
	Record   *store.Record // set where the key has a record, even if the step runs or may run
	Far      bool          // the record is in the shared store, and not here yet
	Fetch    int64         // bytes of its outputs that an apply will or may fetch from there
	Again    bool          // it runs whatever the store has
	Before   bool          // its address had a result before
	Expect   Expectation   // of a step that runs or may run

	PartialManifest string // the manifest without the digests that are not known

	tools  []string       // identities, in the order of the kind's tools
	inputs []store.Digest // in the node's order; zero while it is not known
}

// PartialKey returns what is known of the key before the steps above have run. Most plans never
// ask, so it is computed when it is asked for.
func (d *Decision) PartialKey() store.PartialKey {
	return store.PartialKey{Shape: shape(d.Node, d.tools), Files: filesOf(d.Node, d.inputs)}
}

// A Plan is a decision for each node of a graph, in the graph's order.
type Plan struct {
	Graph     *Graph
	Decisions []*Decision
	decider   *Decider
}

// Count returns how many decisions have the verdict.
func (p *Plan) Count(v Verdict) int {
	n := 0
	for _, d := range p.Decisions {
		if d.Verdict == v {
			n++
		}
	}
	return n
}

// Tools returns the identity of a tool by the name that a Kind uses. It may be called from any
// goroutine.
type Tools func(ctx context.Context, name string) (string, error)

// A Decider holds what deciding needs beside the graph. It reads, and writes nothing but the memo.
type Decider struct {
	Store   *store.Store
	Memo    *store.Memo
	Tools   Tools
	Last    store.Last      // what each address led to before; for reasons alone
	Replace map[string]bool // addresses of steps to run whatever the store has
	Far     Far             // what other machines made; nil: nothing

	// Hints returns keys that steps may have, such as those of a lock file. They are looked up
	// together with the first keys that are asked of Far, where each depth of the graph would take a
	// request's time. It is called once, and may be nil.
	Hints func() []store.Key

	known     map[string]string       // tool -> identity
	ofKind    map[*step.Kind][]string // identities, in the kind's order
	histories histories
	files     fileDigests
	lastKeys  sync.Once
	hadRecord map[store.Key]bool // the keys of Last, once lastKeys is done
	behind    *background
}

// Decide makes the plan for a graph. The errors of all files that cannot be read come joined. Nodes
// of one depth do not read from each other, so they are decided on all cores; the plan is the same
// as one by one.
//
// The plan is a promise: its apply runs every step that the plan says will run, and no other but
// those that it says may run. A step also counts as run where this apply runs another of its key.
// Where other applies go on, one of them may run a step first; then this one takes its record.
func (d *Decider) Decide(ctx context.Context, g *Graph) (*Plan, error) {
	d.known, d.ofKind = map[string]string{}, map[*step.Kind][]string{}
	d.histories.of = map[store.Shape]store.History{}
	d.files.of = map[string]store.Digest{}
	d.lastKeys = sync.Once{}
	d.behind = newBackground(d.Far, d.Hints)
	defer func() { d.files.of = nil }() // an apply looks at files anew
	if err := d.askTools(ctx, g); err != nil {
		return nil, err
	}
	p := &Plan{Graph: g, Decisions: make([]*Decision, len(g.Nodes)), decider: d}
	problems := make([]error, len(g.Nodes))
	for _, depth := range g.depths() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		decide := func(i int) {
			decision, err := d.decideNode(p, i)
			if problems[i] = err; err != nil {
				decision = &Decision{Node: g.Nodes[i], Verdict: Run}
			}
			p.Decisions[i] = decision
		}
		spread(depth, decide)
		if again := d.lookFar(ctx, p, depth); len(again) > 0 {
			spread(again, decide)
		}
	}
	if err := errors.Join(distinct(problems)...); err != nil {
		return nil, err
	}
	// What one pass changes may concern another, so they repeat until none changes anything.
	p.applyReplace()
	for p.matchTwins() || p.markMaybe() || p.lookForMissing(ctx) || p.remakeMissing() {
	}
	p.recount()
	p.expect()
	p.fetches()
	return p, ctx.Err()
}

// depths returns the nodes' indexes by the longest way to a node that reads from none.
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

// distinct returns the errors of a list, those with the same text once.
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

// decideNode decides node i from the decisions on all that it reads from. Plan and apply share it:
// a plan calls it for nodes whose inputs may be unknown, apply for nodes whose inputs are all
// there.
func (d *Decider) decideNode(p *Plan, i int) (*Decision, error) {
	n := p.Graph.Nodes[i]
	tools := d.ofKind[n.Kind]
	inputs, open, err := d.inputs(p, i)
	if err != nil {
		return nil, err
	}
	text := manifest(n, tools, inputs)
	out := &Decision{Node: n, PartialManifest: text, tools: tools, inputs: inputs}
	_, out.Before = d.Last.Keys[n.Address]
	if len(open) > 0 {
		d.decideOpen(out, open)
		return out, nil
	}
	out.Manifest = text
	var record store.Record
	out.Key, record, err = d.Store.LookupManifest(text)
	switch {
	case err != nil && errors.Is(err, store.ErrMiss):
		far, ok := d.behind.record(n, out.Key)
		if !ok {
			out.Verdict, out.Why = Run, because(n, d.missReason(out, err))
			return out, nil
		}
		record, out.Far = far, true
	case err != nil:
		return nil, fmt.Errorf("look up %s: %w", n.Address, err)
	}
	out.Record = &record
	if n.KeepOutputs {
		if fault := d.fault(n, record); fault != "" {
			out.Verdict, out.Why, out.Again = Run, because(n, "objects "+fault), true
		}
	}
	return out, nil
}

// askTools learns the identities of all tools of a graph. One may be asked by starting it, which takes
// a while, so all are asked at once. The error is that of the first, in the graph's order.
func (d *Decider) askTools(ctx context.Context, g *Graph) error {
	var names []string
	for _, n := range g.Nodes {
		if _, ok := d.ofKind[n.Kind]; ok {
			continue
		}
		d.ofKind[n.Kind] = make([]string, len(n.Kind.Tools))
		for _, name := range n.Kind.Tools {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	identities, problems := make([]string, len(names)), make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			identities[i], problems[i] = d.Tools(ctx, name)
			if problems[i] == nil && strings.ContainsAny(identities[i], "\r\n") {
				problems[i] = fmt.Errorf("the identity of %s has more than one line", name)
			}
		})
	}
	all.Wait()
	for i, name := range names {
		if problems[i] != nil {
			return problems[i]
		}
		d.known[name] = identities[i]
	}
	for kind, list := range d.ofKind {
		for i, name := range kind.Tools {
			list[i] = d.known[name]
		}
	}
	return nil
}

// inputs returns the digests of a node's inputs, zero where one is not known, and the decisions on
// the steps that make those.
func (d *Decider) inputs(p *Plan, i int) (list []store.Digest, open []*Decision, err error) {
	n := p.Graph.Nodes[i]
	for _, u := range p.Graph.up[i] {
		if p.Decisions[u].Record == nil {
			open = append(open, p.Decisions[u])
		}
	}
	list = make([]store.Digest, len(n.Inputs))
	for k, in := range n.Inputs {
		if in.From == "" {
			if list[k], err = d.files.digest(d.Memo, in.File); err != nil {
				return nil, nil, fileError(in.File, err)
			}
			continue
		}
		if r := p.Decisions[p.Graph.index[in.From]].Record; r != nil {
			if list[k], err = outputDigest(*r, in); err != nil {
				return nil, nil, fmt.Errorf("step %s: %w", n.Address, err)
			}
		}
	}
	return list, open, nil
}

// fileDigests are the digests of people's files that one Decide has looked at: a video is an input
// of many steps. A file counts as it was when it was first looked at.
type fileDigests struct {
	mu sync.Mutex
	of map[string]store.Digest // by path; nil: files are looked at each time
}

func (f *fileDigests) digest(memo *store.Memo, path string) (store.Digest, error) {
	f.mu.Lock()
	digest, ok := f.of[path]
	f.mu.Unlock()
	if ok {
		return digest, nil
	}
	out, _, err := memo.Digest(path)
	if err != nil {
		return store.Digest{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of != nil {
		f.of[path] = out.Digest
	}
	return out.Digest, nil
}

func fileError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return step.WithHint(fmt.Errorf("%s does not exist", path),
			"put the file there, or change its path in the spec")
	case errors.Is(err, fs.ErrPermission):
		return step.WithHint(fmt.Errorf("%s cannot be read: permission denied", path),
			"make it readable: chmod +r "+path)
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// outputDigest returns the digest of one output, or of a folder's list of names and digests.
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
