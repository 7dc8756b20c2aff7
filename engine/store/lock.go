package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"snellen/engine/filelock"
)

// Lock locks a key against other processes and goroutines. Where another holds the lock, it calls
// busy once, from any goroutine, and waits; it returns ctx's error where that ends first. The
// system frees the lock when its holder dies. The caller calls unlock once.
func (s *Store) Lock(ctx context.Context, k Key, busy func()) (unlock func(), err error) {
	f, err := lockUntilDone(ctx, func() (*os.File, error) {
		f, err := s.acquire(filepath.Join(s.dir, "locks", k.String()), sync.OnceFunc(busy))
		if err != nil {
			return nil, fmt.Errorf("lock a step: %w", err)
		}
		return f, nil
	}, release)
	if err != nil {
		return nil, err
	}
	return func() { release(f) }, nil
}

// lockUntilDone calls lock, which cannot be interrupted, in a goroutine of its own. It returns
// lock's result, or ctx's error where that ends first. A lock that comes too late is freed by free.
func lockUntilDone(
	ctx context.Context, lock func() (*os.File, error), free func(*os.File),
) (*os.File, error) {
	type locked struct {
		file *os.File
		err  error
	}
	got := make(chan locked, 1)
	go func() {
		f, err := lock()
		got <- locked{f, err}
	}()
	select {
	case l := <-got:
		return l.file, l.err
	case <-ctx.Done():
		go func() {
			if l := <-got; l.err == nil {
				free(l.file)
			}
		}()
		return nil, context.Cause(ctx)
	}
}

// acquire locks the file at path. A holder removes the file before it unlocks it. So a lock on a
// file that has lost its name excludes nobody, and acquire tries again with the next file.
func (s *Store) acquire(path string, busy func()) (*os.File, error) {
	for {
		f, err := s.open(path, os.O_RDWR)
		if err != nil {
			return nil, err
		}
		err = filelock.TryLock(f, filelock.Exclusive)
		if err == filelock.ErrLocked {
			busy()
			err = filelock.Lock(f, filelock.Exclusive)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		// Only the file that has the name now is the one that others will lock.
		mine, err := f.Stat()
		named, nerr := os.Stat(path)
		if err == nil && nerr == nil && os.SameFile(mine, named) {
			return f, nil
		}
		f.Close()
	}
}

// release removes the lock's file before it unlocks it, so that nobody new waits for this file.
// Windows does not remove an open file: there it stays, and the next holder locks it again.
func release(f *os.File) {
	os.Remove(f.Name())
	f.Close()
}
