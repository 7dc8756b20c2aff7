package gc

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"snellen/engine/store"
)

// TestMain lets this program be a process that relies on a store, or one that collects it.
func TestMain(m *testing.M) {
	switch dir := os.Getenv("GC_TEST_STORE"); os.Getenv("GC_TEST_ROLE") {
	case "user":
		use(dir)
	case "collector":
		collect(dir)
	}
	// each writes a store with as many syncs as steps; -rapid.checks still says more
	check(flag.Set("rapid.checks", "30"))
	flag.Parse()
	os.Exit(m.Run())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// use does what an apply does until it is killed: it relies on a key, makes objects, and records
// them under the key, which it prints. The record of another step, on which nobody relies, holds
// the same objects.
func use(dir string) {
	st, err := store.Open(dir)
	check(err)
	check(st.Prepare())
	space, remove, err := st.Workspace()
	check(err)
	defer remove()
	for i := 0; ; i++ {
		release, err := st.Hold(context.Background())
		check(err)
		other := store.Record{Manifest: fmt.Sprintf("manifest 1\nkind other 1\nparam %d\n", i),
			Outputs: map[string]store.Output{}}
		mine := store.Record{Manifest: fmt.Sprintf("manifest 1\nkind mine 1\nparam %d\n", i),
			Outputs: map[string]store.Output{}}
		check(st.Need(space, mine.Key()))
		for n := range 3 {
			path := filepath.Join(space, "out")
			// the same ones again and again
			check(os.WriteFile(path, []byte(strings.Repeat(fmt.Sprint(i%5, n), 5_000)), 0o666))
			out, err := st.Put(path)
			check(err)
			mine.Outputs[fmt.Sprint(n)], other.Outputs[fmt.Sprint(n)] = out, out
		}
		check(st.Commit(other, store.PartialKey{}))
		check(st.Commit(mine, store.PartialKey{}))
		release()
		fmt.Println(mine.Key())
	}
}

// collect removes all that it may until it is killed, and prints each removal of a step.
func collect(dir string) {
	st, err := store.Open(dir)
	check(err)
	for {
		r := rules(Limits{Before: time.Now().Add(time.Hour), MaxSize: 0}, Pins{})
		r.Progress = func(done, of int) { fmt.Println(done, of) }
		_, err := Collect(context.Background(), st, r)
		check(err)
	}
}

func process(t *testing.T, role, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GC_TEST_ROLE="+role, "GC_TEST_STORE="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

func end(cmd *exec.Cmd) {
	cmd.Process.Kill()
	cmd.Wait() // its error says that it was killed
}

// TestKilledCollectionsLoseNothing lets one process rely on what it makes while others collect the
// same store and are killed, each at another moment. All that is relied on must be there, intact,
// and the store usable. After the first process is dead, the same collection removes all of it:
// only its needs kept it.
func TestKilledCollectionsLoseNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	user, lines := process(t, "user", dir)
	defer end(user)
	var keys []store.Key
	learn := func() {
		t.Helper()
		if !lines.Scan() {
			t.Fatal("the user ended")
		}
		var k store.Key
		must(t, k.UnmarshalText(lines.Bytes()))
		keys = append(keys, k)
	}
	learn()
	for round := range 8 {
		collector, removals := process(t, "collector", dir)
		for range 1 + round*2 {
			if !removals.Scan() {
				t.Fatal("the collector ended")
			}
			learn()
		}
		end(collector)
	}
	st, err := store.Open(dir)
	must(t, err)
	for _, k := range keys {
		r, err := st.Lookup(k)
		must(t, err)
		for _, out := range r.Outputs {
			must(t, st.Check(out))
		}
	}
	end(user)
	_, err = Collect(t.Context(), st,
		rules(Limits{Before: time.Now().Add(time.Hour), MaxSize: 0}, Pins{}))
	must(t, err)
	if s := scan(t, st, Pins{}); s.Bytes != 0 || len(s.Steps)+len(s.Damaged) != 0 {
		t.Errorf("left: %+v", s)
	}
}
