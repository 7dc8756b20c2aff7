package shared

import (
	"context"
	"fmt"
	"strings"
	"time"

	"snellen/engine/store"
)

// This file, verify.go and collect.go look after a bucket. They trust its listing to be complete,
// as they trust the names that it lists: a bucket that lies can have its own blobs removed at most.

// maxListed bounds the blobs of a bucket that is looked after, since their names are kept in
// memory: some 200 bytes each.
const maxListed = 5_000_000

// A Listing is what a bucket has of a store, by name and size. Nothing of it was read.
type Listing struct {
	Records map[store.Key]Blob
	Objects map[store.Digest]Blob
	Others  int   // blobs beside these whose names are no store's; they are left alone
	Bytes   int64 // of records and objects

	markers map[string][]Blob // of shapes, by the start of the record's key: see pastName
}

// List lists what the bucket has of a store: records first, so that a listing of objects which
// comes later has what they name.
func (t *Tier) List(ctx context.Context) (*Listing, error) {
	l := &Listing{
		Records: map[store.Key]Blob{}, Objects: map[store.Digest]Blob{},
		markers: map[string][]Blob{},
	}
	n := 0
	for _, one := range []struct {
		prefix string
		add    func(Blob) bool
	}{{"records/", l.addRecord}, {"objects/", l.addObject}, {"shapes/", l.addMarker}} {
		err := t.bucket.List(ctx, one.prefix, func(blobs []Blob) error {
			if n += len(blobs); n > maxListed {
				return fmt.Errorf("%s has more than %d blobs, too many to look after",
					t.Name(), maxListed)
			}
			for _, b := range blobs {
				if !one.add(b) {
					l.Others++
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *Listing) addRecord(b Blob) bool {
	var k store.Key
	if k.UnmarshalText([]byte(last(b.Name, "/"))) != nil || recordName(k) != b.Name {
		return false
	}
	l.Records[k] = b
	l.Bytes += b.Size
	return true
}

func (l *Listing) addObject(b Blob) bool {
	var d store.Digest
	if d.UnmarshalText([]byte("sha256:"+last(b.Name, "/"))) != nil || objectName(d) != b.Name {
		return false
	}
	l.Objects[d] = b
	l.Bytes += b.Size
	return true
}

func (l *Listing) addMarker(b Blob) bool {
	key := last(b.Name, "-")
	if _, ok := parsePast(last(b.Name, "/")); !ok || len(key) != 2*markedKey {
		return false
	}
	l.markers[key] = append(l.markers[key], b)
	return true
}

// last returns what follows the last separator.
func last(name, separator string) string {
	return name[strings.LastIndex(name, separator)+1:]
}

// markedKey is how many bytes of a record's key its marker has. See pastName.
const markedKey = 4

// marked returns the start of a key, as the record's marker has it.
func marked(k store.Key) string { return fmt.Sprintf("%x", k[:markedKey]) }

// grace is how old a blob must be before it is removed because no record needs it: who has sent an
// object may be about to send the record that names it.
const grace = 24 * time.Hour
