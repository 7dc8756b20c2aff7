package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
)

// Last says what each of a spec file's steps was when it was last applied. It serves reasons and
// names alone: results never depend on it.
type Last struct {
	Keys map[string]Key `json:"keys"` // by address

	// Files are the absolute paths of the people's files that each read, by address and role.
	Files map[string]map[string]string `json:"files"`
}

// Set remembers one step: its key, and the files that it read by role, which may be none.
func (l *Last) Set(address string, k Key, files map[string]string) {
	if l.Keys == nil {
		l.Keys = map[string]Key{}
	}
	l.Keys[address] = k
	if len(files) == 0 {
		delete(l.Files, address)
		return
	}
	if l.Files == nil {
		l.Files = map[string]map[string]string{}
	}
	l.Files[address] = files
}

// Clone returns a copy that may be set.
func (l Last) Clone() Last { return Last{maps.Clone(l.Keys), maps.Clone(l.Files)} }

// Equal reports whether two remember the same.
func (l Last) Equal(other Last) bool {
	same := maps.Equal[map[string]string, map[string]string]
	return maps.Equal(l.Keys, other.Keys) && maps.EqualFunc(l.Files, other.Files, same)
}

// lastFile is the form on disk.
type lastFile struct {
	Spec string `json:"spec"` // its absolute path
	Last
}

// Last reads what is known of a spec file, which is named by its absolute path. What cannot be read
// is not known.
func (s *Store) Last(spec string) Last {
	known, err := readLast(s.lastPath(spec))
	if err != nil {
		return Last{}
	}
	return known.Last
}

// Lasts reads what is known of every spec file, by its absolute path.
func (s *Store) Lasts() map[string]Last {
	all := map[string]Last{}
	paths, _ := filepath.Glob(filepath.Join(s.dir, "last", "*.json")) // the pattern is a good one
	for _, path := range paths {
		if known, err := readLast(path); err == nil && known.Spec != "" {
			all[known.Spec] = known.Last
		}
	}
	return all
}

func readLast(path string) (known lastFile, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return known, err
	}
	return known, json.Unmarshal(data, &known)
}

// SetLast remembers it.
func (s *Store) SetLast(spec string, last Last) error {
	data, err := json.Marshal(lastFile{spec, last})
	if err != nil {
		return fmt.Errorf("remember keys: %w", err)
	}
	return s.WriteFile(s.lastPath(spec), data)
}

func (s *Store) lastPath(spec string) string {
	return filepath.Join(s.dir, "last", Sum([]byte(spec)).hex()+".json")
}
