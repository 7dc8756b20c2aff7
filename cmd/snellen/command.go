package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/cmdline"
	"snellen/cmd/snellen/view"
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
		return cmdline.NoCommand(c.CommandPath(), args[0], below(c))
	}
	return c
}

// below returns the names of the commands below c that help lists.
func below(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
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
		{"Run", []*cobra.Command{newPlan(a), newApply(a), newWatch(a), newStudio(a)}},
		{"Read", []*cobra.Command{
			newShow(a), newExplain(a), newReport(a), newCompare(a), newGraph(a), newRuns(a),
			newLogs(a), newExport(a),
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
	group(root, terraformWords()...)
	root.SetHelpCommand(newHelp(a))
	root.PersistentFlags().StringVar(&a.chdir, "chdir", "", "work in this `DIR`")
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "print without colours")
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.help(c) })
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return described(c).FlagError(err)
	})
	return root
}

// takes wants at least and at most so many arguments; -1 is no limit. The hint says what to type;
// "" is how the command is used.
func takes(least, most int, hint string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		return described(c).CountError(args, least, most, hint)
	}
}

// aSpec wants at most one argument, the spec.
var aSpec = takes(0, 1, "")

// described returns what messages say of a command.
func described(c *cobra.Command) cmdline.Command {
	others := func() map[string][]string {
		all := map[string][]string{}
		for _, other := range allBelow(c.Root()) {
			other.Flags().VisitAll(func(f *pflag.Flag) {
				if other != c && !f.Hidden {
					all[f.Name] = append(all[f.Name], other.CommandPath())
				}
			})
		}
		return all
	}
	return cmdline.Command{Path: c.CommandPath(), Usage: c.UseLine(), Flags: c.Flags(),
		Below: below(c), Others: others}
}

// allBelow returns the commands below c that help lists, and those below them.
func allBelow(c *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			list = append(append(list, sub), allBelow(sub)...)
		}
	}
	return list
}
