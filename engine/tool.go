package engine

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"

	"snellen/engine/regular"
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
		if err == nil && identity == "" {
			err = fmt.Errorf("%s does not say what it is", name)
		}
		if err != nil {
			return "", nil, err
		}
		loaded, err := memo.Loads(real, func() ([]string, error) { return libraries(real) })
		return identity, append([]string{real}, loaded...), err
	})
}

// libraries returns the paths of the shared libraries that a program loads, as its own dynamic
// loader lists them. It returns nil for a program that has no loader or whose loader cannot list
// them: such a program is known by its own file alone. A loader that was killed, or could not be
// started for a passing reason, is an error: the answer would be remembered.
func libraries(program string) ([]string, error) {
	name, err := loader(program)
	if name == "" || err != nil {
		return nil, err
	}
	listing, err := exec.Command(name, "--list", program).Output()
	failed, ran := errors.AsType[*exec.ExitError](err)
	switch {
	case ran && failed.Exited(), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("list the libraries of %s: %w", program, err)
	}
	var paths []string
	// A line is "libx264.so.164 => /lib/x86_64-linux-gnu/libx264.so.164 (0x...)".
	for line := range strings.Lines(string(listing)) {
		_, rest, ok := strings.Cut(line, " => ")
		if path, _, found := strings.Cut(rest, " ("); ok && found && filepath.IsAbs(path) {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// loader returns the path of a program's dynamic loader, or "" where it has none.
func loader(program string) (string, error) {
	file, err := regular.Open(program)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", program, err)
	}
	defer file.Close()
	f, err := elf.NewFile(file)
	if err != nil {
		return "", nil // a script, or a program for another system
	}
	section := f.Section(".interp")
	if section == nil || section.Size > 4096 {
		return "", nil
	}
	data, err := section.Data()
	if err != nil {
		return "", nil
	}
	return strings.TrimRight(string(data), "\x00"), nil
}
