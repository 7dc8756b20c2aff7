package specs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// digits returns a key or, after "sha256:", a digest.
func digits(d string) string { return strings.Repeat(d, 64) }

func someLock() *Lock {
	return &Lock{
		Tools: map[string]string{"ffmpeg": "5.1.6 \"deb\"", "libtorch": "1.13.1 cpu"},
		Inputs: map[string]string{"../clips/A b.mp4": "sha256:" + digits("a"),
			"B.mp4": "sha256:" + digits("b")},
		Steps: map[string]LockedStep{
			"80x60/dataset": {digits("1"),
				map[string]string{"train.rec": "sha256:" + digits("c"),
					"validation.rec": "sha256:" + digits("d")}},
			"80x60/evaluate/${x}": {digits("2"),
				map[string]string{"pictures/": "sha256:" + digits("e"),
					"summary.json": "sha256:" + digits("f")}},
			"80x60/train": {digits("3"),
				map[string]string{"model": "sha256:" + digits("0")}},
			"select/%{A}\n\\": {digits("4"), map[string]string{}},
		},
	}
}

func readLock(t *testing.T, text string) (*Lock, Diagnostics) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.lock.hcl")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return ReadLock(path)
}

func TestLockRoundTrip(t *testing.T) {
	text := someLock().Bytes()
	for range 20 {
		if !bytes.Equal(text, someLock().Bytes()) {
			t.Fatal("one lock has two forms")
		}
	}
	got, found := readLock(t, string(text))
	if len(found) > 0 || !reflect.DeepEqual(got, someLock()) {
		t.Errorf("%v\n%+v\n%s", found, got, text)
	}
	if usual, _ := Format(text); !bytes.Equal(usual, text) {
		t.Errorf("snellen fmt would change it to\n%s", usual)
	}
	if none, found := ReadLock(filepath.Join(t.TempDir(), "none.lock.hcl")); none != nil ||
		len(found) > 0 {
		t.Errorf("%v, %v", none, found)
	}
	if got := LockPath("a/snacks.hcl"); got != "a/snacks.lock.hcl" {
		t.Error(got)
	}
}

// TestAnEmptyLockHoldsNothing: a crash may leave a file without its bytes. It is as good as none.
func TestAnEmptyLockHoldsNothing(t *testing.T) {
	for _, text := range []string{"", "\n"} {
		if got, found := readLock(t, text); got != nil || len(found) > 0 {
			t.Errorf("%q: %+v, %v", text, got, found)
		}
	}
}

func TestDamagedLocks(t *testing.T) {
	whole := string(someLock().Bytes())
	for _, c := range []struct {
		name, text string
		line       int
		message    string
	}{
		{"conflict", strings.Replace(whole, "tool \"libtorch\" {\n",
			"<<<<<<< HEAD\ntool \"libtorch\" {\n=======\ntool \"libtorch\" {\n>>>>>>> other\n", 1),
			9, "a merge conflict was left here"},
		{"half", whole + ">>>>>>> other\n", 1, "part of a merge conflict was left in it"},
		{"cut", whole[:len(whole)/2], 26, "unterminated"},
		{"spec", minimal, 1, "it has no version"},
		{"future", strings.Replace(whole, "version = 1", "version = 2", 1), 3,
			"this is not a lock file of version 1"},
		{"twice", whole + "\ninput \"B.mp4\" {\n  digest = \"sha256:" + digits("b") + "\"\n}\n", 54,
			`input "B.mp4" is declared twice; the first is at line 17`},
		{"digest", strings.Replace(whole, "sha256:bb", "sha256:xb", 1), 18, "not a valid digest"},
		{"key", strings.Replace(whole, digits("1"), "11", 1), 22, "this is not a valid key"},
		{"number", strings.Replace(whole, "\"1.13.1 cpu\"", "113", 1), 10, "not a valid identity"},
		{"variable", strings.Replace(whole, "\"1.13.1 cpu\"", "var.x", 1), 10,
			"variables not allowed"},
		{"call", strings.Replace(whole, "\"1.13.1 cpu\"", `file("/etc/passwd")`, 1), 10,
			"function calls not allowed"},
		{"missing", strings.Replace(whole, "  identity = \"1.13.1 cpu\"\n", "", 1), 9,
			`tool "libtorch" has no identity`},
		{"attribute", strings.Replace(whole, "  identity = \"1.13.1 cpu\"\n",
			"  identity = \"1.13.1 cpu\"\n  colour = 1\n", 1), 11,
			`a tool of a lock file has no "colour"`},
		{"block", whole + "\nplan \"x\" {}\n", 54, `no "plan" block`},
		{"binary", "version = 1\n\x00", 2, "a NUL character"},
	} {
		got, found := readLock(t, c.text)
		if got != nil || len(found) == 0 {
			t.Errorf("%s: %+v, %v", c.name, got, found)
			continue
		}
		if d := found[0]; d.At.Line != c.line ||
			!strings.Contains(strings.ToLower(d.Message), strings.ToLower(c.message)) ||
			!strings.Contains(d.Hint, "remove") {
			t.Errorf("%s: line %d: %s; hint: %s", c.name, d.At.Line, d.Message, d.Hint)
		}
	}
}

