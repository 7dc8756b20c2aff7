package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"snellen/engine/filelock"
	"snellen/engine/regular"
)

// The gate keeps writers and a collection apart. It is the file locks/gate, which is locked
//
//   - in shared mode (Hold): by a process that puts objects, from before the first Put until the
//     Commit that names them; and by a process that looks up a record to rely on it, until it has
//     announced that (Need);
//   - exclusively (Collect): by a collection, from before it reads records and needs until it has
//     removed its last file.
//
// So a collection finds every object named by a record or by nobody. Every record that a running
// process relies on is named in the file "needs" of a workspace whose lock that process holds. The
// needs of a dead process do not count, and the system unlocks the gate when its holder dies. A
// process that only reads does not lock the gate: it finds a miss or ErrGone.
//
// A collection removes a record before the objects that no other record names. Each single removal
// leaves a valid store: an object without a record is loose, and a record whose objects are gone is
// still a record. So a collection may be killed at any moment, and the file system may make its
// removals durable in any order.
//
// The file locks/turn keeps a collection from waiting for ever: every process locks it before the
// gate and unlocks it after, so that no new writer passes while a collection waits for the gate.

// Hold keeps collections away until release is called, once. It waits for a running collection, or
// returns ctx's error where that ends first.
func (s *Store) Hold(ctx context.Context) (release func(), err error) {
	return s.enter(ctx, filelock.Shared, func() {})
}

// enter locks the gate. It calls busy, from any goroutine, each time that has to wait.
func (s *Store) enter(
	ctx context.Context, how filelock.Mode, busy func(),
) (release func(), err error) {
	turn, err := s.lockFile(ctx, "turn", how, busy)
	if err != nil {
		return nil, err
	}
	defer turn.Close()
	gate, err := s.lockFile(ctx, "gate", how, busy)
	if err != nil {
		return nil, err
	}
	return func() { gate.Close() }, nil
}

// lockFile opens and locks one of the gate's two files. Closing it unlocks it.
func (s *Store) lockFile(
	ctx context.Context, name string, how filelock.Mode, busy func(),
) (*os.File, error) {
	path := filepath.Join(s.dir, "locks", name)
	f, err := s.open(path, os.O_RDWR)
	if err != nil {
		return nil, fmt.Errorf("lock the store: %w", err)
	}
	if err = filelock.TryLock(f, how); err == filelock.ErrLocked {
		busy()
		return lockUntilDone(ctx, func() (*os.File, error) {
			if err := filelock.Lock(f, how); err != nil {
				return nil, errors.Join(fmt.Errorf("lock the store: %w", err), f.Close())
			}
			return f, nil
		}, func(f *os.File) { f.Close() })
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the store: %w", err), f.Close())
	}
	return f, nil
}

// Need announces, in the caller's workspace, that the caller relies on these records and on what
// they name. The caller must Hold the store since before it looked them up.
func (s *Store) Need(workspace string, keys ...Key) error {
	path := filepath.Join(workspace, "needs")
	f, err := regular.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return fmt.Errorf("announce what is needed: %w", err)
	}
	var text strings.Builder
	for _, k := range keys {
		text.WriteString(lineWithSum(k.String()))
	}
	_, err = f.WriteString(text.String())
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("announce what is needed: %w", err)
	}
	return nil
}

// Needed returns the keys of the records that running processes rely on. Only a caller that holds
// the store alone can rely on the answer.
func (s *Store) Needed() (map[Key]bool, error) {
	needed := map[Key]bool{}
	// Glob fails only for a malformed pattern.
	paths, _ := filepath.Glob(filepath.Join(s.dir, "tmp", "run-*", "needs"))
	for _, path := range paths {
		if !held(filepath.Join(filepath.Dir(path), "lock")) {
			continue
		}
		if err := readNeeds(path, needed); err != nil {
			return nil, err
		}
	}
	return needed, nil
}

// held reports whether another process, or another open file of this one, has locked the file at
// path.
func held(path string) bool {
	f, err := regular.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false // a workspace loses its lock file when it ends
	}
	defer f.Close()
	return filelock.TryLock(f, filelock.Shared) == filelock.ErrLocked
}

// maxNeeds bounds a file of needs in bytes: a million keys.
const maxNeeds = 65 << 20

// readNeeds adds the keys of a file "needs".
func readNeeds(path string, into map[Key]bool) error {
	data, err := regular.Read(path, maxNeeds)
	if errors.Is(err, os.ErrNotExist) {
		return nil // the process has just ended
	}
	if err != nil {
		return fmt.Errorf("read what a running process needs: %w", err)
	}
	if err := parseNeeds(data, into); err != nil {
		return fmt.Errorf("read what a running process needs: %s: %w", path, err)
	}
	return nil
}

// parseNeeds adds the keys in the lines of such a file. A line that is no key is an error, since
// whatever it stood for might be removed.
func parseNeeds(data []byte, into map[Key]bool) error {
	for line := range strings.Lines(string(data)) {
		text, whole := checkLine(line)
		var k Key
		if err := k.UnmarshalText([]byte(text)); err != nil {
			return err
		}
		if !whole {
			return errors.New("it is damaged")
		}
		into[k] = true
	}
	return nil
}
