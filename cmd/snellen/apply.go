package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/planfile"
	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
)

// An applyCommand runs what a plan says: a new one, once it is approved, or a saved one.
type applyCommand struct {
	*app
	studyOptions
	streamOptions
	choiceOptions
	coresOptions
	approvalOptions
	verbose, locked bool
	lockTimeout     time.Duration
}

func newApply(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "apply [SPEC | PLAN]", Short: "Run what changed, and compare the resolutions",
		Args: aSpec,
		Long: `Run the steps whose inputs changed, and compare the resolutions. The plan is shown
first, and "yes" is asked for. A PLAN that plan -out saved is run exactly as it is, without a
question; where it no longer holds, nothing is run.

The report is printed and written beside SPEC, to SPEC's name with .report in place of .hcl.
Interrupt once to start nothing new and finish what runs; interrupt again to end at once. What is
done is kept: type the same command to go on.

What the results were made with, and their digests, go into SPEC's name with .lock.hcl in place of
.hcl. Keep that file in git: with -locked, an apply refuses other tools and inputs than it has, and
says which.`,
		Example: `  snellen apply
  snellen apply snacks.hcl -var footage=clips -auto-approve
  snellen apply snacks.plan
  snellen apply -replace=320x240/train
  snellen apply -chdir studies/snacks -parallelism 4
  snellen apply -locked -auto-approve -json   # with the tools and inputs of the lock file`,
	}, &applyCommand{app: a})
}

func (c *applyCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	c.choiceOptions.flags(f)
	c.coresOptions.flags(f)
	c.approvalOptions.flags(f)
	c.streamOptions.flags(f,
		"print the plan and all that happens as JSON lines; needs -auto-approve")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "list each step of the plan")
	f.BoolVar(&c.locked, "locked", false,
		"refuse tools and inputs that differ from the lock file, and do not write it")
	f.DurationVar(&c.lockTimeout, "lock-timeout", 0,
		"wait this `TIME`, such as 30s, for a step that another apply is running; 0: forever")
}

func (c *applyCommand) run(ctx context.Context, args []string) error {
	if err := c.check(); err != nil {
		return err
	}
	if len(args) > 0 && planfile.IsFile(args[0]) {
		return c.applySaved(ctx, args[0])
	}
	p, err := c.open(c.app, args, project.ToRun)
	if err != nil {
		return err
	}
	if err := p.Choose(c.choice); err != nil {
		return err
	}
	plan, err := p.Decide(ctx)
	if err != nil {
		return err
	}
	return c.runPlan(ctx, p, plan, c.approve)
}

// runPlan runs the plan once approve has accepted it. A plan without changes is not shown to
// approve: the report is printed, or written again, and nothing else happens. With -locked, and
// beyond the study's budget, nothing is run.
// The lock file and the report are written before what the run holds in the store is released: a gc
// meanwhile cannot take a result that neither names yet.
func (c *applyCommand) runPlan(ctx context.Context, p *project.Project, plan *engine.Plan,
	approve func(context.Context, *overview) error) error {
	defer p.Sweep(ctx, c.warn)
	if !view.Pending(plan) && !c.locked && p.LockIsCurrent(plan) {
		return c.unchanged(ctx, p, plan)
	}
	lock, err := c.readLock(p)
	if err != nil {
		return err
	}
	if c.locked {
		if err := p.CheckLock(plan, lock); err != nil {
			return err
		}
	}
	if !view.Pending(plan) {
		c.updateLock(p, plan, lock)
		return c.unchanged(ctx, p, plan)
	}
	if err := c.checkFootage(ctx, p, plan); err != nil {
		return err
	}
	if err := p.WithinBudget(ctx, plan); err != nil {
		return err
	}
	o, err := newOverview(ctx, p, plan, c.pools(p), c.verbose)
	if err != nil {
		return err
	}
	if !view.Runs(plan) {
		approve = c.showApproved // what others made is fetched without a question
	}
	if err := approve(ctx, o); err != nil {
		return err
	}
	result, err := c.execute(ctx, p, plan)
	if err != nil {
		return err
	}
	defer result.Release() // when the lock file and the report are written
	c.updateLock(p, plan, lock)
	return c.conclude(ctx, p, result)
}

// unchanged ends an apply that has nothing to run: it shows the plan and the report, and checks the
// gates.
func (c *applyCommand) unchanged(ctx context.Context, p *project.Project, plan *engine.Plan) error {
	// a store that cannot be written is no reason to fail: only later reasons are poorer
	_ = p.Remember(plan.Decisions)
	o, err := newOverview(ctx, p, plan, c.pools(p), c.verbose)
	if err != nil {
		return err
	}
	if err := c.showPlan(c.out, o); err != nil {
		return err
	}
	if c.stream == nil {
		fmt.Fprintln(c.out)
	}
	if waits, err := p.SendUnsent(); err != nil {
		c.warn(err.Error())
	} else if waits {
		c.interrupts.beginGentle()
		c.send(ctx, p, plan)
		c.interrupts.endGentle()
	}
	decisions := p.Settled(ctx, plan.Decisions)
	if done, err := c.printCached(p, decisions); done || err != nil {
		return err
	}
	r, err := c.publish(p, decisions)
	if err != nil {
		return err
	}
	if err := c.summarise(r, &engine.Result{}); err != nil {
		return err
	}
	return c.gates(r)
}

