package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// BenchmarkPlanCached plans graphs of cached steps in the shape of a study: a file and a probe for
// every nine steps on it. One run is a whole plan from a cold process's state: the memo is read,
// and every record looked up.
func BenchmarkPlanCached(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkPlan(b, n) })
	}
}

func benchmarkPlan(b *testing.B, n int) {
	dir := b.TempDir()
	g, err := NewGraph(study(b, dir, n))
	if err != nil {
		b.Fatal(err)
	}
	st, err := store.Open(filepath.Join(dir, "store"))
	if err != nil {
		b.Fatal(err)
	}
	decide := func() *Plan {
		memo := st.Memo()
		d := &Decider{Store: st, Memo: memo,
			Tools: func(context.Context, string) (string, error) { return "1", nil }}
		p, err := d.Decide(b.Context(), g)
		if err != nil {
			b.Fatal(err)
		}
		memo.Save()
		return p
	}
	commitAll(b, st, g)
	decide() // fills the memo
	if got := decide().Count(Cached); got != n {
		b.Fatalf("%d cached", got)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		decide()
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/plan")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/(1<<20),
		"MiB-allocated/plan")
}

// study makes n nodes: for every nine, a file, its probe, and eight steps that read both.
func study(b *testing.B, dir string, n int) []*Node {
	old := time.Now().Add(-time.Hour)
	var nodes []*Node
	for i := 0; len(nodes) < n; i++ {
		file := filepath.Join(dir, fmt.Sprint("video", i))
		if err := os.WriteFile(file, fmt.Append(nil, i), 0o666); err != nil {
			b.Fatal(err)
		}
		if err := os.Chtimes(file, old, old); err != nil {
			b.Fatal(err)
		}
		probe := fmt.Sprint("probe/", i)
		nodes = append(nodes, node(probe, "probe", file))
		for k := 0; k < 8 && len(nodes) < n; k++ {
			nodes = append(nodes,
				node(fmt.Sprintf("%d/transcode/%d", k, i), fmt.Sprint(k), file, probe))
		}
	}
	return nodes
}

// commitAll records every node as if it had run.
func commitAll(b *testing.B, st *store.Store, g *Graph) {
	plan := &Plan{Graph: g, Decisions: make([]*Decision, len(g.Nodes))}
	d := &Decider{Store: st, Memo: st.Memo(), behind: newBackground(nil, nil)}
	d.Tools = func(context.Context, string) (string, error) { return "1", nil }
	d.known, d.ofKind = map[string]string{}, map[*step.Kind][]string{}
	if err := d.askTools(b.Context(), g); err != nil {
		b.Fatal(err)
	}
	d.histories.of = map[store.Shape]store.History{}
	plan.decider = d
	if err := st.Prepare(); err != nil {
		b.Fatal(err)
	}
	for i := range g.Nodes {
		decision, err := d.decideNode(plan, i)
		if err != nil {
			b.Fatal(err)
		}
		out, err := st.PutBytes([]byte(decision.Manifest))
		if err != nil {
			b.Fatal(err)
		}
		r := store.Record{Manifest: decision.Manifest, Outputs: map[string]store.Output{"out": out},
			Log: out.Digest}
		if err := st.Commit(r, decision.PartialKey()); err != nil {
			b.Fatal(err)
		}
		decision.Record = &r
		plan.Decisions[i] = decision
	}
}
