package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/journal"
	"snellen/steps/term"
)

// A runsCommand lists the journals of runs.
type runsCommand struct {
	*app
	storeOptions
	streamOptions
	limit int
}

func newRuns(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "runs [SPEC]", Short: "List past runs and those that go on",
		Args: aSpec,
		Long: `List the runs of all studies of the store, or of SPEC alone, the latest first. A run
that was killed, or whose machine went down, is listed as interrupted. What a run's steps logged is
shown by snellen logs ADDRESS -run RUN.`,
		Example: `  snellen runs
  snellen runs -limit 0 -json | jq 'select(.run.result == "failed")'`,
	}, &runsCommand{app: a})
}

func (c *runsCommand) flags(f *pflag.FlagSet) {
	c.storeOptions.flags(f)
	c.streamOptions.flags(f, "print a JSON line a run")
	f.IntVar(&c.limit, "limit", 20, "list at most `N` runs; 0 is all")
}

func (c *runsCommand) run(_ context.Context, args []string) error {
	st, err := project.OpenStore(c.store)
	if err != nil {
		return err
	}
	all, err := journal.Runs(st)
	if err != nil {
		return err
	}
	if len(args) > 0 {
		spec, err := project.AbsSpecPath(args)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(r journal.Run) bool { return r.Start.Spec != spec })
	}
	left := 0
	if c.limit > 0 && len(all) > c.limit {
		left, all = len(all)-c.limit, all[:c.limit]
	}
	if c.stream != nil {
		return c.printLines(all, left)
	}
	return c.print(all, left)
}

func (c *runsCommand) print(all []journal.Run, left int) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(c.out, "No runs yet.")
		return err
	}
	var names []string
	for _, r := range all {
		names = append(names, r.Start.Spec)
	}
	short := term.ShortPaths(names)
	g := term.Grid{Right: []bool{false, false, false, false, false, true, true, true, true},
		Blocks: true}
	g.Row("run", "began", "spec", "command", "result", "ran", "cached", "failed", "time")
	for _, r := range all {
		g.Row(r.ID, r.Start.Time.Local().Format("2006-01-02 15:04"),
			term.Clean(short[r.Start.Spec]), term.Clean(r.Start.Verb), string(r.End.Outcome),
			fmt.Sprint(r.End.Ran), fmt.Sprint(r.End.Cached), fmt.Sprint(r.End.Failed),
			term.Seconds(lasted(r).Seconds()))
		g.Rows[len(g.Rows)-1][4].Colour = outcomeColour(r.End.Outcome)
	}
	if err := g.Write(c.out, view.Width(c.out), c.colour(c.out)); err != nil || left == 0 {
		return err
	}
	_, err := fmt.Fprintf(c.out, "\nand %d earlier ones: type snellen runs -limit 0\n", left)
	return err
}

func outcomeColour(o journal.Outcome) string {
	switch o {
	case journal.Done:
		return term.Green
	case journal.Failed:
		return term.Red
	case journal.Interrupted:
		return term.Yellow
	case journal.Running:
		return term.Cyan
	}
	return ""
}

// lasted returns how long a run took, or has been going on.
func lasted(r journal.Run) time.Duration {
	if r.End.Outcome == journal.Running {
		return time.Since(r.Start.Time)
	}
	return r.Took()
}

type runLine struct {
	Type string  `json:"type"` // "run"
	Run  runData `json:"run"`
}

type runData struct {
	ID       string            `json:"id"`
	Spec     string            `json:"spec"`
	Study    string            `json:"study"`
	Verb     string            `json:"verb"`
	Command  string            `json:"command"`
	Began    time.Time         `json:"began"`
	Seconds  float64           `json:"seconds"`
	Result   journal.Outcome   `json:"result"`
	Ran      int               `json:"ran"`
	Cached   int               `json:"cached"`
	Failed   int               `json:"failed"`
	Skipped  int               `json:"skipped"`
	Error    string            `json:"error,omitempty"`
	Versions map[string]string `json:"versions"`
}

type runsSummary struct {
	Type   string `json:"type"` // "runs_summary"
	Listed int    `json:"listed"`
	Left   int    `json:"left"` // earlier ones
}

func (c *runsCommand) printLines(all []journal.Run, left int) error {
	for _, r := range all {
		if err := c.streamRun(r); err != nil {
			return err
		}
	}
	return c.stream.Line(view.LevelInfo, fmt.Sprintf("%d runs listed, %d earlier ones left out.",
		len(all), left), runsSummary{"runs_summary", len(all), left})
}

func (a *app) streamRun(r journal.Run) error {
	text := fmt.Sprintf("%s: %s of %s, %s: %d ran, %d cached, %d failed", r.ID, r.Start.Verb,
		r.Start.Study, r.End.Outcome, r.End.Ran, r.End.Cached, r.End.Failed)
	return a.stream.Line(view.LevelInfo, text, runLine{"run", runData{
		ID: r.ID, Spec: r.Start.Spec, Study: r.Start.Study, Verb: r.Start.Verb,
		Command: r.Start.Command, Began: r.Start.Time,
		Seconds: lasted(r).Seconds(), Result: r.End.Outcome, Ran: r.End.Ran, Cached: r.End.Cached,
		Failed:  r.End.Failed,
		Skipped: r.End.Skipped, Error: r.End.Error, Versions: r.Start.Versions,
	}})
}
