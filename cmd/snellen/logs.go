package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/term"
)

// A logsCommand shows what is known of one step's run. The fields below its options are those of
// the call.
type logsCommand struct {
	*app
	storeOptions
	streamOptions
	id     string
	follow bool

	st      *store.Store
	address string
	journal *journal.Reader
	sink    sink
	command bool // the step's command was shown
	ended   bool // the step's end was shown
}

func newLogs(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "logs ADDRESS [SPEC]", Short: "Show what a step logged, and its exact command",
		Args: cobra.RangeArgs(1, 2),
		Long: `Show what a step logged and its exact command, as it was in the latest run in which
it ran, or in the run that -run names (see snellen runs). Where the step has its result from an
earlier run, that run's log is shown.`,
		Example: `  snellen logs 320x240/train
  snellen logs -f 320x240/train
  snellen logs 320x240/train -run 20261124T1942`,
	}, &logsCommand{app: a})
}

func (l *logsCommand) flags(f *pflag.FlagSet) {
	l.storeOptions.flags(f)
	l.streamOptions.flags(f, "print JSON lines")
	f.StringVar(&l.id, "run", "",
		"of this `RUN`, by its name or the beginning of it; last is the latest")
	f.BoolVarP(&l.follow, "follow", "f", false, "go on while the step runs")
}

// A sink shows what a journal has about a step.
type sink interface {
	run(journal.Run) error
	entry(journal.Entry) error
	// the step has not ended: it is "running", or was "interrupted"
	unfinished(address, state, text string) error
}

func (l *logsCommand) run(ctx context.Context, args []string) error {
	address, spec := args[0], args[1:]
	var err error
	if l.st, err = project.OpenStore(l.store); err != nil {
		return err
	}
	l.address, l.sink = address, &textSink{out: l.out, colour: l.colour(l.out)}
	if l.stream != nil {
		l.sink = streamSink{l.app}
	}
	if l.id != "" {
		r, err := journal.Find(l.st, l.id)
		if err != nil {
			return err
		}
		return l.showRun(ctx, r)
	}
	path, err := project.AbsSpecPath(spec)
	if err != nil {
		return err
	}
	all, err := journal.Runs(l.st)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Start.Spec != path || r.Start.Verb != "apply" && r.End.Outcome != journal.Running {
			continue // what verify did is shown where -run asks for it
		}
		if ran, err := l.ranIn(r); err != nil || ran {
			return cmp.Or(err, l.showRun(ctx, r))
		}
	}
	return l.last(path)
}

// ranIn reports whether the step ran in a run. With -f, a run that goes on may still come to it.
func (l *logsCommand) ranIn(r journal.Run) (bool, error) {
	j, err := journal.Open(l.st, r.ID)
	if err != nil {
		return false, err
	}
	defer j.Close()
	for {
		switch e, err := j.Next(); {
		case err == io.EOF:
			return l.follow && j.Running(), nil
		case err != nil:
			return false, err
		case e.Address == l.address && e.Type != journal.HitEntry && e.Type != journal.SkippedEntry:
			return true, nil
		}
	}
}

// pause is how long -f waits before it reads a growing journal again. The system's own notices do
// not work where the store is on another machine's disk, and a person does not see a quarter of a
// second.
const pause = 250 * time.Millisecond