// TestLockMerges lets git merge two people's changes of neighbouring blocks.
func TestLockMerges(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	write := func(name string, change func(*Lock)) {
		l := someLock()
		change(l)
		if err := os.WriteFile(filepath.Join(dir, name), l.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	ours := func(l *Lock) {
		l.Inputs["B.mp4"] = "sha256:" + digits("5")
		l.Steps["80x60/dataset"].Outputs["validation.rec"] = "sha256:" + digits("6")
		delete(l.Steps, "select/%{A}\n\\")
	}
	theirs := func(l *Lock) {
		l.Tools["libtorch"] = "2.0"
		l.Inputs["../clips/A b.mp4"] = "sha256:" + digits("7")
		l.Steps["80x60/evaluate/${x}"] = LockedStep{digits("8"),
			map[string]string{"a": "sha256:" + digits("9")}}
		l.Steps["100x100/train"] = LockedStep{digits("8"), map[string]string{}}
	}
	write("base", func(*Lock) {})
	write("ours.lock.hcl", ours)
	write("theirs", theirs)
	merge := exec.Command("git", "merge-file", "ours.lock.hcl", "base", "theirs")
	merge.Dir = dir
	if out, err := merge.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, found := ReadLock(filepath.Join(dir, "ours.lock.hcl"))
	want := someLock()
	ours(want)
	theirs(want)
	if len(found) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%+v", found, got)
	}
}

// FuzzLock checks that no lock file causes a panic, that each is read, has a mistake or is empty,
// and that one that can be read is written in a single form.
func FuzzLock(f *testing.F) {
	f.Add(someLock().Bytes())
	f.Add([]byte("version = 1\nstep \"a\" {\n  key = \"\"\n  outputs = { a = 1 }\n}\n"))
	f.Add([]byte("<<<<<<< x\n"))
	f.Add([]byte(" \n"))
	path := filepath.Join(f.TempDir(), "s.lock.hcl")
	f.Fuzz(func(t *testing.T, src []byte) {
		if err := os.WriteFile(path, src, 0o666); err != nil {
			t.Fatal(err)
		}
		lock, found := ReadLock(path)
		if empty := len(bytes.TrimSpace(src)) == 0; empty && (lock != nil || len(found) > 0) ||
			!empty && (lock == nil) != found.HasErrors() {
			t.Fatalf("%v, %v", lock, found)
		}
		if lock == nil {
			return
		}
		if err := os.WriteFile(path, lock.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		if again, found := ReadLock(path); len(found) > 0 || !reflect.DeepEqual(again, lock) {
			t.Errorf("%v\n%+v\n%+v", found, lock, again)
		}
	})
}

// BenchmarkLock writes and reads the lock file of ten thousand steps.
func BenchmarkLock(b *testing.B) {
	l := someLock()
	for i := range 10_000 {
		l.Steps[fmt.Sprintf("%dx60/transcode/A/%d.mp4", i%40, i)] = LockedStep{digits("1"),
			map[string]string{"video.mp4": "sha256:" + digits("2")}}
	}
	path := filepath.Join(b.TempDir(), "s.lock.hcl")
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if err := os.WriteFile(path, l.Bytes(), 0o666); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if got, found := ReadLock(path); len(found) > 0 || len(got.Steps) != len(l.Steps) {
				b.Fatal(found)
			}
		}
	})
}
