package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"snellen/engine/step"
	"snellen/engine/store"
)

func TestSecondApplyRunsNothing(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	nodes := []*Node{node("c", "C", "a", "b"), node("a", "A", in), node("b", "B", in)}
	r := w.apply(nodes...)
	w.expect("a", "b", "c")
	if got := w.output(r, "c"); got != "C(A(x))(B(x))" || r.Ran != 3 {
		t.Errorf("c is %q, ran %d", got, r.Ran)
	}
	p := w.plan(nodes...)
	if got := verdicts(p); got != "a=cached b=cached c=cached" {
		t.Errorf("plan: %s", got)
	}
	if r := w.carryOut(t.Context(), p); r.Ran != 0 || len(w.ran) != 0 {
		t.Errorf("ran %q", w.ran)
	}
}

func TestTouchedFileMovesNothing(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	w.apply(node("a", "A", in))
	if err := os.Chtimes(in, time.Now(), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if got := verdicts(w.plan(node("a", "A", in))); got != "a=cached" {
		t.Error(got)
	}
}

func TestReasons(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	w.apply(node("a", "A", in), node("b", "B", "a"))
	changed := node("a", "AA", in)
	changed.Origins = map[string]Origin{"Text": {Attribute: "block.text", File: "spec.hcl",
		Line: 7}}
	for _, c := range []struct {
		name, want, address string
		plan                func() *Plan
	}{
		{"parameter", `block.text "A" -> "AA" (spec.hcl:7)`, "a",
			func() *Plan { return w.plan(changed, node("b", "B", "a")) }},
		{"below", "after a", "b", func() *Plan { return w.plan(changed, node("b", "B", "a")) }},
		{"new", "never run", "n", func() *Plan { return w.plan(node("n", "N", in)) }},
		{"tool", "glue 1.0 -> 2.0", "a",
			func() *Plan {
				w.tool = "2.0"
				defer func() { w.tool = "1.0" }()
				return w.plan(node("a", "A", in))
			}},
		{"file", in + " changed", "a",
			func() *Plan { w.file("in", "yy"); return w.plan(node("a", "A", in)) }},
	} {
		if got := why(c.plan(), c.address); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Of thousands of files few are named. Inputs that are gone, or have moved, are said.
func TestReasonsOfManyFiles(t *testing.T) {
	manifest := func(digests ...string) string {
		text := "manifest 1\nkind join 1\n"
		for i, d := range digests {
			text += fmt.Sprintf("in picture/%d sha256:%s\n", i, d)
		}
		return text
	}
	n := &Node{Address: "a"}
	for i := range 6 {
		n.Inputs = append(n.Inputs, Input{Role: fmt.Sprint("picture/", i),
			File: fmt.Sprint(i, ".jpg")})
	}
	for _, c := range []struct {
		before, now []string
		want        string
	}{
		{[]string{"a", "b", "c"}, []string{"a", "x", "b", "c"}, "1.jpg is new or changed"},
		{[]string{"a", "b", "c"}, []string{"b", "c"}, "it has fewer inputs than before"},
		{[]string{"a", "b", "c"}, []string{"b", "a", "c"}, "its inputs are in another order"},
		{[]string{"a"}, []string{"1", "2", "3", "4", "5", "6"},
			"0.jpg is new or changed, 1.jpg is new or changed, 2.jpg is new or changed, " +
				"3 more files are new or changed"},
		{[]string{"a", "b", "c"}, []string{"a", "a", "c"},
			"some of its inputs took the place of others"},
		{[]string{"a", "b"}, []string{"a", "b", "b"}, "it has more inputs than before"},
		{[]string{"a", "a", "b"}, []string{"a", "b"}, "it has fewer inputs than before"},
		{[]string{"a"}, []string{"a"}, ""},
	} {
		got := strings.Join(Difference(n, manifest(c.before...), manifest(c.now...), true), ", ")
		if got != c.want {
			t.Errorf("%v to %v: %q, want %q", c.before, c.now, got, c.want)
		}
	}
}

func TestEarlyCutoff(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "xy")
	nodes := func() []*Node {
		return []*Node{headOf("h", in), node("b", "B", "h"), node("c", "C", "b")}
	}
	w.apply(nodes()...)
	w.file("in", "xz z")
	p := w.plan(nodes()...)
	if got := verdicts(p); got != "h=run b=maybe c=maybe" {
		t.Errorf("plan: %s", got)
	}
	w.carryOut(t.Context(), p)
	w.expect("h")
	w.file("in", "qz z")
	w.apply(nodes()...)
	w.expect("h", "b", "c")
}

func TestFailureStopsOnlyWhatIsBelow(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		if job.Address == "bad" {
			job.Report(step.Progress{Log: "last words"})
			return errors.New("no luck")
		}
		return doJoin(ctx, job)
	})
	nodes := []*Node{node("bad", "1", in), node("below", "2", "bad"),
		node("deeper", "3", "below", "good"), node("good", "4", in), node("fine", "5", "good")}
	r := w.apply(nodes...)
	w.expect("bad", "good", "fine")
	if len(r.Failures) != 1 || r.Failures[0].Address != "bad" ||
		r.Failures[0].Log != "last words" || r.Skipped != 2 || r.Ran != 2 {
		t.Errorf("%+v", r)
	}
	w.runners["join"] = runner(doJoin)
	w.apply(nodes...)
	w.expect("bad", "below", "deeper")
}

