package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// ErrMiss is the error of a Lookup that found no usable record; the error that wraps it tells why.
var ErrMiss = errors.New("no record")

// A Record is what a key led to. On disk it is one line, "record 1 HEX", where HEX is the SHA-256 of all that follows, and
// then this value as JSON.
type Record struct {
	Manifest string            `json:"manifest"` // its SHA-256 is the record's key
	Outputs  map[string]Output `json:"outputs"`  // by name; a folder's files are "folder/file"
	Log      Digest            `json:"log"`      // of the step's log, an object
	Took     time.Duration     `json:"took"`     // of the run that made it, nanoseconds
	Ended    time.Time         `json:"ended"`
	Why      string            `json:"why,omitempty"` // it was run, in words
}

// An Output is one file that a step made.
type Output struct {
	Digest Digest `json:"digest"`
	Size   int64  `json:"size"` // bytes
}

// Key is the key that leads to the record.
func (r Record) Key() Key { return sha256.Sum256([]byte(r.Manifest)) }

const recordHeader = "record 1 "

// maxRecord bounds what is read as a record: an image dataset of a million files stays under it.
const maxRecord = 256 << 20

// Lookup finds the record of a key. A record that is not there or is damaged is a miss: the error wraps ErrMiss and tells
// the reason. Whether the record's objects are there is another question: see Has.
func (s *Store) Lookup(k Key) (Record, error) {
	var r Record
	data, err := readRecord(s.path("records", k.String()))
	if errors.Is(err, fs.ErrNotExist) {
		return r, ErrMiss
	}
	if err != nil {
		return r, fmt.Errorf("%w: record cannot be read: %w", ErrMiss, err)
	}
	if err := r.decode(data); err != nil {
		return Record{}, fmt.Errorf("%w: record damaged: %w", ErrMiss, err)
	}
	if r.Key() != k {
		return Record{}, fmt.Errorf("%w: record damaged: it is another step's", ErrMiss)
	}
	return r, nil
}

// Commit writes a record. All its objects must have been put before. It replaces a record of the same key.
func (s *Store) Commit(r Record, d PartialKey) error {
	if err := s.mark(d, r); err != nil {
		return fmt.Errorf("commit a record: %w", err)
	}
	data, err := r.encode()
	if err != nil {
		return fmt.Errorf("commit a record: %w", err)
	}
	if err := s.WriteFile(s.path("records", r.Key().String()), data); err != nil {
		return fmt.Errorf("commit a record: %w", err)
	}
	return nil
}

func (r Record) encode() ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return append([]byte(recordHeader+hex.EncodeToString(sum[:])+"\n"), body...), nil
}

func (r *Record) decode(data []byte) error {
	head, body, ok := bytes.Cut(data, []byte("\n"))
	want, is := bytes.CutPrefix(head, []byte(recordHeader))
	if !ok || !is {
		return fmt.Errorf("it begins with %.40q", head)
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != string(want) {
		return errors.New("its checksum does not match")
	}
	return json.Unmarshal(body, r)
}

// Bytes is the length of all outputs together.
func (r Record) Bytes() int64 {
	var n int64
	for _, out := range r.Outputs {
		n += out.Size
	}
	return n
}