// showRun shows the step in one run. With -f it goes on until the step or the run ends, or ctx
// does.
func (l *logsCommand) showRun(ctx context.Context, r journal.Run) (err error) {
	if l.journal, err = journal.Open(l.st, r.ID); err != nil {
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
		case !l.follow:
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
func (l *logsCommand) drain(r journal.Run, seen *bool) error {
	for {
		e, err := l.journal.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e.Address != l.address {
			continue
		}
		if !*seen {
			*seen = true
			if err := l.sink.run(r); err != nil {
				return err
			}
		}
		if err := l.handle(e); err != nil {
			return err
		}
	}
}

// handle shows one entry of the step. What was cached is shown from the record.
func (l *logsCommand) handle(e journal.Entry) error {
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
	return l.sink.entry(e)
}

// fromRecord shows an end whose log is another run's, or another step's, from the record.
func (l *logsCommand) fromRecord(e journal.Entry) error {
	var k store.Key
	if err := k.UnmarshalText([]byte(e.Key)); err != nil {
		return fmt.Errorf("the journal's key of %s: %w", l.address, err)
	}
	if err := l.sink.entry(e); err != nil {
		return err
	}
	return l.record(k)
}

// explainNoCommand shows, for a step that starts no other program, its parameters in place of a
// command. They are in its manifest.
func (l *logsCommand) explainNoCommand(end journal.Entry) error {
	var k store.Key
	if l.command || k.UnmarshalText([]byte(end.Key)) != nil {
		return nil
	}
	r, err := l.st.Lookup(k)
	if err != nil {
		return nil // collected meanwhile: then nobody knows
	}
	_, params, _ := strings.Cut(r.Manifest, "\nparam ")
	params, _, _ = strings.Cut(params, "\n")
	return l.sink.entry(journal.Entry{Type: journal.LogEntry, Address: l.address, Time: end.Time,
		Text: fmt.Sprintf("It has no command: the worker itself runs %s steps. Its parameters: %s",
			engine.KindOf(r.Manifest), params)})
}

// endedRun is called for a run that ended before the step did.
func (l *logsCommand) endedRun(r journal.Run, seen bool) error {
	if !seen {
		return step.WithHint(fmt.Errorf("%s is not in run %s", l.address, r.ID),
			"type snellen runs to list others, or leave -run out")
	}
	return l.sink.unfinished(l.address, "interrupted",
		"interrupted: the run ended before the step did")
}

// running is called for a step that goes on, without -f.
func (l *logsCommand) running(r journal.Run, seen bool) error {
	if !seen {
		return step.WithHint(fmt.Errorf("%s has not begun in run %s, which goes on", l.address,
			r.ID), "type snellen logs -f "+l.address)
	}
	return l.sink.unfinished(l.address, "running",
		"it runs still; to follow it, type: snellen logs -f "+l.address)
}

// last shows the log of the step's record, where no journal has a run of the step.
func (l *logsCommand) last(spec string) error {
	k, ok := l.st.Last(spec).Keys[l.address]
	if !ok {
		return l.unknown(spec)
	}
	return l.record(k)
}

// unknown returns the error of a step about which nothing is known.
func (l *logsCommand) unknown(spec string) error {
	hint := "type snellen plan -v to see the study's steps"
	known := addressesOf(spec, nil)
	if near := specs.Nearest(l.address, known); near != "" && !slices.Contains(known, l.address) {
		hint = "did you mean " + near + "?"
	}
	return step.WithHint(fmt.Errorf("no run of %s is known", l.address), hint)
}

// maxLog bounds what is read of a stored log, in bytes. The engine stores less.
const maxLog = 16 << 20

// record shows a stored log. As in a journal, a command begins with "$ ".
func (l *logsCommand) record(k store.Key) error {
	r, err := l.st.Lookup(k)
	if err != nil {
		return fmt.Errorf("the record of %s: %w", l.address, err)
	}
	data, err := l.st.Read(store.Output{Digest: r.Log}, maxLog)
	if errors.Is(err, store.ErrGone) {
		return step.WithHint(fmt.Errorf("the log of %s is gone from the store", l.address),
			"to run the step again, type snellen apply -replace="+l.address)
	}
	if err != nil {
		return err
	}
	for text := range strings.Lines(string(data)) {
		e := journal.Entry{Type: journal.LogEntry, Address: l.address,
			Text: strings.TrimSuffix(text, "\n")}
		if command, ok := strings.CutPrefix(e.Text, "$ "); ok {
			e.Type, e.Text = journal.CommandEntry, command
			l.command = true
		}
		if err := l.sink.entry(e); err != nil {
			return err
		}
	}
	return l.handle(journal.Entry{Type: journal.CompleteEntry, Address: l.address, Time: r.Ended,
		Key: k.String(), Seconds: r.Took.Seconds(), Bytes: r.Bytes()})
}

// A textSink writes for people.
type textSink struct {
	out    io.Writer
	colour bool
}

func (s *textSink) run(r journal.Run) error {
	_, err := fmt.Fprintf(s.out, "run %s: %s of %s\n", r.ID, term.Clean(r.Start.Verb),
		term.Clean(r.Start.Spec))
	return err
}

func (s *textSink) entry(e journal.Entry) error {
	text, colour := "", ""
	switch e.Type {
	case journal.MissEntry:
		text = "why: " + e.Cause
	case journal.CommandEntry:
		text, colour = "$ "+e.Text, "1"
	case journal.LogEntry:
		text = e.Text
	case journal.WarningEntry:
		text, colour = "warning: "+e.Text, "33"
	case journal.HitEntry:
		text = "cached; its log is of the run that made it:"
	case journal.CompleteEntry:
		text, colour = view.Completed(e.With, view.Seconds(e.Seconds), e.Bytes), "32"
		if !e.Time.IsZero() {
			text += ", at " + e.Time.Local().Format("2006-01-02 15:04:05")
		}
	case journal.ErrorEntry:
		text, colour = "failed: "+e.Text, "31"
		if e.Hint != "" {
			text += "\nhint: " + e.Hint
		}
	case journal.SkippedEntry:
		text = "not run, " + e.Cause
	case journal.VerifiedEntry:
		text = view.Verified(e)
	default:
		return nil
	}
	return s.write(text, colour)
}

func (s *textSink) unfinished(_, _, text string) error { return s.write(text, "33") }

func (s *textSink) write(text, colour string) error {
	for _, line := range view.Lines(text) {
		if _, err := fmt.Fprintln(s.out, term.Paint(line, colour, s.colour)); err != nil {
			return err
		}
	}
	return nil
}

// A streamSink writes for machines.
type streamSink struct{ *app }

// entry writes a line with the time at which the entry was written.
func (s streamSink) entry(e journal.Entry) error {
	at := e.Time
	e.Time = time.Time{}
	return s.stream.LineAt(at, view.EntryLevel(e), view.EntryText(e), e)
}

type stepState struct {
	Type    string `json:"type"` // "step_state"
	Address string `json:"address"`
	State   string `json:"state"` // "running", "interrupted"
}

func (s streamSink) run(r journal.Run) error { return s.streamRun(r) }

func (s streamSink) unfinished(address, state, text string) error {
	return s.stream.Line(view.LevelWarn, address+": "+text, stepState{"step_state", address, state})
}