// Nothing else begins before all checks have ended, and nothing where one failed. What is cached
// stays cached.
func TestChecksComeFirst(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	w.options.Pools["cpu"] = 2
	bad := true
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		if job.Address == "late check" && bad {
			return errors.New("no luck")
		}
		return doJoin(ctx, job)
	})
	check := func(address, text string) *Node {
		n := node(address, text, in)
		n.Check = true
		return n
	}
	nodes := func() []*Node {
		return []*Node{check("check", "1"), node("other", "2", "check"), node("apart", "3", in),
			node("done", "4", in), check("late check", "5")}
	}
	w.apply(node("done", "4", in))
	r := w.apply(nodes()...)
	w.expect("check", "late check")
	if len(r.Failures) != 1 || r.Failures[0].Address != "late check" || r.Skipped != 2 ||
		r.Ran != 1 || r.Interrupted {
		t.Errorf("%+v", r)
	}
	for _, d := range r.Decisions {
		if d.Node.Address == "done" && d.Record == nil {
			t.Error("what was cached is lost")
		}
	}
	bad = false
	w.apply(nodes()...)
	w.expect("late check", "other", "apart")
	if w.ran[0] != "late check" {
		t.Errorf("ran %q", w.ran)
	}
}

// TestTogether passes only if both steps run at once: each waits for the other.
func TestTogether(t *testing.T) {
	w := newWorld(t)
	var both sync.WaitGroup
	both.Add(2)
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		both.Done()
		both.Wait()
		return doJoin(ctx, job)
	})
	w.options.Pools["cpu"] = 2
	w.apply(node("a", "A"), node("b", "B"))
	w.expect("a", "b")
}

func TestPoolIsABound(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	used, most := 0, 0
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		takes := 1
		if strings.HasPrefix(job.Address, "big") {
			takes = 2
		}
		mu.Lock()
		used += takes
		most = max(most, used)
		mu.Unlock()
		err := doJoin(ctx, job)
		mu.Lock()
		used -= takes
		mu.Unlock()
		return err
	})
	w.options.Pools["cpu"] = 2
	var nodes []*Node
	for i := range 20 {
		nodes = append(nodes, node(fmt.Sprintf("small%d", i), fmt.Sprint(i)),
			node(fmt.Sprintf("big%d", i), fmt.Sprint("b", i)))
		nodes[2*i+1].Weight = 2 + i // more than there is must run too
	}
	if r := w.apply(nodes...); r.Ran != 40 || most > 2 {
		t.Errorf("ran %d, at most %d at once", r.Ran, most)
	}
}

// A batcher counts the jobs of each call.
type batcher struct {
	runner
	calls *[]int
}

func (b batcher) RunBatch(ctx context.Context, jobs []*step.Job) []error {
	*b.calls = append(*b.calls, len(jobs))
	errs := make([]error, len(jobs))
	for i, job := range jobs {
		if errs[i] = b.Run(ctx, job); job.Address == "bad" {
			errs[i] = errors.New("one of them failed")
		}
	}
	return errs
}

func TestBatch(t *testing.T) {
	w := newWorld(t)
	var calls []int
	w.runners["join"] = batcher{doJoin, &calls}
	in := w.file("in", "x")
	nodes := []*Node{node("a", "A", in), node("b", "B", in), node("bad", "C", in),
		node("alone", "D", in)}
	for _, n := range nodes[:3] {
		n.Batch = "one decode"
	}
	r := w.apply(nodes...)
	if fmt.Sprint(calls) != "[3]" || r.Ran != 3 || len(r.Failures) != 1 ||
		r.Failures[0].Address != "bad" {
		t.Errorf("calls %v, %+v", calls, r)
	}
	if w.output(r, "b") != "B(x)" || w.output(r, "alone") != "D(x)" {
		t.Error("wrong outputs")
	}
}

