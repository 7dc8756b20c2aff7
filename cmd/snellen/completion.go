package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/cmdline"
	"snellen/cmd/snellen/project"
	"snellen/engine/journal"
	"snellen/specs"
	"snellen/steps/term"
)

// A completionCommand prints the script for one shell.
type completionCommand struct {
	*app
	write func(root *cobra.Command, w io.Writer) error
	root  func() *cobra.Command
}

func newCompletion(a *app) *cobra.Command {
	var shells []*cobra.Command
	for _, shell := range []struct {
		name, example string
		write         func(*cobra.Command, io.Writer) error
	}{
		{"bash", `  source <(snellen completion bash)   # for this shell
  snellen completion bash > ~/.local/share/bash-completion/completions/snellen`,
			func(root *cobra.Command, w io.Writer) error {
				return root.GenBashCompletionV2(w,
					true)
			}},
		{"zsh", `  snellen completion zsh > "${fpath[1]}/_snellen"`,
			(*cobra.Command).GenZshCompletion},
		{"fish", `  snellen completion fish > ~/.config/fish/completions/snellen.fish`,
			func(root *cobra.Command, w io.Writer) error {
				return root.GenFishCompletion(w,
					true)
			}},
	} {
		p := &completionCommand{app: a, write: shell.write}
		c := a.command(&cobra.Command{
			Use: shell.name, Short: "Print the script for " + shell.name, Args: takes(0, 0, ""),
			Example: shell.example,
		}, p)
		p.root = c.Root
		shells = append(shells, c)
	}
	return group(&cobra.Command{
		Use:   "completion",
		Short: "Print a script that completes commands, flags and addresses in a shell",
		Long: `Print a script that lets a shell complete commands, flags, variables and addresses.
Completing reads the spec alone: it starts no other program and reads no footage.`,
		Example: `  source <(snellen completion bash)`,
	}, shells...)
}

func (c *completionCommand) flags(*pflag.FlagSet) {}

func (c *completionCommand) run(context.Context, []string) error { return c.write(c.root(), c.out) }

// addCompletion declares how the arguments and flags of c, and of all commands below it, are
// completed.
func (a *app) addCompletion(c *cobra.Command) {
	for _, sub := range c.Commands() {
		a.addCompletion(sub)
	}
	a.completeArguments(c)
	a.completeFlags(c)
}

