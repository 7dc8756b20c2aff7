package engine

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"snellen/engine/store"
)

// loadedBy writes a copy of this program that names a script as its dynamic loader.
func loadedBy(t *testing.T, script string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "l")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program := filepath.Join(dir, "program")
	source := "/bin/sh" // this program may be linked statically
	file, err := elf.Open(source)
	if err != nil {
		t.Skip(err)
	}
	defer file.Close()
	section := file.Section(".interp")
	if section == nil {
		t.Skip("the shell has no loader")
	}
	old, err := section.Data()
	if err != nil {
		t.Fatal(err)
	}
	room := len(old) - 1 - len(dir+"/s")
	if room < 0 {
		t.Skipf("%s is too long", dir)
	}
	path := dir + strings.Repeat("/", 1+room) + "s"
	data, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.Replace(data, old, append([]byte(path), 0), 1)
	if err := errors.Join(os.WriteFile(program, data, 0o777),
		os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o777)); err != nil {
		t.Fatal(err)
	}
	return program
}

// TestAFailedAnswerIsNotRemembered: a tool that says nothing, and a loader that is killed while it
// lists a tool's libraries, are errors, and are asked again.
func TestAFailedAnswerIsNotRemembered(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), "store"))
	if err == nil {
		err = s.Prepare()
	}
	if err != nil {
		t.Fatal(err)
	}
	ask := func(answer string) func() (string, error) {
		return func() (string, error) { return answer, nil }
	}
	killed := loadedBy(t, "kill -9 $$")
	for range 2 {
		memo := s.Memo()
		if got, err := ToolIdentity(memo, "tool", killed, ask("1")); err == nil {
			t.Errorf("the loader was killed, and the tool is %q", got)
		}
		memo.Save()
	}
	cannot := loadedBy(t, "exit 1")
	if got, err := ToolIdentity(s.Memo(), "tool", cannot, ask("1")); err != nil || got != "1" {
		t.Errorf("a loader that cannot list: %q, %v", got, err)
	}
	if got, err := ToolIdentity(s.Memo(), "mute", cannot, ask("")); err == nil {
		t.Errorf("a tool that says nothing is %q", got)
	}
}

// TestAProgramIsListedOnce: several tools in one program ask its loader once, whoever asks first.
func TestAProgramIsListedOnce(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	asked := filepath.Join(t.TempDir(), "asked")
	program := loadedBy(t, "echo x >>"+asked+"; echo 'libx.so => /lib/libx.so (0x1)'")
	memo := s.Memo()
	var all sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		all.Go(func() {
			got, err := ToolIdentity(memo, name, program, func() (string, error) { return name, nil })
			if err != nil || got != name {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		})
	}
	all.Wait()
	if data, err := os.ReadFile(asked); err != nil || string(data) != "x\n" {
		t.Errorf("it was asked %q, %v", data, err)
	}
}
