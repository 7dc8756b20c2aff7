package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
)

func openJournal(t *testing.T, st *store.Store, at time.Time) *Writer {
	t.Helper()
	j, err := Create(st, Start{Time: at, Spec: "/spec.hcl", Study: "s", Command: "snellen apply"})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func runs(t *testing.T, st *store.Store) []Run {
	t.Helper()
	all, err := Runs(st)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func entries(t *testing.T, j *Reader) []string {
	t.Helper()
	var all []string
	for {
		e, err := j.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Type+" "+e.Address)
	}
}

func newStore(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// writer is a step's runner: it writes its address.
type writer struct{}

func (writer) Run(_ context.Context, job *step.Job) error {
	job.Report(step.Progress{Log: "writing"})
	return os.WriteFile(filepath.Join(job.Out, "out"), []byte(job.Address), 0o666)
}

// apply applies a chain of steps, each of which reads the one before, into a journal.
func apply(t *testing.T, st *store.Store, addresses ...string) {
	t.Helper()
	kind := &step.Kind{Name: "write", Version: 1, Roles: []string{"in"}, Outputs: []string{"out"},
		Pool: "cpu"}
	var nodes []*engine.Node
	for i, address := range addresses {
		n := &engine.Node{Address: address, Kind: kind, Params: fmt.Appendf(nil, "%q", address)}
		if i > 0 {
			n.Inputs = []engine.Input{{Role: "in", From: addresses[i-1], Output: "out"}}
		}
		nodes = append(nodes, n)
	}
	g, err := engine.NewGraph(nodes)
	if err != nil {
		t.Fatal(err)
	}
	d := &engine.Decider{Store: st, Memo: st.Memo()}
	p, err := d.Decide(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, st, time.Now())
	r, err := p.Apply(t.Context(), engine.Options{
		Runners: map[string]step.Runner{"write": writer{}}, Pools: map[string]int{"cpu": 1},
		Emit: j.Write,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if err := j.Close(ApplyOutcome(r), nil); err != nil {
		t.Fatal(err)
	}
}

func TestRunOfAnApply(t *testing.T) {
	st := newStore(t)
	apply(t, st, "a")
	apply(t, st, "a", "b", "c")
	all := runs(t, st)
	if len(all) != 2 {
		t.Fatalf("%d runs", len(all))
	}
	got := all[0]
	if got.Start.Command != "snellen apply" || got.End.Outcome != Done ||
		got.End.Ran != 2 || got.End.Cached != 1 || got.Took() <= 0 {
		t.Errorf("%+v", got)
	}
	reader, err := Open(st, got.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	want := []string{"cache_hit a", "cache_miss b", "apply_start b", "log b", "apply_complete b"}
	if got := entries(t, reader); !slices.Equal(got[:5], want) || reader.Running() {
		t.Errorf("%q", got)
	}
}

// TestRunIsFollowed reads a journal while it is written, and in between.
func TestRunIsFollowed(t *testing.T) {
	st := newStore(t)
	j := openJournal(t, st, noon)
	got := runs(t, st)[0]
	if got.End.Outcome != Running || got.Took() != 0 {
		t.Errorf("%+v", got)
	}
	reader, err := Open(st, got.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := entries(t, reader); len(got) != 0 || !reader.Running() {
		t.Errorf("%q", got)
	}
	j.Write(engine.Started{Address: "a"})
	j.Write(engine.Progressed{Address: "a", Progress: step.Progress{Done: 1}}) // is not kept
	if _, err := j.file.WriteString(`{"type":"log","addr`); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, reader); !slices.Equal(got, []string{"cache_miss a", "apply_start a"}) {
		t.Errorf("%q", got)
	}
	if _, err := j.file.WriteString(`ess":"a"}` + "\n" + strings.Repeat("x", 2*maxEntry) +
		"\n"); err != nil {
		t.Fatal(err)
	}
	j.Write(engine.Failed{Address: "a", Err: errors.New("no")})
	if got := entries(t, reader); !slices.Equal(got, []string{"log a", "apply_errored a"}) {
		t.Errorf("%q", got)
	}
	if err := j.Close(Failed, nil); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, reader); len(got) != 0 || reader.Running() {
		t.Errorf("%q after the end", got)
	}
}

// TestFetchIsOneLine: of what is fetched, a journal has the sum alone.
func TestFetchIsOneLine(t *testing.T) {
	st := newStore(t)
	j := openJournal(t, st, noon)
	for i := range int64(1000) {
		j.Write(engine.Fetched{From: "s3://lab", Done: i, Total: 999, Going: 1, Records: int(i)})
	}
	if err := j.Close(Done, nil); err != nil {
		t.Fatal(err)
	}
	reader, err := Open(st, runs(t, st)[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	e, err := reader.Next()
	if err != nil || e.Type != FetchedEntry || e.Records != 999 || e.Progress.Done != 999 ||
		e.From != "s3://lab" {
		t.Errorf("%+v, %v", e, err)
	}
	if got := entries(t, reader); len(got) != 0 {
		t.Errorf("and %q", got)
	}
}

// TestKilledRunIsInterrupted cuts a journal, which nobody holds, at every length.
func TestKilledRunIsInterrupted(t *testing.T) {
	st := newStore(t)
	j := openJournal(t, st, noon)
	j.Write(engine.Finished{Address: "a"})
	j.Write(engine.Finished{Address: "b", Cached: true})
	if err := j.Close(Done, errors.New("for its length")); err != nil {
		t.Fatal(err)
	}
	path := j.file.Name()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(whole), "\n"), "\n")
	for n := range whole {
		if err := os.WriteFile(path, whole[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		got := runs(t, st)
		if n < len(lines[0]) {
			if len(got) != 0 {
				t.Fatalf("%d bytes: %+v", n, got)
			}
			continue
		}
		var want tally
		if n >= len(lines[0])+len(lines[1]) {
			want.ran = 1
		}
		if n >= len(lines[0])+len(lines[1])+len(lines[2]) {
			want.cached = 1
		}
		end := got[0].End
		if end.Outcome != Interrupted || end.Ran != want.ran || end.Cached != want.cached {
			t.Fatalf("%d bytes: %+v", n, end)
		}
	}
}

// A journal keeps the text of a spec with the values that it was loaded with, and one without them
// can be read as before.
func TestSource(t *testing.T) {
	st := newStore(t)
	j, err := Create(st, Start{Time: time.Now(), Spec: "/s.hcl", Source: "study \"s\" {}\n",
		Given: []byte(`{"env":["a=b"]}`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(Done, nil); err != nil {
		t.Fatal(err)
	}
	start := runs(t, st)[0].Start
	if start.Source != "study \"s\" {}\n" || string(start.Given) != `{"env":["a=b"]}` {
		t.Errorf("%q with %q", start.Source, start.Given)
	}
	if err := openJournal(t, st, time.Now().Add(time.Hour)).Close(Done, nil); err != nil {
		t.Fatal(err)
	}
	if start := runs(t, st)[0].Start; start.Source != "" || start.Given != nil {
		t.Errorf("%q with %q", start.Source, start.Given)
	}
}

func TestFind(t *testing.T) {
	st := newStore(t)
	for i := range 2 {
		j := openJournal(t, st, noon.Add(time.Duration(i)*time.Hour))
		if err := j.Close(Done, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(st.RunPath("notes.jsonl"), []byte("{}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	all := runs(t, st)
	if len(all) != 2 || !all[0].Start.Time.After(all[1].Start.Time) {
		t.Fatalf("%+v", all)
	}
	for id, want := range map[string]string{"last": all[0].ID, all[1].ID: all[1].ID,
		"20200401T12": all[1].ID, "20200401T13": all[0].ID} {
		if got, err := Find(st, id, ""); err != nil || got.ID != want {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	if got, err := Find(st, "last", "/another.hcl"); err == nil {
		t.Errorf("the last run of a spec that was never applied: %+v", got)
	}
	for _, id := range []string{"2020", "2019", "", filepath.Join("..", "version")} {
		if got, err := Find(st, id, ""); err == nil || step.Hint(err) == "" {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
}

// noon is when the tests' runs begin.
var noon = time.Date(2020, 4, 1, 12, 0, 0, 0, time.UTC)

// FuzzJournal: whatever a journal is, it is never a panic.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"type":"run_start","journal":1}` + "\n" + `{"type":"log","text":"x"}` + "\n" +
		`{"type":"run_end"}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := store.Open(filepath.Join(t.TempDir(), "store"))
		if err == nil {
			err = st.Prepare()
		}
		if err == nil {
			err = os.WriteFile(st.RunPath("x.jsonl"), data, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := runs(t, st); len(got) > 1 || len(got) == 1 && got[0].End.Outcome == Running {
			t.Errorf("%+v", got)
		}
	})
}

// TestTwoRunsOfOneMoment: in containers, two processes may have one number, and begin at one time.
func TestTwoRunsOfOneMoment(t *testing.T) {
	st, at := newStore(t), time.Date(2026, 11, 30, 1, 2, 3, 0, time.UTC)
	for range 2 {
		if err := openJournal(t, st, at).Close(Done, nil); err != nil {
			t.Fatal(err)
		}
	}
	if all := runs(t, st); len(all) != 2 || all[0].ID == all[1].ID {
		t.Errorf("%+v", all)
	}
}

// TestLatest: the latest run of a spec is found once, and looks go on where the last one ended.
func TestLatest(t *testing.T) {
	st := newStore(t)
	begin := func(minutes int, spec string) (id string) {
		j, err := Create(st, Start{Time: noon.Add(time.Duration(minutes) * time.Minute), Spec: spec})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { j.Close(Done, nil) })
		return strings.TrimSuffix(filepath.Base(j.file.Name()), suffix)
	}
	want := func(after, id, last string) {
		t.Helper()
		if got, end := Latest(st, "/a.hcl", after); got != id || end != last {
			t.Errorf("after %q: %q and %q, not %q and %q", after, got, end, id, last)
		}
	}
	want("", "", "")
	one := begin(1, "/a.hcl")
	want("", one, one)
	two, other := begin(2, "/a.hcl"), begin(3, "/b.hcl")
	want("", two, other)
	want(one, two, other)
	want(other, "", other)
	early := filepath.Join(filepath.Dir(st.RunPath(one)), "20200401T120400.000Z-1.jsonl")
	if err := os.WriteFile(early, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	want(other, "", other) // it is not begun, and is looked at again
	three := begin(5, "/a.hcl")
	want(other, "", other)
	if err := os.WriteFile(early, []byte("no journal\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	want(other, three, three)
}
