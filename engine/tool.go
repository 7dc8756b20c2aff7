package engine

import (
	"debug/elf"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"snellen/engine/store"
)

// ToolIdentity is the identity of the program at path, by the name that a Kind uses. ask is called
// when the program, or a library that it loads, is not the one that was asked before; so planning
// starts no process.
func ToolIdentity(memo *store.Memo, name, path string, ask func() (string, error)) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", name, err)
	}
	return memo.Tool(name+" "+real, func() (string, []string, error) {
		identity, err := ask()
		return identity, append([]string{real}, libraries(real)...), err
	})
}

// libraries lists the shared libraries that a program loads, by asking the program's own dynamic
// loader. A program that has none, or whose loader cannot list, is known by its own file alone.
func libraries(program string) []string {
	f, err := elf.Open(program)
	if err != nil {
		return nil
	}
	defer f.Close()
	section := f.Section(".interp")
	if section == nil || section.Size > 4096 {
		return nil
	}
	loader, err := section.Data()
	if err != nil {
		return nil
	}
	name := strings.TrimRight(string(loader), "\x00")
	listing, err := exec.Command(name, "--list", program).Output()
	if err != nil {
		return nil
	}
	var paths []string
	// A line is "libx264.so.164 => /lib/x86_64-linux-gnu/libx264.so.164 (0x...)".
	for line := range strings.Lines(string(listing)) {
		_, rest, ok := strings.Cut(line, " => ")
		if path, _, found := strings.Cut(rest, " ("); ok && found && filepath.IsAbs(path) {
			paths = append(paths, path)
		}
	}
	return paths
}
