package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker"
	"snellen/steps/term"
)

// A verifyCommand runs steps again and compares their outputs with the recorded ones.
type verifyCommand struct {
	*app
	studyOptions
	streamOptions
	coresOptions
}

func newVerify(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use:   "verify [ADDRESS...] [SPEC]",
		Short: "Run steps again in a clean place, and compare what they make",
		Long: `Run steps again, each in a new folder and from the very inputs that it had, and
compare what comes out with the records and with the lock file. Nothing is recorded. Each step is
graded:

  bit-exact     every byte is the same
  same numbers  some bytes differ, but no figure in any of its JSON outputs does
  differs       a figure differs, or bytes do in a step without figures; the first output that
                differs is named

An ADDRESS may be a pattern, such as 320x240/** or */train; without one, all steps that have a
result are run again, which takes as long as their first run did. Steps that ran in the cloud are
left out: they would be paid for twice.`,
		Example: `  snellen verify
  snellen verify 320x240/train
  snellen verify '*/train' '*/evaluate/**' -parallelism 2`,
	}, &verifyCommand{app: a})
}

func (c *verifyCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	c.coresOptions.flags(f)
	c.streamOptions.flags(f, "print JSON lines")
}

func (c *verifyCommand) run(ctx context.Context, args []string) error {
	if err := c.check(); err != nil {
		return err
	}
	patterns, spec, err := splitSpec(args)
	if err != nil {
		return err
	}
	p, err := c.open(c.app, spec, project.ToRun)
	if err != nil {
		return err
	}
	lock, err := c.readLock(p)
	if err != nil {
		return err
	}
	plan, err := p.DecideHere(ctx)
	if err != nil {
		return err
	}
	todo, err := c.toVerify(p, plan, patterns)
	if err != nil {
		return err
	}
	v, err := c.runAgain(ctx, p, plan, todo)
	if err != nil {
		return err
	}
	return c.verified(p, v, lock)
}

// toVerify returns the steps that the patterns name, or all. It leaves out, with a warning, those
// without a result and those that ran in the cloud.
func (c *verifyCommand) toVerify(p *project.Project, plan *engine.Plan,
	patterns []string) ([]*engine.Decision, error) {
	wanted := map[string]bool{}
	for _, pattern := range patterns {
		found, err := p.Graph.Match(pattern)
		if err != nil {
			return nil, p.WithSuggestion(err)
		}
		for _, n := range found {
			wanted[n.Address] = true
		}
	}
	var todo []*engine.Decision
	var none, cloud []string
	for _, d := range plan.Decisions {
		switch address := d.Node.Address; {
		case len(patterns) > 0 && !wanted[address]:
		case d.Record == nil || d.Verdict != engine.Cached:
			none = append(none, address)
		case d.Node.Kind.Pool == sagemaker.Pool:
			cloud = append(cloud, address)
		default:
			todo = append(todo, d)
		}
	}
	if len(cloud) > 0 {
		c.warn("left out, since they ran in the cloud and would be paid for twice: " +
			view.ShortList(cloud, 4))
	}
	if len(none) > 0 && len(todo) > 0 {
		c.warn("left out, since they have no result of the study as it is: " +
			view.ShortList(none, 4))
	}
	if len(todo) == 0 {
		return nil, step.WithHint(errors.New("there is no result to verify"),
			"make the study's results first: snellen apply")
	}
	return todo, nil
}

// runAgain runs the steps and shows what happens. Nothing is recorded but the journal.
func (c *verifyCommand) runAgain(ctx context.Context, p *project.Project, plan *engine.Plan,
	todo []*engine.Decision) (*engine.Verification, error) {
	runners, end, err := p.Runners(c.cores)
	if err != nil {
		return nil, err
	}
	defer end()
	var took time.Duration
	for _, d := range todo {
		took += d.Record.Took
	}
	if c.stream == nil {
		fmt.Fprintf(c.err, "Running %s again. One by one they took %s.\n\n",
			term.Count(len(todo), "step", "steps"), term.Duration(took))
	}
	log, err := openJournal(ctx, p, "verify")
	if err != nil {
		return nil, err
	}
	events := c.events(view.Log{Colour: c.colour(c.err)},
		view.RepeatedWork(todo, c.pools(p)))
	c.interrupts.beginGentle()
	v, err := plan.Verify(ctx, todo, engine.Options{
		Runners: runners, Pools: c.pools(p), Stop: c.interrupts.stop,
		Emit: func(e engine.Event) { log.Write(e); events.Emit(e) },
	})
	c.interrupts.endGentle()
	events.Close()
	p.Memo.Save()
	outcome := journal.Failed
	if v != nil {
		outcome = journal.VerifyOutcome(v)
	}
	if problem := log.Close(outcome, err); problem != nil {
		c.warn(problem.Error())
	}
	return v, err
}

// A verifySummary is the last line of verify.
type verifySummary struct {
	Type        string `json:"type"` // "verify_summary"
	Exact       int    `json:"bit_exact"`
	Numbers     int    `json:"same_numbers"`
	Differ      int    `json:"differ"`
	Unlocked    int    `json:"unlike_lock"` // steps whose outputs differ from the lock file
	Failed      int    `json:"failed"`
	Interrupted bool   `json:"interrupted"`
}

// verified prints how the steps compare, and returns the exit code as an error.
func (c *verifyCommand) verified(p *project.Project, v *engine.Verification,
	lock *specs.Lock) error {
	sum := verifySummary{Type: "verify_summary", Failed: len(v.Failures),
		Interrupted: v.Interrupted}
	counts := map[engine.Grade]int{}
	for _, s := range v.Steps {
		counts[s.Grade]++
		if text := p.LockDifference(s, lock); text != "" {
			sum.Unlocked++
			c.warn(text)
		}
	}
	sum.Exact, sum.Numbers = counts[engine.BitExact], counts[engine.SameNumbers]
	sum.Differ = counts[engine.Differs]
	text := sum.text()
	level := view.LevelInfo
	if sum.Differ+sum.Failed+sum.Unlocked > 0 {
		level = view.LevelError
	}
	if c.stream != nil {
		if err := c.stream.Line(level, text, sum); err != nil {
			return err
		}
	} else {
		c.printFailures(&engine.Result{Failures: v.Failures})
		if _, err := fmt.Fprintln(c.out, text); err != nil {
			return err
		}
	}
	switch {
	case v.Interrupted:
		return printedError{exitInterrupted}
	case level == view.LevelError:
		return printedError{exitError}
	}
	return nil
}

// text returns the summary for people.
func (s verifySummary) text() string {
	all := s.Exact + s.Numbers + s.Differ + s.Failed
	if s.Exact == all {
		return term.Count(all, "step", "steps") + " run again: all are bit-exact."
	}
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{
		{s.Exact, "is bit-exact", "are bit-exact"},
		{s.Numbers, "has the same numbers", "have the same numbers"},
		{s.Differ, "differs", "differ"}, {s.Failed, "could not be run", "could not be run"},
	} {
		if p.n > 0 {
			parts = append(parts, term.Count(p.n, p.one, p.many))
		}
	}
	return term.Count(all, "step", "steps") + " run again: " + strings.Join(parts, ", ") + "."
}
