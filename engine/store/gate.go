package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"snellen/engine/filelock"
)

// The gate keeps those who write and a collection apart. It is the file locks/gate, which is locked
//
//   - in common (Hold): by whoever puts objects, from before the first Put until the Commit that names them; and by
//     whoever looks a record up to rely on it, until it has said so (Need);
//   - alone (Collect): by a collection, from before it reads records and needs until it has removed its last file.
//
// So a collection finds every object named by a record or by nobody, and every record that a
// running process relies on named in the file "needs" of a workspace whose lock that process holds.
// The needs of a dead process count for nothing, and the system opens the gate when its holder
// dies. Whoever only reads takes no part: it finds a miss or ErrGone.
//
// A collection removes a record before the objects that no other record names. Each single removal
// leaves a valid store: an object without a record is loose, and a record whose objects are gone is
// still a record. So it may be killed at any moment, and the order in which a file system makes
// removals last is nobody's concern.
//
// The file locks/turn is why a collection need not wait for ever: everybody locks it before the
// gate and lets go of it after, so that nobody new gets in while a collection stands at the gate.

// Hold keeps collections away until release is called, once. It waits for a collection that runs.
func (s *Store) Hold(ctx context.Context) (release func(), err error) {
	return s.pass(ctx, filelock.Shared, func() {})
}

// pass locks the gate; busy is called once, from any goroutine, when that has to wait.
func (s *Store) pass(ctx context.Context, how filelock.Mode, busy func()) (release func(), err error) {
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

func (s *Store) lockFile(ctx context.Context, name string, how filelock.Mode, busy func()) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(s.dir, "locks", name), os.O_CREATE|os.O_RDWR, 0o666)
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

// Need says, in a workspace of the caller's, that it relies on these records and what they name.
// The caller holds the store since before it looked them up.
func (s *Store) Need(workspace string, keys ...Key) error {
	f, err := os.OpenFile(filepath.Join(workspace, "needs"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return fmt.Errorf("say what is needed: %w", err)
	}
	var text strings.Builder
	for _, k := range keys {
		text.WriteString(k.String() + "\n")
	}
	_, err = f.WriteString(text.String())
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("say what is needed: %w", err)
	}
	return nil
}

// Needed returns what running processes rely on.
func (s *Store) Needed() (map[Key]bool, error) {
	needed := map[Key]bool{}
	paths, _ := filepath.Glob(filepath.Join(s.dir, "tmp", "run-*", "needs")) // the pattern is a good one
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
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false // a workspace loses its lock file when it ends
	}
	defer f.Close()
	return filelock.TryLock(f, filelock.Shared) == filelock.ErrLocked
}

func readNeeds(path string, into map[Key]bool) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // it ended just now
	}
	if err != nil {
		return fmt.Errorf("read what a running process needs: %w", err)
	}
	for _, line := range strings.Fields(string(data)) {
		var k Key
		if err := k.UnmarshalText([]byte(line)); err != nil {
			return fmt.Errorf("read what a running process needs: %w", err)
		}
		into[k] = true
	}
	return nil
}