func TestTwinsRunOnce(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	var mu sync.Mutex
	runs := 0
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		mu.Lock()
		runs++
		mu.Unlock()
		return doJoin(ctx, job)
	})
	for _, batch := range []string{"", "together"} {
		runs = 0
		a, b := node("a", "same"+batch, in), node("b", "same"+batch, in)
		a.Batch, b.Batch = batch, batch
		if r := w.apply(a, b); runs != 1 || w.output(r, "b") != "same"+batch+"(x)" {
			t.Errorf("batch %q: ran %d times", batch, runs)
		}
	}
}

// A step that is decided between the record and the report of a run of its key ends with that run,
// like one that is decided before it.
func TestTwinOfARunThatJustEnded(t *testing.T) {
	w := newWorld(t)
	st := w.store()
	begun, goOn := make(chan store.Key, 1), make(chan struct{})
	w.runners["head"] = runner(func(ctx context.Context, job *step.Job) error {
		if filepath.Base(job.Inputs["in"]) == "slow" {
			begun <- <-begun // not before "a" runs
		}
		return doHead(ctx, job)
	})
	w.runners["join"] = runner(func(_ context.Context, job *step.Job) error {
		var key store.Key
		err := key.UnmarshalText([]byte(job.Key))
		begun <- key
		<-goOn
		return errors.Join(err, os.WriteFile(filepath.Join(job.Out, "out"), []byte("made"), 0o666))
	})
	w.options.Emit = func(e Event) {
		w.note(e)
		if f, ok := e.(Finished); ok && f.Address == "slow" { // the scheduler stands here
			close(goOn)
			unlock, err := st.Lock(t.Context(), <-begun, func() {})
			if err != nil {
				t.Error(err)
				return
			}
			unlock()
		}
	}
	r := w.apply(headOf("fast", w.file("fast", "x1")), headOf("slow", w.file("slow", "x2")),
		node("a", "same", "fast"), node("b", "same", "slow"))
	w.expect("fast", "slow", "a")
	if r.Ran != 4 || r.Shared != 1 {
		t.Errorf("ran %d steps, %d of them shared, want the twin to count as well", r.Ran, r.Shared)
	}
}

func TestGoneObjectsAreMadeAgainWhenNeeded(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	r := w.apply(node("a", "A", in), node("b", "B", "a"), node("c", "C", "b"))
	for _, address := range []string{"a", "b"} {
		if err := os.Remove(w.object(r, address)); err != nil {
			t.Fatal(err)
		}
	}
	if got := verdicts(w.plan(node("a", "A", in), node("b", "B", "a"),
		node("c", "C", "b"))); got != "a=cached b=cached c=cached" {
		t.Errorf("nobody needs the objects: %s", got)
	}
	p := w.plan(node("a", "A", in), node("b", "B", "a"), node("c", "CC", "b"))
	if got := verdicts(p); got != "a=run b=run c=run" {
		t.Errorf("plan: %s", got)
	}
	if got := why(p, "b"); got != "objects gone, needed by c" {
		t.Errorf("b: %s", got)
	}
	r = w.carryOut(t.Context(), p)
	w.expect("a", "b", "c")
	if got := w.output(r, "c"); got != "CC(B(A(x)))" {
		t.Errorf("c is %q", got)
	}
}

func TestWantedOutputsAreMadeAgain(t *testing.T) {
	w := newWorld(t)
	nodes := func() []*Node { n := node("a", "A"); n.KeepOutputs = true; return []*Node{n} }
	r := w.apply(nodes()...)
	if err := os.Remove(w.object(r, "a")); err != nil {
		t.Fatal(err)
	}
	w.apply(nodes()...)
	w.expect("a")
}

func TestDamagedObjectIsFoundAndMadeAgain(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	r := w.apply(node("a", "A", in), node("b", "B", "a"))
	damage(t, w.object(r, "a"))
	r = w.apply(node("a", "A", in), node("b", "BB", "a"))
	w.expect("a", "b")
	if got := w.output(r, "b"); got != "BB(A(x))" {
		t.Errorf("b is %q", got)
	}
	if kept, _ := filepath.Glob(filepath.Join(w.dir, "quarantine", "*")); len(kept) != 1 {
		t.Errorf("quarantine holds %q", kept)
	}
}

