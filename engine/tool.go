package engine

import (
	"debug/elf"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"snellen/engine/store"
)

// ToolIdentity returns the identity of the program at path, for the name that a Kind uses. It calls
// ask only when the program, or a library that it loads, has changed since the last time. So
// planning starts no process.
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

// libraries returns the paths of the shared libraries that a program loads, as its own dynamic
// loader lists them. It returns nil for a program that has no loader or whose loader cannot list
// them: such a program is known by its own file alone.
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
