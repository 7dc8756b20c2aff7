package journal

import (
	"fmt"
	"io"
	"slices"
	"time"

	"snellen/engine/store"
)

// A Usage is what the journals say about all runs together.
type Usage struct {
	Runs   int
	Hits   int // steps that had their record already, or had it of another step's run
	Misses int // steps that were run
	Keys   map[store.Key]*Use
}

// A Use is what the journals say about one key.
type Use struct {
	Addresses []string // of steps with the key, each once, the latest last
	Last      time.Time
}

// ReadUsage reads all journals of a store. It skips files that are no journals.
func ReadUsage(st *store.Store) (*Usage, error) {
	u := &Usage{Keys: map[store.Key]*Use{}}
	ids, err := journals(st)
	if err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	for _, id := range ids {
		if err := u.read(st, id); err != nil {
			return nil, fmt.Errorf("read journals: %w", err)
		}
	}
	return u, nil
}

func (u *Usage) read(st *store.Store, id string) error {
	j, err := Open(st, id)
	if err != nil {
		return nil // no journal, or another version's
	}
	defer j.Close()
	u.Runs++
	for {
		e, err := j.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		u.add(e)
	}
}

func (u *Usage) add(e Entry) {
	switch {
	case e.ran():
		u.Misses++
	case e.Type == HitEntry, e.Type == CompleteEntry:
		u.Hits++
	default:
		return
	}
	var k store.Key
	if k.UnmarshalText([]byte(e.Key)) != nil {
		return
	}
	use := u.Keys[k]
	if use == nil {
		use = &Use{}
		u.Keys[k] = use
	}
	same := func(address string) bool { return address == e.Address }
	use.Addresses = append(slices.DeleteFunc(use.Addresses, same), e.Address)
	if e.Time.After(use.Last) {
		use.Last = e.Time
	}
}
