package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/steplog"
	"snellen/cmd/snellen/view"
	"snellen/engine/journal"
)

// A logsCommand prints the log of one step.
type logsCommand struct {
	*app
	storeOptions
	streamOptions
	id     string
	follow bool
}

func newLogs(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "logs ADDRESS [SPEC]", Short: "Show what a step logged, and its exact command",
		Args: takes(1, 2, nameAStep("logs")),
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

func (l *logsCommand) run(ctx context.Context, args []string) error {
	st, err := project.OpenStore(l.store)
	if err != nil {
		return err
	}
	r := steplog.Reader{
		Store: st, Address: args[0], Follow: l.follow,
		Sink: &steplog.Text{Out: l.out, Colour: l.colour(l.out)},
	}
	if l.stream != nil {
		r.Sink = streamSink{l.app}
	}
	if l.id != "" {
		past, err := journal.Find(st, l.id, "")
		if err != nil {
			return err
		}
		return r.Show(ctx, past)
	}
	spec, err := project.AbsSpecPath(args[1:])
	if err != nil {
		return err
	}
	r.Known = func() []string { return project.Addresses(spec, nil) }
	return r.Latest(ctx, spec)
}

// A streamSink writes for machines.
type streamSink struct{ *app }

// Entry writes a line with the time at which the entry was written.
func (s streamSink) Entry(e journal.Entry) error {
	at := e.Time
	e.Time = time.Time{}
	return s.stream.LineAt(at, view.EntryLevel(e), view.EntryText(e), e)
}

type stepState struct {
	Type    string `json:"type"` // "step_state"
	Address string `json:"address"`
	State   string `json:"state"` // "running", "interrupted"
}

func (s streamSink) Run(r journal.Run) error { return s.streamRun(r) }

func (s streamSink) Unfinished(address, state, text string) error {
	return s.stream.Line(view.LevelWarn, address+": "+text, stepState{"step_state", address, state})
}