// Two steps find the objects of a third one gone. It is made again for the first of them, and
// fails. The second, which was running all the while, must be skipped, too.
func TestGoneObjectsThatCannotBeMadeAgain(t *testing.T) {
	w := newWorld(t)
	w.options.Pools["cpu"] = 2
	object := w.object(w.apply(node("a", "A")), "a")
	p := w.plan(node("a", "A"), node("b", "B", "a"), node("c", "C", "a"))
	w.runners["join"] = runner(func(context.Context, *step.Job) error {
		return errors.New("no luck")
	})
	st := w.store()
	unlock := map[string]func(){}
	for _, d := range p.Decisions[1:] {
		var err error
		if unlock[d.Node.Address], err = st.Lock(t.Context(), d.Key, func() {}); err != nil {
			t.Fatal(err)
		}
	}
	held := 0
	w.options.Emit = func(e Event) {
		w.note(e)
		switch e := e.(type) {
		case Warned:
			if !strings.Contains(e.Text, "another apply") {
				return
			}
			if held++; held == 2 { // both run, and wait for their locks
				if err := os.Remove(object); err != nil {
					t.Error(err)
				}
				unlock["b"]()
			}
		case Failed:
			unlock["c"]()
		}
	}
	r := w.carryOut(t.Context(), p)
	if len(r.Failures) != 1 || r.Failures[0].Address != "a" || r.Skipped != 2 || r.Ran != 0 {
		t.Errorf("%+v", r)
	}
}

// damage changes a file's bytes and keeps its length. A plan sees it by the file's times. The
// kernel's clock for these stands still for some milliseconds, so damage writes until the clock has
// moved. Damage without such a trace is found when a step reads the object, and no plan promises
// anything about it.
func damage(t *testing.T, path string) {
	t.Helper()
	began := time.Now()
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.Chmod(path, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	for {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		fi, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if fi.ModTime().After(began) {
			return
		}
	}
}

func TestDamagedRecordIsAMissWithAReason(t *testing.T) {
	w := newWorld(t)
	w.apply(node("a", "A"))
	records, _ := filepath.Glob(filepath.Join(w.dir, "records", "*", "*"))
	if len(records) != 1 {
		t.Fatal(records)
	}
	damage(t, records[0])
	p := w.plan(node("a", "A"))
	if got := why(p, "a"); !strings.HasPrefix(got, "record damaged: ") {
		t.Errorf("reason %q", got)
	}
	w.carryOut(t.Context(), p)
	w.expect("a")
}

func TestChangingInputIsNotRecorded(t *testing.T) {
	w := newWorld(t)
	in := w.file("in", "x")
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		w.file("in", "longer")
		return doJoin(ctx, job)
	})
	r := w.apply(node("a", "A", in))
	if len(r.Failures) != 1 ||
		!strings.Contains(r.Failures[0].Err.Error(), in+" changed while it was read") ||
		step.Hint(r.Failures[0].Err) == "" {
		t.Errorf("%+v", r.Failures)
	}
	p := w.plan(node("a", "A", in))
	w.file("in", "changed between")
	r = w.carryOut(t.Context(), p)
	if len(r.Failures) != 1 ||
		!strings.Contains(r.Failures[0].Err.Error(), in+" changed after it was planned") {
		t.Errorf("%+v", r.Failures)
	}
}

func TestUnreadableFilesAreAllTold(t *testing.T) {
	w := newWorld(t)
	_, err := w.tryPlan(node("a", "A", "/nowhere/1"), node("b", "B", "/nowhere/2"),
		node("c", "C", "/nowhere/1"))
	if err == nil || strings.Count(err.Error(), "does not exist") != 2 {
		t.Errorf("%v", err)
	}
}

func TestOnlyDeclaredRegularFiles(t *testing.T) {
	for want, leave := range map[string]func(out string) error{
		"made no output": func(string) error { return nil },
		"does not declare": func(out string) error {
			return os.WriteFile(filepath.Join(out, "other"), nil, 0o666)
		},
		"not a regular file": func(out string) error {
			return os.Symlink("/etc/passwd", filepath.Join(out, "out"))
		},
	} {
		w := newWorld(t)
		w.runners["join"] = runner(func(_ context.Context, job *step.Job) error {
			return leave(job.Out)
		})
		r := w.apply(node("a", "A"))
		if len(r.Failures) != 1 || !strings.Contains(r.Failures[0].Err.Error(), want) {
			t.Errorf("want %q: %+v", want, r.Failures)
		}
	}
}

