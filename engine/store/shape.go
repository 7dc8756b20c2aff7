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

	"snellen/engine/regular"
)

// A PartialKey is the part of a key that is known before the steps upstream have run.
type PartialKey struct {
	Shape Shape
	Files Digest // of the digests of the people's files that the step reads
}

// A PastRun is one line of a history: a run whose record was committed.
type PastRun struct {
	Files Digest // see PartialKey
	Took  time.Duration
	Bytes int64 // of its outputs
}

// A History lists the runs of all steps of one shape, the oldest first. A collection that removes
// their records does not change it.
type History struct {
	Runs []PastRun
	torn bool // a part of it cannot be read
}

// maxHistory bounds the history that is read, in bytes. It has a line of some 110 bytes for each
// run.
const maxHistory = 16 << 20

// History returns the history of a shape. A file that cannot be read, or not all of it, makes a
// history for which Seen is always true.
func (s *Store) History(shape Shape) History {
	path := s.shapePath(shape)
	data, err := regular.Read(path, maxHistory)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return History{}
	case err != nil || len(data) == 0:
		return History{torn: true}
	}
	return parseHistory(data)
}

// parseHistory reads the lines of a history.
func parseHistory(data []byte) (h History) {
	for line := range strings.Lines(string(data)) {
		p, ok := parsePastRun(line)
		if !ok {
			h.torn = true
			continue
		}
		h.Runs = append(h.Runs, p)
	}
	return h
}

// parsePastRun reads a line: "sha256:HEX NANOSECONDS BYTES", with a checksum.
func parsePastRun(line string) (p PastRun, ok bool) {
	text, whole := checkLine(line)
	files, rest, _ := strings.Cut(text, " ")
	took, size, _ := strings.Cut(rest, " ")
	t, errTook := strconv.ParseUint(took, 10, 63)
	n, errBytes := strconv.ParseUint(size, 10, 63)
	p.Took, p.Bytes = time.Duration(t), int64(n)
	err := errors.Join(p.Files.UnmarshalText([]byte(files)), errTook, errBytes)
	return p, whole && err == nil
}

// Seen reports whether a record whose step read these files may ever have been committed. Where
// none was, the step must run, whatever the bytes of its other inputs turn out to be.
func (h History) Seen(files Digest) bool {
	for _, p := range h.Runs {
		if p.Files == files {
			return true
		}
	}
	return h.torn
}

// appendHistory adds a line to a shape's history. It comes before the record itself: a plan would
// promise to run a step whose record exists without a line.
func (s *Store) appendHistory(p PartialKey, r Record) error {
	path := s.shapePath(p.Shape)
	fi, before := os.Lstat(path)
	f, err := s.open(path, os.O_WRONLY|os.O_APPEND)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(path), folderMode); err == nil {
			f, err = s.open(path, os.O_WRONLY|os.O_APPEND)
		}
	}
	if err != nil {
		return err
	}
	line := lineWithSum(fmt.Sprintf("%s %d %d", p.Files, r.Took, r.Bytes()))
	if before == nil && !fi.Mode().IsRegular() {
		line = "earlier lines were lost\n" + line // a line that cannot be read: see Seen
	}
	// One write, since other processes append to the file at the same time.
	_, err = f.WriteString(line)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil && before != nil {
		err = syncFolder(filepath.Dir(path))
	}
	return err
}

func (s *Store) shapePath(shape Shape) string {
	return s.path("shapes", hex.EncodeToString(shape[:]))
}
