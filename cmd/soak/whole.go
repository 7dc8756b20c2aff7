//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"snellen/engine/store"
)

// A folder is a store's folder.
type folder string

func (e *episode) store() folder { return folder(filepath.Join(e.dir, "store")) }

// parts are the names that a store may have.
var parts = []string{"version", "objects", "records", "shapes", "locks", "tmp", "memo", "runs", "last",
	"quarantine", "outbox", "cloud"}

// whole returns an error where a store is not what a crash may leave: an object whose bytes are not
// those of its name, a record that cannot be read or whose outputs are not there, a name that has
// no place. Nothing may be at work in it. After damage, a record may be there that nobody believes,
// or whose outputs were moved away and are made again once something needs them.
func (f folder) whole(damaged bool) error {
	entries, err := os.ReadDir(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !slices.Contains(parts, entry.Name()) {
			return fmt.Errorf("the store has a strange file, %s", entry.Name())
		}
	}
	s, err := store.Open(string(f))
	if err != nil {
		return err
	}
	objects, err := f.names("objects")
	if err != nil {
		return err
	}
	for _, hex := range objects {
		path := filepath.Join(string(f), "objects", hex[:2], hex)
		o, _, err := store.SumFile(path)
		if err != nil {
			return fmt.Errorf("object %s: %w", hex, err)
		}
		if o.String() != "sha256:"+hex {
			return fmt.Errorf("object %s has the digest %s", hex, o)
		}
	}
	records, err := f.records()
	if err != nil {
		return err
	}
	for key := range records {
		r, err := s.Lookup(key)
		if damaged && errors.Is(err, store.ErrMiss) {
			continue
		}
		if err != nil {
			return fmt.Errorf("record %s: %w", key, err)
		}
		for name, out := range r.Outputs {
			if damaged || r.From != "" { // others may lie in the shared store
				continue
			}
			if !slices.Contains(objects, strings.TrimPrefix(out.Digest.String(), "sha256:")) {
				return fmt.Errorf("record %s: its output %s is not there", key, name)
			}
		}
	}
	return nil
}

// records lists the keys of all records.
func (f folder) records() (map[store.Key]bool, error) {
	names, err := f.names("records")
	if err != nil {
		return nil, err
	}
	keys := map[store.Key]bool{}
	for _, name := range names {
		var k store.Key
		if err := k.UnmarshalText([]byte(name)); err != nil {
			return nil, fmt.Errorf("record %s: %w", name, err)
		}
		keys[k] = true
	}
	return keys, nil
}

// names lists the files of one of the store's folders with two levels.
func (f folder) names(part string) (names []string, err error) {
	paths, err := files(filepath.Join(string(f), part))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, path := range paths {
		prefix, name, ok := strings.Cut(path, "/")
		if !ok || len(name) != 64 || name[:2] != prefix {
			return nil, fmt.Errorf("the store has a strange file, %s/%s", part, path)
		}
		names = append(names, name)
	}
	return names, err
}

// age makes half-written files so old that they cannot be work in progress. They are left alone
// until then, since their names do not tell whose they are.
func (e *episode) age() error {
	then := time.Now().Add(-2 * time.Hour)
	for _, pattern := range []string{"tmp/file-*", "tmp/run-*", "memo/new-*"} {
		paths, err := filepath.Glob(filepath.Join(string(e.store()), pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := os.Chtimes(path, then, then); err != nil {
				return err
			}
		}
	}
	return nil
}

// swept returns an error where something of a dead process is left, after a command that ended
// well.
func (e *episode) swept() error {
	for dir, allowed := range map[string][]string{
		filepath.Join(string(e.store()), "tmp"):        nil,
		filepath.Join(string(e.store()), "locks"):      {"gate", "turn"},
		filepath.Join(string(e.store()), "memo"):       {"stat.json"},
		filepath.Join(string(e.store()), "quarantine"): nil,
		e.temporary(): nil,
	} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if filepath.Base(dir) == "quarantine" && sum(e.Damages) > 0 {
			continue // that is where damage belongs
		}
		for _, entry := range entries {
			if !slices.Contains(allowed, entry.Name()) {
				return fmt.Errorf("%s is left over", filepath.Join(dir, entry.Name()))
			}
		}
	}
	return nil
}
