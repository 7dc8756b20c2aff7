package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A PartialKey is what of a key is known before the steps above have run.
type PartialKey struct {
	Shape Shape
	Files Digest // of the people's files that the step reads
}

// A Past is what is remembered of one committed record.
type Past struct {
	Files Digest // see PartialKey
	Took  time.Duration
	Bytes int64 // of its outputs
}

// A History is what is remembered of the records of one shape, the oldest first. It stays when they
// are collected.
type History struct {
	Pasts []Past
	torn  bool // something in it cannot be read
}

// maxHistory bounds the file of a shape that is read; it has a line of some 90 bytes for each
// record.
const maxHistory = 16 << 20

// History reads a shape's.
func (s *Store) History(shape Shape) History {
	path := s.shapePath(shape)
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return History{}
	case err != nil || fi.Size() > maxHistory:
		return History{torn: true}
	}
	data, err := os.ReadFile(path)
	if err != nil || len(data) == 0 {
		return History{torn: true}
	}
	var h History
	for line := range strings.Lines(string(data)) {
		p, ok := past(line)
		if !ok {
			h.torn = true
			continue
		}
		h.Pasts = append(h.Pasts, p)
	}
	return h
}

// past reads a line: "sha256:HEX NANOSECONDS BYTES".
func past(line string) (p Past, ok bool) {
	files, rest, _ := strings.Cut(line, " ")
	took, size, _ := strings.Cut(strings.TrimSuffix(rest, "\n"), " ")
	t, errTook := strconv.ParseUint(took, 10, 63)
	n, errBytes := strconv.ParseUint(size, 10, 63)
	p.Took, p.Bytes = time.Duration(t), int64(n)
	err := errors.Join(p.Files.UnmarshalText([]byte(files)), errTook, errBytes)
	return p, err == nil && strings.HasSuffix(line, "\n")
}

// Seen reports whether a record that read those files may ever have been committed. Where none was,
// a step must run, whatever its other inputs' bytes will turn out to be.
func (h History) Seen(files Digest) bool {
	for _, p := range h.Pasts {
		if p.Files == files {
			return true
		}
	}
	return h.torn
}

// mark adds a line to a shape's history, before the record itself: a step whose history is lost
// would be promised to run.
func (s *Store) mark(d PartialKey, r Record) error {
	path := s.shapePath(d.Shape)
	_, before := os.Stat(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(path), 0o777); err == nil {
			f, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
		}
	}
	if err != nil {
		return err
	}
	// In one write: others add theirs meanwhile.
	_, err = fmt.Fprintf(f, "%s %d %d\n", d.Files, r.Took, r.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil && before != nil {
		err = syncFolder(filepath.Dir(path))
	}
	return err
}

func (s *Store) shapePath(shape Shape) string {
	return s.path("shapes", hex.EncodeToString(shape[:]))
}
