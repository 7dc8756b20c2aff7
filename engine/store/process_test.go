package store

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"snellen/engine/filelock"
)

// TestMain lets this program run as a process of its own that writes to a store.
func TestMain(m *testing.M) {
	if dir := os.Getenv("STORE_TEST_WRITER"); dir != "" {
		write(dir)
	}
	os.Exit(m.Run())
}

// write commits records until it is killed, and prints a line for each. Every writer commits the
// same ones.
func write(dir string) {
	s, err := Open(dir)
	check(err)
	check(s.Prepare())
	space, remove, err := s.Workspace()
	check(err)
	defer remove()
	for i := 0; ; i++ {
		path := filepath.Join(space, "out")
		check(os.WriteFile(path, []byte(strings.Repeat(fmt.Sprint(i), 10_000)), 0o666))
		out, err := s.Put(path)
		check(err)
		r := Record{Manifest: fmt.Sprintf("manifest 1\nnumber %d\n", i),
			Outputs: map[string]Output{"out": out}}
		check(s.Commit(r, PartialKey{Shape: Shape(r.Key())}))
		fmt.Println(r.Key())
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func writer(t *testing.T, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_TEST_WRITER="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// TestKilledWritersLoseNothing kills two writers of one store again and again, each at another
// moment. All that they printed must be there, and all that is there must be intact.
func TestKilledWritersLoseNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	for round := range 12 {
		one, lines := writer(t, dir)
		other, _ := writer(t, dir)
		var keys []Key
		for len(keys) <= round*3 && lines.Scan() {
			var k Key
			if err := k.UnmarshalText(lines.Bytes()); err != nil {
				t.Fatal(err)
			}
			keys = append(keys, k)
		}
		for _, cmd := range []*exec.Cmd{one, other} {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			cmd.Wait() // its error says that it was killed
		}
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if _, err := s.Lookup(k); err != nil {
				t.Fatalf("round %d: a committed record: %v", round, err)
			}
		}
		whole(t, s)
	}
}

// whole fails unless every record in the store can be read and has its objects, and no name in it
// is a torn file's.
func whole(t *testing.T, s *Store) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.dir, "records", "*", "*"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no records", err)
	}
	for _, path := range paths {
		var k Key
		if err := k.UnmarshalText([]byte(filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
		r, err := s.Lookup(k)
		if err != nil {
			t.Fatal(err)
		}
		for _, out := range r.Outputs {
			if err := s.Check(out); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestLockDiesWithItsHolder kills a process that holds a lock.
func TestLockDiesWithItsHolder(t *testing.T) {
	s := newStore(t)
	cmd, lines := writer(t, s.dir)
	if !lines.Scan() {
		t.Fatal("the writer said nothing")
	}
	held, err := filepath.Glob(filepath.Join(s.dir, "tmp", "run-*", "lock"))
	if err != nil || len(held) != 1 {
		t.Fatal(held, err)
	}
	f, err := os.Open(held[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := filelock.TryLock(f, filelock.Exclusive); err != filelock.ErrLocked {
		t.Errorf("not held by the living: %v", err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if err := filelock.TryLock(f, filelock.Exclusive); err != nil {
		t.Errorf("still held by the dead: %v", err)
	}
}

// TestWorkspacesAtOnce: each Workspace sweeps what dead processes left, and none may take another's
// that is being made for that.
func TestWorkspacesAtOnce(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "store"))
	if err == nil {
		err = s.Prepare()
	}
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 150 {
				dir, remove, err := s.Workspace()
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(dir, "out"), nil, 0o666); err != nil {
					t.Error(err)
				}
				remove()
			}
		})
	}
	all.Wait()
}
