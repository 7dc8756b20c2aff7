package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/cmdline"
	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/storecare"
	"snellen/engine/step"
	"snellen/specs"
)

func newStore(a *app) *cobra.Command {
	stats, verify := &storeStatsCommand{app: a}, &storeVerifyCommand{app: a}
	return group(&cobra.Command{
		Use: "store", Short: "Look after the store: stats, verify, push, pull",
		Example: `  snellen store stats`,
	}, a.command(&cobra.Command{
		Use: "stats [SPEC]", Short: "Show what the store holds, and how often it saved a step",
		Args: stats.takes(0, 1),
		Long: `Show what the store holds, and how often it saved a step; and what the shared store
has, where SPEC or the current folder's spec names one, or the environment or -shared does.`,
		Example: `  snellen store stats
  snellen store stats -shared=s3://lab/snellen`,
	}, stats), a.command(&cobra.Command{
		Use:   "verify [SPEC]",
		Short: "Read all that the store holds, and move away what is damaged",
		Args:  verify.takes(0, 1),
		Long: `Read all that the store holds, and compare it with its names, which are digests. A
damaged object is moved to the store's folder quarantine, so that the next apply that needs it makes
it again; a damaged record counts as none already.

With -shared the same is done to the shared store that SPEC or the current folder's spec names, or
the environment or -shared=URL. What is damaged there is replaced from the store of this machine
where that has it, and removed else; where the spec says read_only, it is only named.`,
		Example: `  snellen store verify
  snellen store verify -shared
  snellen store verify -shared=file:///nfs/lab/snellen`,
	}, verify), newStorePush(a), newStorePull(a))
}

// ofSharedOptions are the options of a command that is about the store of one's own, or about the
// shared store: -store and -shared, and how a spec is read that says which.
type ofSharedOptions struct {
	specOptions
	storeOptions
	shared cmdline.OfShared
}

func (o *ofSharedOptions) flags(f *pflag.FlagSet, what string) {
	o.specOptions.flags(f)
	o.storeOptions.flags(f)
	o.shared.Flags(f, what)
}

// takes wants so many arguments beside a URL; -1 is no limit.
func (o *ofSharedOptions) takes(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		return takes(least, most, "")(c, o.shared.Take(args))
	}
}

// chosen returns the shared store that -shared, the environment, or the spec of the arguments or of
// the current folder names, or nil.
func (o *ofSharedOptions) chosen(a *app, spec []string) (*specs.Shared, error) {
	variables, err := o.variables()
	if err != nil {
		return nil, err
	}
	block, broken := project.SharedHere(string(o.shared.URL), variables)
	if len(spec) > 0 || broken && o.shared.On {
		s, err := o.load(a, spec, project.ToRead)
		if err != nil {
			return nil, err
		}
		block = s.Shared
	}
	return project.ChooseShared(string(o.shared.URL), block)
}

type storeStatsCommand struct {
	*app
	ofSharedOptions
	jsonOptions
}

func (c *storeStatsCommand) flags(f *pflag.FlagSet) {
	c.ofSharedOptions.flags(f, "show what the shared store has, too")
	c.jsonOptions.flags(f, "print one JSON value")
}

func (c *storeStatsCommand) run(ctx context.Context, args []string) error {
	chosen, err := c.chosen(c.app, c.shared.Take(args))
	if err == nil && chosen == nil && c.shared.On {
		err = project.ErrNoShared
	}
	if err != nil {
		return err
	}
	return c.desk(c.json).Stats(ctx, c.store, chosen)
}

type storeVerifyCommand struct {
	*app
	ofSharedOptions
}

func (c *storeVerifyCommand) flags(f *pflag.FlagSet) {
	c.ofSharedOptions.flags(f, "verify the shared store")
}

func (c *storeVerifyCommand) run(ctx context.Context, args []string) error {
	args = c.shared.Take(args)
	if !c.shared.On && len(args) > 0 {
		return step.WithHint(errors.New("a spec is for -shared alone: the store has all studies"),
			"write snellen store verify -shared "+args[0])
	}
	var err error
	if c.shared.On {
		var chosen *specs.Shared
		if chosen, err = c.chosen(c.app, args); err == nil {
			err = c.desk(false).VerifyShared(ctx, c.store, chosen)
		}
	} else {
		err = c.desk(false).Verify(ctx, c.store)
	}
	if err != storecare.ErrDamaged {
		return err
	}
	if !c.shared.On {
		c.next("What is needed of it is made again by: ", c.storeOptions.words("apply")...)
	}
	return printedError{exitError}
}
