package ledger

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
)

func names(t *testing.T, l *Ledger) []string {
	t.Helper()
	live, damage, err := l.Live()
	if err != nil || damage != "" {
		t.Fatal(damage, err)
	}
	var list []string
	for _, r := range live {
		list = append(list, r.Kind+" "+r.Name)
	}
	return list
}

func write(t *testing.T, l *Ledger, act, kind, name string) {
	t.Helper()
	if err := l.Write(act, Resource{Kind: kind, Name: name, Region: "us-east-1"}); err != nil {
		t.Fatal(err)
	}
}

func TestLive(t *testing.T) {
	l := Open(t.TempDir())
	if got := names(t, l); got != nil {
		t.Errorf("a new ledger has %v", got)
	}
	write(t, l, Intended, Model, "a")
	write(t, l, Created, Model, "a")
	write(t, l, Intended, Endpoint, "a")
	write(t, l, Intended, Job, "b")
	write(t, l, Gone, Endpoint, "a")
	write(t, l, Gone, Endpoint, "never")
	if got := names(t, l); !slices.Equal(got, []string{Model + " a", Job + " b"}) {
		t.Errorf("live: %v", got)
	}
	write(t, l, Gone, Model, "a")
	write(t, l, Intended, Model, "a") // created again
	if got := names(t, l); !slices.Equal(got, []string{Job + " b", Model + " a"}) {
		t.Errorf("live: %v", got)
	}
}

// TestTruncated cuts the file at every byte, as a crash could. Whole lines before the cut stay
// readable, and so do lines that are written afterwards.
func TestTruncated(t *testing.T) {
	dir := t.TempDir()
	l := Open(dir)
	write(t, l, Intended, Job, "first")
	whole, err := os.ReadFile(l.path())
	if err != nil {
		t.Fatal(err)
	}
	write(t, l, Intended, Job, "second")
	all, _ := os.ReadFile(l.path())
	for n := len(whole); n < len(all); n++ {
		if err := os.WriteFile(l.path(), all[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		write(t, l, Created, Endpoint, "third")
		got := names(t, l)
		if !slices.Contains(got, Job+" first") || !slices.Contains(got, Endpoint+" third") {
			t.Fatalf("cut at %d of %d: %v", n, len(all), got)
		}
	}
}

// TestDamage changes every byte of a line: the resource that is found is the one that was written,
// or none, and then the line is named.
func TestDamage(t *testing.T) {
	l := Open(t.TempDir())
	write(t, l, Intended, Job, "job-1")
	whole, err := os.ReadFile(l.path())
	if err != nil {
		t.Fatal(err)
	}
	want, _, _ := l.Live()
	for i := range whole {
		data := slices.Clone(whole)
		data[i] ^= 1
		if err := os.WriteFile(l.path(), data, 0o666); err != nil {
			t.Fatal(err)
		}
		live, damage, err := l.Live()
		if err != nil || len(live) > 0 && !slices.Equal(live, want) ||
			len(live) == 0 && damage == "" && i != len(whole)-2 { // the last brace: it was cut off
			t.Errorf("byte %d, %q: %v, %q, %v", i, data, live, damage, err)
		}
	}
}

// TestWithoutSums reads a ledger of an earlier version.
func TestWithoutSums(t *testing.T) {
	l := Open(t.TempDir())
	text := `{"act":"made","time":"2026-11-30T12:00:00Z","kind":"model","name":"a",` +
		`"region":"us-east-1","key":"k","address":"x"}`
	if err := os.WriteFile(l.path(), []byte("\n"+text+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := names(t, l); !slices.Equal(got, []string{Model + " a"}) {
		t.Errorf("live: %v", got)
	}
	write(t, l, Gone, Model, "a")
	if got := names(t, l); len(got) > 0 {
		t.Errorf("live: %v", got)
	}
}

func TestConcurrentWriters(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			l := Open(dir) // one for each, as several programs have
			for j := range 20 {
				name := string(rune('a'+i)) + string(rune('a'+j))
				if err := l.Write(Intended, Resource{Kind: Job, Name: name}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := names(t, Open(dir)); len(got) != 160 {
		t.Errorf("%d of 160 lines are there", len(got))
	}
}

// TestTryLock: a lock has one holder, and a dead process holds none.
func TestTryLock(t *testing.T) {
	if dir := os.Getenv("LEDGER_HOLD"); dir != "" {
		if _, ok, err := Open(dir).TryLock("x"); !ok || err != nil {
			os.Exit(1)
		}
		os.Exit(0) // without releasing it
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestTryLock$")
	cmd.Env = append(os.Environ(), "LEDGER_HOLD="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	release, ok, err := Open(dir).TryLock("x")
	if !ok || err != nil {
		t.Fatal("the lock of a dead process is held", err)
	}
	if _, ok, _ := Open(dir).TryLock("x"); ok {
		t.Error("two hold one lock")
	}
	release()
	if _, ok, _ := Open(dir).TryLock("x"); !ok {
		t.Error("nobody holds the lock, and TryLock fails")
	}
}

// FuzzLedger checks that what is live in a ledger is live in one that has only the lines of that,
// that damage before a line loses nothing of it, and that nothing is live after it is gone.
func FuzzLedger(f *testing.F) {
	f.Add([]byte(`{"act":"intended","kind":"model","name":"a","region":"r"}` + "\n{\"act\":\n"))
	f.Add([]byte(`{"act":"gone","kind":"model","name":"a"}` + "\n\n" +
		`{"act":"made","kind":"endpoint","name":"b","region":"r","key":"k","address":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, _, err := readLive(bytes.NewReader(data))
		if err != nil {
			return
		}
		var made, gone bytes.Buffer
		for _, r := range all {
			for out, act := range map[*bytes.Buffer]string{&made: Created, &gone: Gone} {
				line, err := json.Marshal(Line{Act: act, Resource: r})
				if err != nil {
					t.Fatal(err)
				}
				out.WriteString("\n" + string(line) + "\n")
			}
		}
		if same, _, err := readLive(&made); err != nil || !slices.Equal(same, all) {
			t.Errorf("%+v became %+v, %v", all, same, err)
		}
		left, _, err := readLive(bytes.NewReader(append(data, gone.Bytes()...)))
		if err != nil || len(left) > 0 {
			t.Errorf("%+v is left, %v", left, err)
		}
	})
}
