// Package steplog shows what a step logged: from the journal of a run, while that grows too, or
// from the step's record.
package steplog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
)

// A Sink shows what a journal has about a step.
type Sink interface {
	Run(journal.Run) error // which run it is about; called before its entries
	Entry(journal.Entry) error
	// Unfinished is called last where the step has not ended: it is "running", or was
	// "interrupted".
	Unfinished(address, state, text string) error
}

// A Reader shows the log of one step, once.
type Reader struct {
	Store   *store.Store
	Address string
	Follow  bool // go on while the step runs
	Sink    Sink
	Known   func() []string // addresses of the study, for the hint of one that is not known

	journal *journal.Reader
	command bool // the step's command was shown
	ended   bool // the step's end was shown
}

// Latest shows the step in the latest run in which it ran, of the spec with that absolute path.
func (l *Reader) Latest(ctx context.Context, spec string) error {
	all, err := journal.Runs(l.Store)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Start.Spec != spec || r.Start.Verb != "apply" && r.End.Outcome != journal.Running {
			continue // what verify did is shown where a run is named
		}
		if ran, err := l.ranIn(r); err != nil || ran {
			return cmp.Or(err, l.Show(ctx, r))
		}
	}
	return l.last(spec)
}

// ranIn reports whether the step ran in a run. With -f, a run that goes on may still come to it.
func (l *Reader) ranIn(r journal.Run) (bool, error) {
	j, err := journal.Open(l.Store, r.ID)
	if err != nil {
		return false, err
	}
	defer j.Close()
	for {
		switch e, err := j.Next(); {
		case err == io.EOF:
			return l.Follow && j.Running(), nil
		case err != nil:
			return false, err
		case e.Address == l.Address && e.Type != journal.HitEntry && e.Type != journal.SkippedEntry:
			return true, nil
		}
	}
}

// pause is how long -f waits before it reads a growing journal again. The system's own notices do
// not work where the store is on another machine's disk, and a person does not see a quarter of a
// second.
const pause = 250 * time.Millisecond

// Show shows the step in one run. With Follow it goes on until the step or the run ends, or ctx
// does.
func (l *Reader) Show(ctx context.Context, r journal.Run) (err error) {
	if l.journal, err = journal.Open(l.Store, r.ID); err != nil {
		return err
	}
	defer l.journal.Close()
	seen := false
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		goesOn := l.journal.Running() // before the last look, so that nothing is missed
		if err := l.drain(r, &seen); err != nil {
			return err
		}
		switch {
		case l.ended:
			return nil
		case !goesOn:
			return l.endedRun(r, seen)
		case !l.Follow:
			return l.running(r, seen)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil // the usual end of -f
		}
	}
}

// drain shows what the journal has about the step so far.
func (l *Reader) drain(r journal.Run, seen *bool) error {
	for {
		e, err := l.journal.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e.Address != l.Address {
			continue
		}
		if !*seen {
			*seen = true
			if err := l.Sink.Run(r); err != nil {
				return err
			}
		}
		if err := l.handle(e); err != nil {
			return err
		}
	}
}

// handle shows one entry of the step. What was cached is shown from the record.
func (l *Reader) handle(e journal.Entry) error {
	switch e.Type {
	case journal.StartEntry:
		l.ended = false // it is made again
	case journal.CommandEntry:
		l.command = true
	case journal.CompleteEntry, journal.VerifiedEntry:
		l.ended = true
		if e.With != "" {
			return l.fromRecord(e)
		}
		if err := l.explainNoCommand(e); err != nil {
			return err
		}
	case journal.ErrorEntry, journal.SkippedEntry:
		l.ended = true
	case journal.HitEntry:
		l.ended = true
		return l.fromRecord(e)
	}
	return l.Sink.Entry(e)
}

// fromRecord shows an end whose log is another run's, or another step's, from the record.
func (l *Reader) fromRecord(e journal.Entry) error {
	var k store.Key
	if err := k.UnmarshalText([]byte(e.Key)); err != nil {
		return fmt.Errorf("the journal's key of %s: %w", l.Address, err)
	}
	if err := l.Sink.Entry(e); err != nil {
		return err
	}
	return l.record(k)
}

