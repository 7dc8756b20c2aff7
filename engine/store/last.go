package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"

	"snellen/engine/regular"
)

// Last is what the steps of one spec file were when it was last applied. It is used for reasons and
// names only: no result depends on it.
type Last struct {
	Keys map[string]Key `json:"keys"` // by address

	// Files are the absolute paths of the people's files that each step read, by address and role.
	Files map[string]map[string]string `json:"files"`

	// Failed are the addresses whose runs failed and that never had a result.
	Failed map[string]bool `json:"failed,omitempty"`
}

// Set sets what is known about one step: its key, and the files that it read by role, if any.
func (l *Last) Set(address string, k Key, files map[string]string) {
	if l.Keys == nil {
		l.Keys = map[string]Key{}
	}
	l.Keys[address] = k
	delete(l.Failed, address)
	if len(files) == 0 {
		delete(l.Files, address)
		return
	}
	if l.Files == nil {
		l.Files = map[string]map[string]string{}
	}
	l.Files[address] = files
}

// Fail notes that the run of a step failed, if the step has no result from another time.
func (l *Last) Fail(address string) {
	if _, done := l.Keys[address]; done {
		return
	}
	if l.Failed == nil {
		l.Failed = map[string]bool{}
	}
	l.Failed[address] = true
}

// Clone returns a copy on which Set and Fail do not change the original.
func (l Last) Clone() Last {
	return Last{maps.Clone(l.Keys), maps.Clone(l.Files), maps.Clone(l.Failed)}
}

// Equal reports whether both know the same.
func (l Last) Equal(other Last) bool {
	same := maps.Equal[map[string]string, map[string]string]
	return maps.Equal(l.Keys, other.Keys) && maps.EqualFunc(l.Files, other.Files, same) &&
		maps.Equal(l.Failed, other.Failed)
}

// lastFile is the form on disk.
type lastFile struct {
	Spec string `json:"spec"` // its absolute path
	Last
}

// Last returns what is known about the spec file with that absolute path. It returns an empty Last
// where nothing is known or can be read.
func (s *Store) Last(spec string) Last {
	known, err := readLast(s.lastPath(spec))
	if err != nil {
		return Last{}
	}
	return known.Last
}

// Lasts returns what is known about every spec file, by its absolute path, and the errors of the
// files that cannot be read.
func (s *Store) Lasts() (map[string]Last, error) {
	all, problems := map[string]Last{}, []error(nil)
	// Glob fails only for a malformed pattern.
	paths, _ := filepath.Glob(filepath.Join(s.dir, "last", "*.json"))
	for _, path := range paths {
		known, err := readLast(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			problems = append(problems, fmt.Errorf("read %s: %w", path, err))
		case known.Spec != "":
			all[known.Spec] = known.Last
		}
	}
	return all, errors.Join(problems...)
}

// lastName begins the file: see withSum.
const lastName = "last 1"

// maxLast bounds what is read of a spec's last steps, in bytes. A step takes some hundred.
const maxLast = 256 << 20

func readLast(path string) (known lastFile, err error) {
	data, err := regular.Read(path, maxLast)
	if err != nil {
		return known, err
	}
	return parseLast(data)
}

// parseLast returns the content of such a file.
func parseLast(data []byte) (known lastFile, err error) {
	if !bytes.HasPrefix(data, []byte("{")) { // earlier versions had no checksum
		if data, err = checkSum(lastName, data); err != nil {
			return known, err
		}
	}
	return known, json.Unmarshal(data, &known)
}

// SetLast replaces what is known about a spec file. Of two applies at once, the later one wins.
func (s *Store) SetLast(spec string, last Last) error {
	data, err := json.Marshal(lastFile{spec, last})
	if err != nil {
		return fmt.Errorf("remember keys: %w", err)
	}
	return s.WriteFile(s.lastPath(spec), withSum(lastName, data))
}

func (s *Store) lastPath(spec string) string {
	return filepath.Join(s.dir, "last", Sum([]byte(spec)).hex()+".json")
}
