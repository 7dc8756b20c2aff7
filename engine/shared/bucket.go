// Package shared is the store that several machines share, behind the local store of each: objects
// and records in a bucket. What comes from it is hashed before it is believed, so whatever a bucket
// answers costs time at most, and never a wrong result.
//
// A Bucket keeps blobs by name, and knows nothing of steps. A Tier keeps a store's objects and
// records in a bucket.
package shared

import (
	"context"
	"errors"
	"time"
)

// A Blob is what a bucket says about one of its blobs. None of it is to be believed.
type Blob struct {
	Name    string // slash-separated, as fs.ValidPath wants it
	Size    int64  // bytes
	Tag     string // of these bytes: another blob of the same name has another tag
	Changed time.Time
}

// The errors of a Bucket, besides that of its context. Any other error means that the bucket cannot
// be used now: it is not reached, or refuses, or answers what nobody understands.
var (
	ErrAbsent   = errors.New("there is no such blob")
	ErrChanged  = errors.New("another blob has the name") // see When
	ErrTooLarge = errors.New("the blob is too large")
)

// A When is the condition under which a blob is written. The zero When is none.
type When struct {
	Absent bool   // no blob has the name
	Tag    string // the blob of this name has this tag
}

// A Bucket keeps blobs by name. A blob is there with all its bytes, or not at all. Methods may be
// called from any goroutine, and end soon after their context does. Get, Put, Stat, List and Remove
// make one attempt each; Fetch and Send go on after a connection was lost.
type Bucket interface {
	// URL names the bucket for people and messages: "s3://lab/snellen". It holds no secret.
	URL() string

	// Get returns the bytes of a small blob. It reads limit bytes at most: a larger blob is
	// ErrTooLarge.
	Get(ctx context.Context, name string, limit int64) ([]byte, Blob, error)

	// Fetch writes a blob's bytes to path, which must not exist. It calls progress, from any
	// goroutine, with the bytes so far. It writes limit bytes at most: a larger blob is ErrTooLarge.
	// After an error path may exist.
	Fetch(ctx context.Context, name, path string, limit int64, progress func(int64)) (Blob, error)

	// Put writes a small blob.
	Put(ctx context.Context, name string, data []byte, when When) (Blob, error)

	// Send writes the bytes of the file at path, which does not change meanwhile. It calls progress
	// as Fetch does.
	Send(ctx context.Context, name, path string, when When, progress func(int64)) (Blob, error)

	Stat(ctx context.Context, name string) (Blob, error)

	// List calls each with the blobs whose names begin with prefix, some at a time, in the order of
	// names. It returns the first error of each.
	List(ctx context.Context, prefix string, each func([]Blob) error) error

	// Remove removes a blob. One that is not there is no error.
	Remove(ctx context.Context, name string) error

	// Close ends what serves the bucket. No method may be called afterwards.
	Close() error
}