func TestUnreproducibleStepIsTold(t *testing.T) {
	w := newWorld(t)
	runs := 0
	w.runners["join"] = runner(func(_ context.Context, job *step.Job) error {
		runs++
		return os.WriteFile(filepath.Join(job.Out, "out"), fmt.Append(nil, runs), 0o666)
	})
	n := node("a", "A")
	n.KeepOutputs = true
	r := w.apply(n)
	if err := os.Remove(w.object(r, "a")); err != nil {
		t.Fatal(err)
	}
	w.apply(n)
	if !strings.Contains(w.warnings(), "not reproducible") {
		t.Errorf("warnings: %q", w.warnings())
	}
}

func TestFirstInterruptLetsRunningStepsEnd(t *testing.T) {
	w := newWorld(t)
	stop, begun, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	w.options.Stop = stop
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		close(begun)
		<-release
		return doJoin(ctx, job)
	})
	w.options.Emit = func(e Event) {
		w.note(e)
		if _, ok := e.(Stopping); ok {
			close(release)
		}
	}
	go func() { <-begun; close(stop) }()
	r := w.apply(node("a", "A"), node("b", "B", "a"))
	if w.expect("a"); !r.Interrupted || r.Ran != 1 || len(r.Failures) != 0 {
		t.Errorf("%+v", r)
	}
	w.options.Stop, w.options.Emit, w.runners["join"] = nil, nil, runner(doJoin)
	w.apply(node("a", "A"), node("b", "B", "a"))
	w.expect("b")
}

func TestSecondInterruptEndsRunningSteps(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	r := w.carryOut(ctx, w.plan(node("a", "A"), node("b", "B")))
	if !r.Interrupted || r.Ran != 0 || len(r.Failures) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestOneStepOneRunInTwoApplies(t *testing.T) {
	w := newWorld(t)
	begun, release := make(chan struct{}), make(chan struct{})
	w.runners["join"] = runner(func(ctx context.Context, job *step.Job) error {
		close(begun) // twice would panic
		<-release
		return doJoin(ctx, job)
	})
	first, second := w.plan(node("a", "A")), w.plan(node("a", "A"))
	ended := make(chan *Result)
	other := &world{t: t, dir: w.dir, runners: w.runners, options: w.options}
	go func() { ended <- w.carryOut(t.Context(), first) }()
	<-begun
	other.options.Emit = func(e Event) {
		other.note(e)
		if _, ok := e.(Warned); ok { // it waits
			close(release)
		}
	}
	r := other.carryOut(t.Context(), second)
	if one := <-ended; one.Ran != 1 || r.Ran != 0 || r.Decisions[0].Record == nil {
		t.Errorf("first %+v, second %+v", one, r)
	}
}

func TestLockTimeout(t *testing.T) {
	w := newWorld(t)
	p := w.plan(node("a", "A"))
	st := w.store()
	if err := st.Prepare(); err != nil {
		t.Fatal(err)
	}
	unlock, err := st.Lock(t.Context(), p.Decisions[0].Key, func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	w.options.LockTimeout = time.Millisecond
	r := w.carryOut(t.Context(), p)
	if len(r.Failures) != 1 || !errors.Is(r.Failures[0].Err, ErrLockTimeout) {
		t.Errorf("%+v", r)
	}
}

func TestFolderOutputs(t *testing.T) {
	w := newWorld(t)
	folder := &step.Kind{Name: "folder", Version: 1, Outputs: []string{"pictures/"}, Pool: "cpu"}
	w.runners["folder"] = runner(func(_ context.Context, job *step.Job) error {
		for _, name := range []string{"pictures/a/1", "pictures/2"} {
			path := filepath.Join(job.Out, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777),
				os.WriteFile(path, []byte(name), 0o666)); err != nil {
				return err
			}
		}
		return nil
	})
	w.runners["join"] = runner(func(_ context.Context, job *step.Job) error {
		data, err := os.ReadFile(filepath.Join(job.Inputs["in"], "a/1"))
		return errors.Join(err, os.WriteFile(filepath.Join(job.Out, "out"), data, 0o666))
	})
	reader := &Node{Address: "reader", Kind: join, Params: params(""),
		Inputs: []Input{{Role: "in", From: "f", Output: "pictures/"}}}
	r := w.apply(&Node{Address: "f", Kind: folder, Params: params("")}, reader)
	if got := w.output(r, "reader"); got != "pictures/a/1" {
		t.Errorf("read %q", got)
	}
}