// explainNoCommand shows, for a step that starts no other program, its parameters in place of a
// command. They are in its manifest.
func (l *Reader) explainNoCommand(end journal.Entry) error {
	var k store.Key
	if l.command || k.UnmarshalText([]byte(end.Key)) != nil {
		return nil
	}
	r, err := l.Store.Lookup(k)
	if err != nil {
		return nil // collected meanwhile: then nobody knows
	}
	_, params, _ := strings.Cut(r.Manifest, "\nparam ")
	params, _, _ = strings.Cut(params, "\n")
	return l.Sink.Entry(journal.Entry{Type: journal.LogEntry, Address: l.Address, Time: end.Time,
		Text: fmt.Sprintf("It has no command: the worker itself runs %s steps. Its parameters: %s",
			engine.KindOf(r.Manifest), params)})
}

// endedRun is called for a run that ended before the step did.
func (l *Reader) endedRun(r journal.Run, seen bool) error {
	if !seen {
		return step.WithHint(fmt.Errorf("%s is not in run %s", l.Address, r.ID),
			"type snellen runs to list others, or leave -run out")
	}
	return l.Sink.Unfinished(l.Address, "interrupted",
		"interrupted: the run ended before the step did")
}

// running is called for a step that goes on, without -f.
func (l *Reader) running(r journal.Run, seen bool) error {
	if !seen {
		return step.WithHint(fmt.Errorf("%s has not begun in run %s, which goes on", l.Address,
			r.ID), "type snellen logs -f "+l.Address)
	}
	return l.Sink.Unfinished(l.Address, "running",
		"it runs still; to follow it, type: snellen logs -f "+l.Address)
}

// last shows the log of the step's record, where no journal has a run of the step.
func (l *Reader) last(spec string) error {
	k, ok := l.Store.Last(spec).Keys[l.Address]
	if !ok {
		return l.unknown()
	}
	return l.record(k)
}

// unknown returns the error of a step about which nothing is known.
func (l *Reader) unknown() error {
	hint := "type snellen plan -v to see the study's steps"
	known := l.Known()
	if near := specs.Nearest(l.Address, known); near != "" && !slices.Contains(known, l.Address) {
		hint = "did you mean " + near + "?"
	}
	return step.WithHint(fmt.Errorf("no run of %s is known", l.Address), hint)
}

// maxLog bounds what is read of a stored log, in bytes. The engine stores less.
const maxLog = 16 << 20

// record shows a stored log. As in a journal, a command begins with "$ ".
func (l *Reader) record(k store.Key) error {
	r, err := l.Store.Lookup(k)
	if err != nil {
		return fmt.Errorf("the record of %s: %w", l.Address, err)
	}
	data, err := l.Store.Read(store.Output{Digest: r.Log}, maxLog)
	if errors.Is(err, store.ErrGone) {
		err = fmt.Errorf("the log of %s is gone from the store", l.Address)
		if r.From != "" {
			err = fmt.Errorf("%s was run on another machine, and its log stayed in %s", l.Address,
				r.From)
		}
		return step.WithHint(err, engine.Remake(l.Address, r))
	}
	if err != nil {
		return err
	}
	for text := range strings.Lines(string(data)) {
		e := journal.Entry{Type: journal.LogEntry, Address: l.Address,
			Text: strings.TrimSuffix(text, "\n")}
		if command, ok := strings.CutPrefix(e.Text, "$ "); ok {
			e.Type, e.Text = journal.CommandEntry, command
			l.command = true
		}
		if err := l.Sink.Entry(e); err != nil {
			return err
		}
	}
	return l.handle(journal.Entry{Type: journal.CompleteEntry, Address: l.Address, Time: r.Ended,
		Key: k.String(), Seconds: r.Took.Seconds(), Bytes: r.Bytes()})
}
