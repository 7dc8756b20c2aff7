package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"
)

// ErrMiss is the error of a Lookup that found no usable record. An error that wraps it says why.
var ErrMiss = errors.New("no record")

// A Record is what a step with one key made. On disk it is one line, "record 1 HEX", where HEX is
// the SHA-256 of all that follows, and then this value as JSON.
type Record struct {
	Manifest string            `json:"manifest"` // its SHA-256 is the record's key
	Outputs  map[string]Output `json:"outputs"`  // by name; a folder's files are "folder/file"
	Log      Digest            `json:"log"`      // of the step's log, an object
	Took     time.Duration     `json:"took"`     // of the run that made it, nanoseconds
	Ended    time.Time         `json:"ended"`
	Why      string            `json:"why,omitempty"` // the reason for the run, in words

	// From is the URL of the shared store that the record comes from; "" for a run of this store.
	From string `json:"from,omitempty"`
}

// An Output is one file that a step made.
type Output struct {
	Digest Digest `json:"digest"`
	Size   int64  `json:"size"` // bytes
}

// Key returns the key of the record.
func (r Record) Key() Key { return sha256.Sum256([]byte(r.Manifest)) }

const recordName = "record 1" // see withSum

// maxRecord bounds what is read as a record: an image dataset of a million files stays under it.
const maxRecord = 256 << 20

// Lookup returns the record of a key. A record that is missing or damaged is a miss: the error is
// ErrMiss, or wraps it and says why. The record's objects may be gone: see Has.
func (s *Store) Lookup(k Key) (Record, error) {
	r, err := s.lookup(k, "")
	if err == nil && r.Key() != k {
		return Record{}, errOtherKey
	}
	return r, err
}

// LookupManifest returns a manifest's key and its record, as Lookup does. It is faster for many
// lookups: the record's manifest is compared with the text instead of being hashed.
func (s *Store) LookupManifest(manifest string) (Key, Record, error) {
	k := Key(sha256.Sum256([]byte(manifest)))
	r, err := s.lookup(k, manifest)
	if err == nil && r.Manifest != manifest {
		return k, Record{}, errOtherKey
	}
	return k, r, err
}

// errOtherKey is the error of an intact record under a key that is not its own.
var errOtherKey = fmt.Errorf("%w: record damaged: it is another step's", ErrMiss)

// lookup reads the record at a key's path, whatever its manifest. expected is the manifest that it
// should have, or "" where the caller has none.
func (s *Store) lookup(k Key, expected string) (Record, error) {
	var r Record
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	data, err := readRecord(s.recordPath(k), (*buffer)[:0])
	if errors.Is(err, fs.ErrNotExist) {
		return r, ErrMiss
	}
	if err != nil {
		return r, fmt.Errorf("%w: record cannot be read: %w", ErrMiss, err)
	}
	if cap(data) <= maxPooled {
		*buffer = data
	}
	if err := r.decode(data, expected); err != nil {
		return Record{}, fmt.Errorf("%w: record damaged: %w", ErrMiss, err)
	}
	return r, nil
}

// buffers hold records while they are read. No part of a Record points into a buffer.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// maxPooled bounds the buffers that are kept, in bytes.
const maxPooled = 64 << 10

// recordPath returns path("records", k.String()) with one allocation: a plan needs thousands.
func (s *Store) recordPath(k Key) string {
	const folder = string(filepath.Separator)
	b := make([]byte, 0, len(s.dir)+80)
	b = append(append(b, s.dir...), folder+"records"+folder...)
	b = append(hex.AppendEncode(b, k[:1]), folder...)
	return string(hex.AppendEncode(b, k[:]))
}

// Commit writes a record and replaces one of the same key. The caller must have put all of the
// record's objects before, and Hold the store since then. When Commit returns nil, a crash does not
// lose the record.
func (s *Store) Commit(r Record, p PartialKey) error {
	if err := s.appendHistory(p, r); err != nil {
		return fmt.Errorf("commit a record: %w", err)
	}
	data, err := r.Encode()
	if err != nil {
		return fmt.Errorf("commit a record: %w", err)
	}
	if err := s.WriteFile(s.path("records", r.Key().String()), data); err != nil {
		return fmt.Errorf("commit a record: %w", err)
	}
	return nil
}

// Encode returns the form on disk: see Record.
func (r Record) Encode() ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return withSum(recordName, body), nil
}

// ParseRecord returns the record of a key in data, which Encode returned elsewhere. A record that is
// damaged, or another step's, is an error that wraps ErrMiss.
func ParseRecord(k Key, data []byte) (Record, error) {
	var r Record
	if err := r.decode(data, ""); err != nil {
		return Record{}, fmt.Errorf("%w: record damaged: %w", ErrMiss, err)
	}
	if r.Key() != k {
		return Record{}, errOtherKey
	}
	return r, nil
}

// decode reads what Encode wrote. expected is a manifest that the caller has, or "": where the
// record has the same one, they share their memory.
func (r *Record) decode(data []byte, expected string) error {
	body, err := checkSum(recordName, data)
	if err != nil {
		return err
	}
	if fast, ok := parseRecord(body, expected); ok {
		*r = fast
		return nil
	}
	return json.Unmarshal(body, r)
}

// Bytes returns the size of all outputs together.
func (r Record) Bytes() int64 {
	var n int64
	for _, out := range r.Outputs {
		n += out.Size
	}
	return n
}
