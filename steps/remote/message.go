package remote

import (
	"fmt"
	"strings"
	"unicode"

	"snellen/engine/shared"
)

// What snellen and snellen-remote say to each other, within the protocol of steps/worker: the setup
// says where the bucket is, and each request is a job of its own, whose parameters are a Request
// and whose one message is an Answer. An error of the job is one of the bucket: it cannot be used
// now.

// Kind is the kind of the jobs.
const Kind = "bucket"

// A Setup says where a bucket is. Empty texts leave it to the environment, as the AWS CLI does.
type Setup struct {
	Bucket   string `json:"bucket"`
	Prefix   string `json:"prefix,omitempty"` // of all names, without a slash at either end
	Region   string `json:"region,omitempty"`
	Endpoint string `json:"endpoint,omitempty"` // of a server that is none of AWS
	Profile  string `json:"profile,omitempty"`
}

// URL returns the bucket's URL.
func (s Setup) URL() string {
	return strings.TrimSuffix("s3://"+s.Bucket+"/"+s.Prefix, "/")
}

// Operations of a Request.
const (
	Get    = "get"
	Fetch  = "fetch"
	Put    = "put"
	Send   = "send"
	Stat   = "stat"
	List   = "list" // one page
	Remove = "remove"
)

// A Request is one call of a shared.Bucket.
type Request struct {
	Do    string      `json:"do"`
	Name  string      `json:"name,omitempty"`  // list: the prefix
	Path  string      `json:"path,omitempty"`  // fetch, send: absolute
	Data  []byte      `json:"data,omitempty"`  // put
	Limit int64       `json:"limit,omitempty"` // get, fetch
	When  shared.When `json:"when,omitzero"`   // put, send
	After string      `json:"after,omitempty"` // list: the last name of the page before
}

// The statuses of an Answer. All but the first stand for the errors of a shared.Bucket.
const (
	OK       = "ok"
	Absent   = "absent"
	Changed  = "changed"
	TooLarge = "too large"
)

// Statuses are the errors of a shared.Bucket by their status.
var Statuses = map[string]error{
	Absent: shared.ErrAbsent, Changed: shared.ErrChanged, TooLarge: shared.ErrTooLarge,
}

// An Answer is what came of a request.
type Answer struct {
	Status string        `json:"status"`
	Blob   shared.Blob   `json:"blob,omitzero"`
	Data   []byte        `json:"data,omitempty"`  // get
	Blobs  []shared.Blob `json:"blobs,omitempty"` // list, in order
	Next   string        `json:"next,omitempty"`  // list: what the next page follows; "": none
}

// check returns an error where an answer does not fit its request, or the one that its status
// stands for.
func (a *Answer) check(r Request) error {
	if err := Statuses[a.Status]; err != nil {
		return err
	}
	if a.Status != OK {
		return fmt.Errorf("snellen-remote answered %.40q", a.Status)
	}
	switch r.Do {
	case Remove:
		return nil
	case List:
		return a.checkPage(r)
	case Get:
		if int64(len(a.Data)) > r.Limit || int64(len(a.Data)) != a.Blob.Size {
			return fmt.Errorf("snellen-remote answered with %d bytes of %d", len(a.Data),
				a.Blob.Size)
		}
	}
	if a.Blob.Name != r.Name || !sound(a.Blob) {
		return fmt.Errorf("snellen-remote answered with the blob %.100q", a.Blob.Name)
	}
	return nil
}

// checkPage returns an error where a page's names are not what was asked for, or not in order.
func (a *Answer) checkPage(r Request) error {
	last := r.After
	for _, b := range a.Blobs {
		if shared.CheckName(b.Name) != nil || !strings.HasPrefix(b.Name, r.Name) ||
			b.Name <= last || !sound(b) {
			return fmt.Errorf("snellen-remote listed the name %.100q after %.100q", b.Name, last)
		}
		last = b.Name
	}
	if a.Next != "" && (a.Next < last || a.Next <= r.After) {
		return fmt.Errorf("snellen-remote goes on after %.100q with %.100q", last, a.Next)
	}
	return nil
}

// maxTag bounds a tag, in bytes. Those of S3 have less than 50.
const maxTag = 200

// GoodTag reports whether a tag can be one, whoever made it. A blob may have none, where a server
// names none: it is then replaced without a condition.
func GoodTag(tag string) bool {
	return len(tag) <= maxTag && !strings.ContainsFunc(tag, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsPrint(r)
	})
}

func sound(b shared.Blob) bool { return b.Size >= 0 && GoodTag(b.Tag) }
