package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
)

// An Outcome is how a run ended, or that it goes on.
type Outcome string

// The outcomes. A killed run counts as interrupted.
const (
	Done        Outcome = "done"
	Failed      Outcome = "failed"
	Interrupted Outcome = "interrupted"
	Running     Outcome = "running"
)

// ApplyOutcome returns how an apply ended.
func ApplyOutcome(r *engine.Result) Outcome {
	switch {
	case r.Interrupted:
		return Interrupted
	case len(r.Failures) > 0:
		return Failed
	}
	return Done
}

// VerifyOutcome returns how a verification ended: it failed where a step differs.
func VerifyOutcome(v *engine.Verification) Outcome {
	differs := func(s engine.Verified) bool { return s.Grade == engine.Differs }
	switch {
	case v.Interrupted:
		return Interrupted
	case len(v.Failures) > 0 || slices.ContainsFunc(v.Steps, differs):
		return Failed
	}
	return Done
}

// A Run is what a journal says about its run as a whole.
type Run struct {
	ID    string // the journal's file name without its suffix
	Start Start
	End   End // of an interrupted or running one: counted up to the last event
}

// Took returns the time from the run's start to its end, or to its last event.
func (r Run) Took() time.Duration { return r.End.Time.Sub(r.Start.Time) }

// Runs lists the runs whose journals the store has, the latest first. It skips files that are no
// journals.
func Runs(st *store.Store) ([]Run, error) {
	ids, err := journals(st)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var all []Run
	for _, id := range slices.Backward(ids) {
		if r, err := ReadRun(st, id); err == nil {
			all = append(all, r)
		}
	}
	return all, nil
}

// journals lists the IDs of all journals, the oldest first: their names begin with the time.
func journals(st *store.Store) ([]string, error) {
	entries, err := os.ReadDir(st.RunPath(""))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), suffix); ok && e.Type().IsRegular() {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Latest returns the ID of the latest run of the spec with that absolute path, of those that began
// after the run named after, which may be ""; "" is none. last is the ID of the latest run of any
// spec, for the next call. A journal that another process has just made, and not yet begun, is left
// for that call.
func Latest(st *store.Store, spec, after string) (id, last string) {
	ids, err := journals(st)
	if err != nil {
		return "", after
	}
	last = after
	for _, one := range ids {
		if one <= after {
			continue
		}
		r, err := Open(st, one)
		if err != nil {
			if info, err := os.Stat(st.RunPath(one + suffix)); err == nil && info.Size() == 0 {
				return id, last
			}
			last = one
			continue
		}
		if r.Start.Spec == spec {
			id = one
		}
		r.Close()
		last = one
	}
	return id, last
}

// Find returns the run with that ID, or the only one whose ID begins with it. "last" is the latest
// run of the spec with that absolute path, or of any spec for "". The error carries a hint.
func Find(st *store.Store, id, spec string) (Run, error) {
	all, err := Runs(st)
	if err != nil {
		return Run{}, err
	}
	var found []Run
	for _, r := range all {
		if r.ID == id || id == "last" && (spec == "" || r.Start.Spec == spec) {
			return r, nil
		}
		if strings.HasPrefix(r.ID, id) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return Run{}, step.WithHint(fmt.Errorf("there is no run %q", id),
			"type snellen runs to see them")
	case 1:
		return found[0], nil
	}
	return Run{}, step.WithHint(fmt.Errorf("%d runs begin with %q", len(found), id),
		fmt.Sprintf("write more of it, such as %s", found[0].ID))
}

// ReadRun reads as much of a journal as its run needs: the first and the last line, or all lines
// where there is no last one yet.
func ReadRun(st *store.Store, id string) (Run, error) {
	j, err := Open(st, id)
	if err != nil {
		return Run{}, err
	}
	defer j.Close()
	r := Run{ID: id, Start: j.Start}
	running := j.Running() // asked before the end is read: a run that ends meanwhile has its end
	if r.End, err = j.end(); err == nil {
		return r, nil
	}
	outcome, last := Interrupted, j.Start.Time
	if running {
		outcome = Running
	}
	var count tally
	for {
		e, err := j.Next()
		if err != nil {
			break
		}
		count.add(e)
		last = e.Time
	}
	r.End = count.end(outcome, last)
	r.End.Type = "" // the journal has no such line
	return r, nil
}

// KeyOf returns the key that a step had in the run with that ID. The error carries a hint where
// the step has no result in it.
func KeyOf(st *store.Store, id, address string) (store.Key, error) {
	keys, err := Keys(st, id)
	if err != nil {
		return store.Key{}, err
	}
	k, ok := keys[address]
	if !ok {
		return k, step.WithHint(fmt.Errorf("%s has no result in run %s", address, id),
			"type snellen logs "+strings.TrimSpace(address)+" -run "+id)
	}
	return k, nil
}

// Keys returns the keys of the steps that have a result in the run with that ID, by address.
func Keys(st *store.Store, id string) (map[string]store.Key, error) {
	j, err := Open(st, id)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	keys := map[string]store.Key{}
	for {
		e, err := j.Next()
		if errors.Is(err, io.EOF) {
			return keys, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read run %s: %w", id, err)
		}
		if e.Type != HitEntry && e.Type != CompleteEntry {
			continue
		}
		var k store.Key
		if err := k.UnmarshalText([]byte(e.Key)); err != nil {
			return nil, fmt.Errorf("read run %s: %w", id, err)
		}
		keys[e.Address] = k
	}
}