func (a *app) completeArguments(c *cobra.Command) {
	switch {
	case strings.Contains(c.Use, "ADDRESS [SPEC]"):
		c.ValidArgsFunction = func(c *cobra.Command, args []string, typed string) ([]string,
			cobra.ShellCompDirective) {
			if len(args) > 0 {
				return a.completeSpec(c, args, typed)
			}
			return a.completeAddress(c, args, typed)
		}
	case strings.Contains(c.Use, "ADDRESS"):
		c.ValidArgsFunction = a.completeAddress
	case c.HasParent() && c.Parent().Name() == "export":
		c.ValidArgsFunction = a.completeExport
	case strings.Contains(c.Use, "SPEC"):
		c.ValidArgsFunction = a.completeSpec
	case strings.Contains(c.Use, "FOLDER"):
		c.ValidArgsFunction = completeFolder
	case c.ValidArgsFunction == nil && !c.HasSubCommands():
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
}

func (a *app) completeFlags(c *cobra.Command) {
	for name, complete := range map[string]cobra.CompletionFunc{
		"target": a.completeAddress, "exclude": a.completeAddress, "replace": a.completeAddress,
		"var": a.completeVariable, "run": a.completeRun,
		"var-file": cobra.FixedCompletions([]string{"hcl"}, cobra.ShellCompDirectiveFilterFileExt),
		"rev":      cobra.FixedCompletions([]string{"HEAD"}, cobra.ShellCompDirectiveNoFileComp),
		"chdir":    cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		"store":    cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		"shared":   cobra.FixedCompletions(cmdline.SharedForms, cobra.ShellCompDirectiveNoSpace),
		"demo":     cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
	} {
		if c.LocalFlags().Lookup(name) == nil {
			continue
		}
		if err := c.RegisterFlagCompletionFunc(name, complete); err != nil {
			panic("BUG: complete -" + name + ": " + err.Error())
		}
	}
}

// specOf returns the spec of a command line that is still being typed, and reports whether there is
// one.
func (a *app) specOf(args []string) (path string, ok bool) {
	if a.prepare() != nil {
		return "", false
	}
	spec := slices.DeleteFunc(slices.Clone(args),
		func(word string) bool { return !strings.HasSuffix(word, ".hcl") })
	path, err := project.SpecPath(spec[:min(1, len(spec))])
	return path, err == nil
}

// typedVariables returns the -var and -var-file of a command line that is still being typed.
func typedVariables(c *cobra.Command) []specs.Assignment {
	if f := c.Flags().Lookup("var"); f != nil {
		list, _ := parseAssignments(*f.Value.(assignments).list)
		return list
	}
	return nil
}

// completeAddress completes an address a part at a time, as a shell does with paths.
func (a *app) completeAddress(c *cobra.Command, args []string,
	typed string) ([]string, cobra.ShellCompDirective) {
	path, ok := a.specOf(args)
	if !ok {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return parts(project.Addresses(path, typedVariables(c)), typed)
}

// parts returns what may follow what was typed, each up to the next slash.
func parts(addresses []string, typed string) ([]string, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	var list []string
	for _, address := range addresses {
		rest, ok := strings.CutPrefix(address, typed)
		if !ok {
			continue
		}
		part := typed + rest
		if slash := strings.IndexByte(rest, '/'); slash >= 0 {
			part = typed + rest[:slash+1]
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		if !slices.Contains(list, part) {
			list = append(list, part)
		}
	}
	return list, directive
}

// completeExport completes the arguments of an export. The words of its usage say what they are.
func (a *app) completeExport(c *cobra.Command, args []string,
	typed string) ([]string, cobra.ShellCompDirective) {
	words := strings.Fields(c.Use)[1:]
	switch words[min(len(args), len(words)-1)] {
	case "DIR":
		return nil, cobra.ShellCompDirectiveFilterDirs
	case "RES":
		return a.completeResolution(c, args)
	case "FILE":
		return nil, cobra.ShellCompDirectiveDefault
	case "[SPEC]":
		return a.completeSpec(c, args, typed)
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// completeResolution completes the name of a resolution.
func (a *app) completeResolution(c *cobra.Command,
	args []string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	path, ok := a.specOf(args)
	if !ok {
		return nil, directive
	}
	s := project.QuickStudy(path, typedVariables(c))
	if s == nil {
		return nil, directive
	}
	var list []string
	for _, r := range s.Resolutions {
		list = append(list, r.Name)
	}
	return list, directive
}

// completeVariable completes the name of a variable, with the equals sign.
func (a *app) completeVariable(_ *cobra.Command, args []string,
	typed string) ([]string, cobra.ShellCompDirective) {
	path, ok := a.specOf(args)
	if !ok || strings.Contains(typed, "=") {
		return nil, cobra.ShellCompDirectiveDefault // a value may be a file
	}
	var list []string
	for _, v := range specs.Variables(path) {
		list = append(list, cobra.CompletionWithDesc(v.Name+"=", v.Description))
	}
	return list, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// completeRun completes the name of a past run, the latest first.
func (a *app) completeRun(c *cobra.Command, _ []string,
	_ string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	dir, err := c.Flags().GetString("store")
	if err != nil {
		return nil, directive
	}
	st, err := project.OpenStore(dir)
	if err != nil {
		return nil, directive
	}
	runs, err := journal.Runs(st)
	if err != nil {
		return nil, directive
	}
	list := []string{"last"}
	for _, r := range runs {
		list = append(list, cobra.CompletionWithDesc(r.ID,
			term.Clean(r.Start.Study)+", "+string(r.End.Outcome)))
	}
	return list, directive
}

// completeFolder completes the path of a folder: the first argument, and the only one.
func completeFolder(_ *cobra.Command, args []string, _ string) ([]string,
	cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeSpec completes the path of a spec.
func (a *app) completeSpec(_ *cobra.Command, _ []string,
	typed string) ([]string, cobra.ShellCompDirective) {
	if a.prepare() != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	folder, _ := filepath.Split(typed)
	found, err := specs.List(filepath.Join(".", folder))
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var list []string
	for _, name := range found {
		list = append(list, folder+name)
	}
	if len(list) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}
