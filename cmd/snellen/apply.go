package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/step"
	"snellen/steps/proc"
	"snellen/steps/sagemaker"
)

func (a *app) applyCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "apply [SPEC | PLAN]", Short: "Run what changed, and compare the resolutions", Args: cobra.MaximumNArgs(1),
		Long: `Run the steps whose inputs changed, and compare the resolutions. The plan is shown first, and "yes" is asked for.
A PLAN that plan -out saved is done exactly as it is, without a question; where it no longer holds, nothing is run.

The report is printed and written to SPEC's name with .report in place of .hcl, beside SPEC. Interrupt once to start
nothing new and finish what runs; interrupt again to end at once. What is done is kept: type the same command to go on.

What the results were made with, and their digests, go into SPEC's name with .lock.hcl in place of .hcl. Keep that file in
git: with -locked, an apply refuses other tools and inputs than it has, and says which.`,
		RunE: func(c *cobra.Command, args []string) error { return a.apply(c.Context(), args) },
	}
	a.specFlags(c)
	a.choiceFlags(c)
	a.storeFlag(c)
	a.streamFlag(c, "print the plan and all that happens as JSON lines; needs -auto-approve")
	c.Flags().BoolVar(&a.flags.approve, "auto-approve", false, "do not ask")
	c.Flags().BoolVar(&a.flags.input, "input", true, "ask where there is a terminal; -input=false never asks")
	c.Flags().BoolVarP(&a.flags.verbose, "verbose", "v", false, "list each step of the plan")
	a.parallelismFlag(c)
	c.Flags().BoolVar(&a.flags.locked, "locked", false, "refuse other tools and inputs than those of the lock file, and leave it as it is")
	c.Flags().DurationVar(&a.flags.lockTimeout, "lock-timeout", 0, "wait at most this `TIME`, such as 30s, for a step that another apply runs; 0 is forever")
	return c
}

func (a *app) apply(ctx context.Context, args []string) error {
	if err := a.cores(); err != nil {
		return err
	}
	if len(args) > 0 && isPlan(args[0]) {
		return a.applySaved(ctx, args[0])
	}
	p, err := a.open(args, project.ToRun)
	if err != nil {
		return err
	}
	if err := p.Choose(a.flags.choice); err != nil {
		return err
	}
	plan, err := p.Decide(ctx)
	if err != nil {
		return err
	}
	return a.do(ctx, p, plan, a.approve)
}

// do does what a plan says, once approve has shown it and has found no reason not to.
func (a *app) do(ctx context.Context, p *project.Project, plan *engine.Plan, approve func(context.Context, *overview) error) error {
	defer p.Sweep(ctx, a.warn)
	if !view.Pending(plan) && !a.flags.locked && p.LockIsCurrent(plan) {
		return a.unchanged(ctx, p, plan)
	}
	lock, err := a.readLock(p)
	if err != nil {
		return err
	}
	if a.flags.locked {
		if err := p.CheckLock(plan, lock); err != nil {
			return err
		}
	}
	if !view.Pending(plan) {
		a.settleLock(p, plan, lock)
		return a.unchanged(ctx, p, plan)
	}
	if err := p.WithinBudget(ctx, plan); err != nil {
		return err
	}
	o, err := a.overview(ctx, p, plan)
	if err != nil {
		return err
	}
	if err := approve(ctx, o); err != nil {
		return err
	}
	result, err := a.carryOut(ctx, p, plan)
	if err != nil {
		return err
	}
	defer result.Release() // when the lock file and the report are written
	a.settleLock(p, plan, lock)
	return a.conclude(ctx, p, result)
}

// unchanged ends an apply that had nothing to do.
func (a *app) unchanged(ctx context.Context, p *project.Project, plan *engine.Plan) error {
	_ = p.Remember(plan.Decisions) // a store that cannot be written is no reason to fail: only later reasons are poorer
	o, err := a.overview(ctx, p, plan)
	if err != nil {
		return err
	}
	if err := a.showPlan(a.out, o); err != nil {
		return err
	}
	if a.stream == nil {
		fmt.Fprintln(a.out)
	}
	decisions := p.Settled(ctx, plan.Decisions)
	if done, err := a.kept(p, decisions); done || err != nil {
		return err
	}
	r, err := a.publish(p, decisions)
	if err != nil {
		return err
	}
	if err := a.summarise(r, &engine.Result{}); err != nil {
		return err
	}
	return a.gates(r)
}