// approve shows the plan and asks for a yes. A stream cannot ask: it needs -auto-approve.
func (c *applyCommand) approve(ctx context.Context, o *overview) error {
	if c.stream != nil && !c.approved {
		return errJSONAsks
	}
	if err := c.showPlan(c.screen(), o); err != nil || c.stream != nil {
		return err
	}
	fmt.Fprintln(c.err)
	return c.confirm(ctx, c.app, "Run these steps?", "nothing was run")
}

// execute runs the plan's steps. It shows what happens, writes the journal, and remembers which key
// each address had. Its error is one of the run as a whole; failed steps are in the result, which
// holds their outputs in the store until it is released.
func (c *applyCommand) execute(ctx context.Context, p *project.Project,
	plan *engine.Plan) (*engine.Result, error) {
	debug.SetGCPercent(100) // a run lasts, so that its memory counts for more than what main saves
	runners, end, err := p.Runners(c.cores)
	if err != nil {
		return nil, err
	}
	defer end()
	endCloud, err := p.CloudRunners(ctx, runners, plan, c.interrupts.stop)
	if err != nil {
		return nil, err
	}
	defer endCloud()
	journal, err := openJournal(ctx, p, "apply")
	if err != nil {
		return nil, err
	}
	events := c.events(view.Log{Quiet: view.Quiet(plan), Colour: c.colour(c.err)},
		view.PlannedWork(plan, c.pools(p)))
	if _, err := p.SendUnsent(); err != nil {
		c.warn(err.Error())
	}
	c.interrupts.beginGentle()
	result, err := plan.Apply(ctx, engine.Options{
		Runners: runners, Pools: c.pools(p), Stop: c.interrupts.stop, LockTimeout: c.lockTimeout,
		Emit: func(e engine.Event) { journal.Write(e); events.Emit(e) },
	})
	events.Close()
	c.send(ctx, p, plan)
	c.interrupts.endGentle()
	p.Memo.Save()
	c.closeJournal(journal, result, err)
	if err != nil {
		return nil, err
	}
	if err := p.Remember(result.Decisions, result.Failures...); err != nil {
		c.warn(err.Error())
	}
	return result, nil
}

// send waits until the shared store has what was run. An interrupt ends that and loses nothing: all
// steps ran, and the next apply sends the rest. So the exit code is what it is without one.
func (c *applyCommand) send(ctx context.Context, p *project.Project, plan *engine.Plan) {
	v := view.NewSending(c.err, c.stream, p.SharedWord())
	sent := p.Drain(ctx, c.interrupts.stop, v.Tell)
	v.Close(sent.Records, sent.Left, sent.Bytes)
	c.warnOf(p.SendingNotes(sent, plan))
}

// conclude writes and prints the report, prints what failed, and returns the exit code as an error.
// Gates are checked only where no step failed: a failure comes first.
func (c *applyCommand) conclude(ctx context.Context, p *project.Project,
	result *engine.Result) error {
	r, err := c.publish(p, p.Settled(ctx, result.Decisions))
	if err != nil {
		return err
	}
	if err := c.summarise(r, result); err != nil {
		return err
	}
	if c.stream == nil {
		c.printFailures(result)
	}
	if len(result.Failures) > 0 {
		c.next("The whole log: ", c.storeOptions.words("logs", result.Failures[0].Address,
			p.Study.File)...)
	}
	if code := outcome(r.Complete(), result); code != exitDone {
		return printedError{code}
	}
	if err := c.gates(r); err != nil {
		return err
	}
	c.next("Next: change "+p.Study.File+", and see what that would run: ",
		c.words("plan", p.Study.File)...)
	return nil
}

// gates returns an error where the results do not meet what the spec requires. The report has said
// which gates, and why.
func (c *applyCommand) gates(r *published) error {
	if len(r.UnmetGates()) == 0 {
		return nil
	}
	if c.stream == nil {
		fmt.Fprintln(c.err)
		for _, g := range r.UnmetGates() {
			lines := append([]string{"gate " + g.Name + " is not met"}, g.Unmet()...)
			view.PrintError(c.err, errors.New(strings.Join(lines, "\n")), c.colour(c.err))
		}
	}
	return printedError{exitGate}
}

// outcome returns the exit code of an apply that ran, gates aside. complete says whether at least
// one resolution has all its results.
func outcome(complete bool, result *engine.Result) int {
	locked := 0
	for _, f := range result.Failures {
		if errors.Is(f.Err, engine.ErrLockTimeout) {
			locked++
		}
	}
	switch {
	case result.Interrupted:
		return exitInterrupted
	case len(result.Failures) == 0:
		return exitDone
	case locked == len(result.Failures):
		return exitLocked
	case complete:
		return exitPartly
	}
	return exitError
}
