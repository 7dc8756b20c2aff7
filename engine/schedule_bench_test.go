package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

// BenchmarkApply applies graphs of steps that do nothing, in the shape of a study. It prints the
// time a step takes, which is the same for any number of steps where the scheduler is linear.
//
// "memory" has a fake in place of the executor: what is left is the scheduler, the decisions on
// nodes below, and for each of them a look into the store (on tmpfs where there is one). "store"
// runs a runner that writes an empty file, and records each step.
func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint("memory/", n), func(b *testing.B) { benchmarkApply(b, n, true) })
	}
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint("store/", n), func(b *testing.B) { benchmarkApply(b, n, false) })
	}
}

func benchmarkApply(b *testing.B, n int, fake bool) {
	for b.Loop() {
		b.StopTimer()
		p, st := emptyPlan(b, n)
		out, err := st.PutBytes(nil)
		if err != nil {
			b.Fatal(err)
		}
		empty := runner(func(_ context.Context, job *step.Job) error {
			return os.WriteFile(filepath.Join(job.Out, "out"), nil, 0o666)
		})
		o := Options{
			Runners: map[string]step.Runner{"join": empty}, Pools: map[string]int{"cpu": 4},
			Emit: func(Event) {},
		}
		dir, remove, err := st.Workspace()
		if err != nil {
			b.Fatal(err)
		}
		s := newScheduler(p, o, newExecutor(p.decider, dir, o))
		if fake {
			s.do = func(_ context.Context, r run) []outcome {
				record := store.Record{
					Manifest: r.work[0].Manifest, Ended: time.Now().Add(time.Hour),
					Outputs: map[string]store.Output{"out": out},
				}
				return []outcome{{record: &record}}
			}
		}
		b.StartTimer()
		s.loop(b.Context())
		b.StopTimer()
		if s.result.Ran != n {
			b.Fatalf("ran %d, %d failed, %d skipped", s.result.Ran, len(s.result.Failures),
				s.result.Skipped)
		}
		remove()
		if err := os.RemoveAll(st.Dir()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/step")
}

// emptyPlan plans n steps of a new store: for every nine, one that eight others read.
func emptyPlan(b *testing.B, n int) (*Plan, *store.Store) {
	dir := b.TempDir()
	if fi, err := os.Stat("/dev/shm"); err == nil && fi.IsDir() {
		if dir, err = os.MkdirTemp("/dev/shm", "apply-"); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { os.RemoveAll(dir) })
	}
	st, err := store.Open(filepath.Join(dir, "store"))
	if err == nil {
		err = st.Prepare()
	}
	if err != nil {
		b.Fatal(err)
	}
	var nodes []*Node
	for i := range n {
		n := node(fmt.Sprint("step/", i), fmt.Sprint(i))
		if i%9 > 0 {
			n = node(n.Address, fmt.Sprint(i), fmt.Sprint("step/", i-i%9))
		}
		nodes = append(nodes, n)
	}
	g, err := NewGraph(nodes)
	if err != nil {
		b.Fatal(err)
	}
	tools := func(context.Context, string) (string, error) { return "1", nil }
	p, err := (&Decider{Store: st, Memo: st.Memo(), Tools: tools}).Decide(b.Context(), g)
	if err != nil {
		b.Fatal(err)
	}
	return p, st
}
