package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/steps/term"
)

// A subcommand is one command of the program with its options. It lives for one call.
type subcommand interface {
	flags(*pflag.FlagSet) // declares its options
	run(ctx context.Context, args []string) error
}

// command makes c run a subcommand. One that has streamOptions gets its stream before it runs.
func (a *app) command(c *cobra.Command, sub subcommand) *cobra.Command {
	sub.flags(c.Flags())
	c.RunE = func(c *cobra.Command, args []string) error {
		if s, ok := sub.(interface{ streams() bool }); ok && s.streams() {
			a.stream = view.NewStream(a.out, ownVersion())
		}
		return sub.run(c.Context(), args)
	}
	return c
}

// group makes c a command that only holds others.
func group(c *cobra.Command, subs ...*cobra.Command) *cobra.Command {
	c.AddCommand(subs...)
	c.RunE = func(*cobra.Command, []string) error { return c.Help() }
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var names []string
		for _, sub := range subs {
			names = append(names, sub.Name())
		}
		return step.WithHint(fmt.Errorf("there is no %s %s", c.CommandPath(), args[0]),
			"one of: "+strings.Join(names, ", "))
	}
	return c
}

// root returns the program's commands, grouped by the work that they are for.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "snellen",
		Short: "How far may a camera's resolution drop before it stops recognising things?",
		Long: `How far may a camera's resolution drop before it stops recognising things?

A study is one HCL file: footage, labels, resolutions, a network, and the areas of a camera's
picture that are to be judged. snellen works out which steps that takes and runs only those whose
inputs changed.`,
		Example: `  snellen init FOLDER                write a study.hcl that fits your footage
  snellen init -demo DIR             or: a study with footage that is drawn for it
  snellen apply                      run what changed, and compare the resolutions`,
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.prepare() },
	}
	for _, g := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Write", []*cobra.Command{
			newInit(a), newAreas(a), newValidate(a), newFmt(a), newLSP(a), newDocs(a),
		}},
		{"Run", []*cobra.Command{newPlan(a), newApply(a), newWatch(a)}},
		{"Read", []*cobra.Command{
			newShow(a), newExplain(a), newReport(a), newGraph(a), newRuns(a), newLogs(a),
			newExport(a),
		}},
		{"Look after", []*cobra.Command{
			newGC(a), newStore(a), newVerify(a), newClean(a), newCompletion(a), newVersion(a),
		}},
		{"Cloud", []*cobra.Command{newCloud(a), newDev(a)}},
	} {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.title
		}
		root.AddCommand(g.commands...)
	}
	root.AddCommand(terraformWords()...)
	root.SetHelpCommand(newHelp(a))
	root.PersistentFlags().StringVar(&a.chdir, "chdir", "", "work in this `DIR`")
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "print without colours")
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.help(c) })
	root.SetFlagErrorFunc(flagError)
	return root
}

// suggestion makes the flag parser's "did you mean" a hint.
func suggestion(err error) error {
	text, names, ok := strings.Cut(err.Error(), "\n\nDid you mean this?\n")
	if !ok {
		return err
	}
	return step.WithHint(errors.New(text), "did you mean "+strings.Join(strings.Fields(names),
		" or ")+"?")
}

// exactly wants that many arguments; hint says what to type.
func exactly(n int, hint string) cobra.PositionalArgs { return between(n, n, hint) }

// between wants at least and at most so many arguments.
func between(least, most int, hint string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		want := term.Count(least, "argument")
		if most > least {
			want = fmt.Sprintf("%d to %d arguments", least, most)
		}
		if len(args) >= least && len(args) <= most {
			return nil
		}
		return step.WithHint(fmt.Errorf("%s takes %s, not %d", c.CommandPath(), want, len(args)),
			hint)
	}
}