// approve shows the plan and has it approved.
func (a *app) approve(ctx context.Context, o *overview) error {
	if a.stream != nil && !a.flags.approve {
		return errJSONAsks
	}
	if err := a.showPlan(a.screen(), o); err != nil || a.stream != nil {
		return err
	}
	fmt.Fprintln(a.err)
	return a.confirm(ctx, "Run these steps?", "nothing was run")
}

// events returns the view of what happens that fits the streams. At most total steps run.
func (a *app) events(log view.Log, total int) view.Events {
	if a.stream != nil {
		return view.NewJSON(a.stream)
	}
	return view.NewEvents(a.err, log, total)
}

// screen is where what happens in an apply is shown.
func (a *app) screen() io.Writer {
	if a.stream != nil {
		return a.out
	}
	return a.err
}

// carryOut runs the plan, shows what happens, and keeps what must be kept.
func (a *app) carryOut(ctx context.Context, p *project.Project, plan *engine.Plan) (*engine.Result, error) {
	debug.SetGCPercent(100) // a run lasts, so that its memory counts for more than what main saves
	runners, end, err := p.Runners(a.flags.parallelism)
	if err != nil {
		return nil, err
	}
	defer end()
	endCloud, err := p.CloudRunners(ctx, runners, plan, a.interrupts.stop)
	if err != nil {
		return nil, err
	}
	defer endCloud()
	journal, err := a.openJournal(ctx, p, "apply")
	if err != nil {
		return nil, err
	}
	events := a.events(view.Log{Quiet: view.Quiet(plan), Colour: a.colour(a.err)}, plan.Count(engine.Run)+plan.Count(engine.Maybe))
	a.interrupts.gentle.Store(true)
	result, err := plan.Apply(ctx, engine.Options{
		Runners: runners, Pools: a.pools(p), Stop: a.interrupts.stop, LockTimeout: a.flags.lockTimeout,
		Emit: func(e engine.Event) { journal.Write(e); events.Emit(e) },
	})
	a.interrupts.gentle.Store(false)
	events.Close()
	p.Memo.Save()
	a.closeJournal(journal, result, err)
	if err != nil {
		return nil, err
	}
	if err := p.Remember(result.Decisions); err != nil {
		a.warn(err.Error())
	}
	return result, nil
}

// pools are how much there is of each pool.
func (a *app) pools(p *project.Project) map[string]int {
	all := map[string]int{"cpu": a.flags.parallelism}
	if c := p.Study.Trainer.SageMaker; c != nil {
		all[sagemaker.Pool] = c.Parallel
	}
	return all
}

// conclude reports, tells what failed, and gives the exit code.
func (a *app) conclude(ctx context.Context, p *project.Project, result *engine.Result) error {
	r, err := a.publish(p, p.Settled(ctx, result.Decisions))
	if err != nil {
		return err
	}
	if err := a.summarise(r, result); err != nil {
		return err
	}
	if a.stream == nil {
		a.lament(result)
	}
	if len(result.Failures) > 0 {
		a.hint("The whole log: ", "logs", result.Failures[0].Address, p.Study.File)
	}
	if code := outcome(r.Complete(), result); code != exitDone {
		return shown{code}
	}
	if err := a.gates(r); err != nil {
		return err
	}
	a.next("Next: change "+p.Study.File+", and see what that would run: ", "plan", p.Study.File)
	return nil
}

// lament tells people what failed, and how to go on.
func (a *app) lament(result *engine.Result) {
	colour := a.colour(a.err)
	for _, f := range result.Failures {
		fmt.Fprintln(a.err)
		view.PrintProblem(a.err, f.Address+": "+f.Err.Error(), f.Log, step.Hint(f.Err), colour)
	}
	if result.Skipped > 0 {
		fmt.Fprintf(a.err, "%d steps below were not run.\n", result.Skipped)
	}
	if result.Interrupted {
		fmt.Fprintf(a.err, "Interrupted. What is done is kept; to go on, type: %s\n", commandLine())
	}
}

// gates ends an apply whose results do not meet what the spec requires. Which gates, and why, the report has said.
func (a *app) gates(r *published) error {
	if len(r.UnmetGates()) == 0 {
		return nil
	}
	if a.stream == nil {
		var names []string
		for _, g := range r.UnmetGates() {
			names = append(names, g.Name)
		}
		fmt.Fprintln(a.err)
		view.PrintError(a.err, fmt.Errorf("not met: gate %s", strings.Join(names, ", gate ")), a.colour(a.err))
	}
	return shown{exitGate}
}

// outcome is the exit code of an apply that ran, but for its gates; complete tells whether at least one resolution is done.
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

// commandLine is what a person typed, to be typed again.
func commandLine() string { return proc.Line(append([]string{"snellen"}, os.Args[1:]...)...) }
