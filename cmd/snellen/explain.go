package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/stepinfo"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/step"
)

// An explainCommand prints what is known about a step, or how it differs from what it was.
type explainCommand struct {
	*app
	studyOptions
	jsonOptions
	runs    []string
	against string
}

// nameAStep is the hint of a command whose first argument is an address.
func nameAStep(command string) string {
	return "name a step: snellen " + command + " 320x240/train; snellen plan -v lists all addresses"
}

func newExplain(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use:   "explain ADDRESS [SPEC]",
		Short: "Explain a step: why it runs, what it depends on, what it made",
		Args:  takes(1, 2, nameAStep("explain")),
		Long: `Explain a step: whether it would run and why, what it reads and who reads from it,
its manifest, which names all that its result depends on and whose SHA-256 is its key, and the
record of what it made.

With -run or -against, say in words how two of its manifests differ: of two runs, of a run and
today, or of a lock file and today or a run. A RUN is named as snellen runs lists it, or by the
beginning of its name; last is the latest of the study.`,
		Example: `  snellen explain 320x240/train
  snellen explain 320x240/train -run 20261123 -run last
  snellen explain 320x240/train -against snacks.lock.hcl`,
	}, &explainCommand{app: a})
}

func (e *explainCommand) flags(f *pflag.FlagSet) {
	e.studyOptions.flags(f)
	e.jsonOptions.flags(f, "print one JSON value")
	f.StringArrayVar(&e.runs, "run", nil,
		"compare what the step was in this `RUN`; may be given twice")
	f.StringVar(&e.against, "against", "", "compare what the step is in this lock `FILE`")
}

func (e *explainCommand) run(ctx context.Context, args []string) error {
	address, spec := args[0], args[1:]
	if len(e.runs) > 2 || len(e.runs) > 1 && e.against != "" {
		return step.WithHint(errors.New("explain compares two things, not more"),
			"name two runs, or a run and a lock file, or one of them to compare it with today")
	}
	p, err := e.open(e.app, spec, project.ToRead)
	if err != nil {
		return err
	}
	if len(e.runs) > 0 || e.against != "" {
		return e.compare(ctx, p, address)
	}
	d, err := e.today(ctx, p, address)
	if err != nil {
		return err
	}
	info := stepinfo.Describe(p, d)
	if e.json {
		return view.WriteJSON(e.out, info)
	}
	return info.Write(e.out, e.colour(e.out))
}

// compare prints how a step differs between two runs, a lock file, and today.
func (e *explainCommand) compare(ctx context.Context, p *project.Project, address string) error {
	sides, err := e.sides(ctx, p, address)
	if err != nil {
		return e.showMistakes(err)
	}
	c := stepinfo.Compare(p, address, sides[0], sides[1])
	if e.json {
		return view.WriteJSON(e.out, c)
	}
	return c.Write(e.out)
}

// sides returns the two sides, in the order of time as far as it is known: a lock file, the runs as
// they were given, today.
func (e *explainCommand) sides(ctx context.Context, p *project.Project,
	address string) (list []stepinfo.Side, err error) {
	add := func(s stepinfo.Side, problem error) {
		list, err = append(list, s), cmp.Or(err, problem)
	}
	if e.against != "" {
		add(stepinfo.Locked(p, e.against, address))
	}
	for _, id := range e.runs {
		add(stepinfo.InRun(p, id, address))
	}
	if len(list) == 2 || err != nil {
		return list, err
	}
	d, err := e.today(ctx, p, address)
	if err != nil {
		return nil, err
	}
	return append(list, stepinfo.Today(d)), nil
}

// today returns the decision on a step. Where nothing can be decided, it returns what the step was
// when it was applied last.
func (e *explainCommand) today(ctx context.Context, p *project.Project,
	address string) (*engine.Decision, error) {
	n, err := p.Step(address)
	if err != nil {
		return nil, err
	}
	plan, err := p.Decide(ctx)
	if err != nil {
		record, gone := p.Store.Lookup(p.Last.Keys[address])
		if gone != nil || ctx.Err() != nil {
			return nil, err
		}
		e.warn(err.Error() + "\nshowing what was applied last")
		return &engine.Decision{Node: n, PartialManifest: record.Manifest,
			Manifest: record.Manifest, Key: record.Key(), Record: &record, Before: true}, nil
	}
	for _, d := range plan.Decisions {
		if d.Node == n {
			return d, e.warnOf(p.Outage(plan))
		}
	}
	panic("BUG: a plan without " + address)
}
