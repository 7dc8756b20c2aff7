package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/project"
	"snellen/engine/journal"
	"snellen/specs"
	"snellen/steps/sagemaker"
	"snellen/steps/study"
	"snellen/steps/term"
)

func (a *app) completionCommand() *cobra.Command {
	var shells []*cobra.Command
	for _, shell := range []struct {
		name  string
		write func(*cobra.Command, io.Writer) error
	}{
		{"bash", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
		{"zsh", (*cobra.Command).GenZshCompletion},
		{"fish", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }},
	} {
		shells = append(shells, &cobra.Command{
			Use: shell.name, Short: "Print the script for " + shell.name, Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return shell.write(c.Root(), a.out) },
		})
	}
	return group(&cobra.Command{
		Use: "completion", Short: "Print a script that completes commands, flags and addresses in a shell",
		Long: `Print a script that lets a shell complete commands, flags, variables and addresses. Completing reads the spec alone: it
starts no other program and reads no footage.`,
	}, shells...)
}

// complete answers a shell's question, which is what the scripts above ask by a hidden command: the words so far, the last
// of which is to be completed. People type flags with one dash, and the flag parser has two.
func (a *app) complete(ctx context.Context, args []string) error {
	args = doubled(args)
	if last := len(args) - 1; len(args[last]) == 2 && args[last][0] == '-' && args[last] != "--" {
		args[last] = "-" + args[last]
	}
	root := a.root()
	root.SetArgs(args)
	var answer bytes.Buffer
	root.SetOut(&answer)
	root.SetErr(io.Discard)
	if err := root.ExecuteContext(ctx); err != nil {
		return err
	}
	for line := range strings.Lines(answer.String()) {
		if strings.HasPrefix(line, "-") {
			line = strings.ReplaceAll(strings.TrimPrefix(line, "-"), "`", "") // its help names its value in `quotes`
			line = "-" + strings.TrimPrefix(line, "-")
		}
		if _, err := io.WriteString(a.out, line); err != nil {
			return err
		}
	}
	return nil
}

// completes tells the shells' scripts how to complete a command's arguments and flags.
func (a *app) completes(c *cobra.Command) {
	switch {
	case strings.Contains(c.Use, "ADDRESS [SPEC]"):
		c.ValidArgsFunction = func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
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
	case c.ValidArgsFunction == nil && !c.HasSubCommands():
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
	for name, complete := range map[string]cobra.CompletionFunc{
		"target": a.completeAddress, "exclude": a.completeAddress, "replace": a.completeAddress, "var": a.completeVariable, "run": a.completeRun,
		"var-file": cobra.FixedCompletions([]string{"hcl"}, cobra.ShellCompDirectiveFilterFileExt),
		"chdir":    cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs), "store": cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
	} {
		if c.LocalFlags().Lookup(name) == nil {
			continue
		}
		if err := c.RegisterFlagCompletionFunc(name, complete); err != nil {
			panic("BUG: complete -" + name + ": " + err.Error())
		}
	}
}

// asked gives the spec of a command line that is not whole yet, and false where there is none.
func (a *app) asked(args []string) (path string, ok bool) {
	if a.prepare() != nil {
		return "", false
	}
	spec := slices.DeleteFunc(slices.Clone(args), func(word string) bool { return !strings.HasSuffix(word, ".hcl") })
	path, err := project.SpecPath(spec[:min(1, len(spec))])
	return path, err == nil
}

// glance loads a spec without a look at its footage, and gives nil where it has mistakes.
func (a *app) glance(path string) *specs.Study {
	given, err := a.given()
	if err != nil {
		return nil
	}
	study, _ := specs.Load(path, specs.Options{Assignments: given, Env: os.Environ(), Rules: sagemaker.Rules, WithoutFootage: true})
	return study
}

// addresses are those of a spec's steps, or none where it has mistakes.
func (a *app) addresses(path string) (list []string) {
	s := a.glance(path)
	if s == nil {
		return nil
	}
	g, err := study.Build(s)
	if err != nil {
		return nil
	}
	for _, n := range g.Nodes {
		list = append(list, n.Address)
	}
	return list
}

// completeAddress completes an address a part at a time, as a shell does with paths.
func (a *app) completeAddress(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	path, ok := a.asked(args)
	if !ok {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return parts(a.addresses(path), typed)
}

// parts gives what may follow what was typed, each up to the next slash.
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

// completeExport completes the arguments of an export, by the words of its usage.
func (a *app) completeExport(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	words := strings.Fields(c.Use)[1:]
	switch words[min(len(args), len(words)-1)] {
	case "DIR":
		return nil, cobra.ShellCompDirectiveFilterDirs
	case "RES":
		return a.completeResolution(args)
	case "FILE":
		return nil, cobra.ShellCompDirectiveDefault
	case "[SPEC]":
		return a.completeSpec(c, args, typed)
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// completeResolution completes the name of a resolution.
func (a *app) completeResolution(args []string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	path, ok := a.asked(args)
	if !ok {
		return nil, directive
	}
	study := a.glance(path)
	if study == nil {
		return nil, directive
	}
	var list []string
	for _, r := range study.Resolutions {
		list = append(list, r.Name)
	}
	return list, directive
}

// completeVariable completes the name of a variable, up to its sign of equality.
func (a *app) completeVariable(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	path, ok := a.asked(args)
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
func (a *app) completeRun(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	st, err := project.OpenStore(a.flags.store)
	if err != nil {
		return nil, directive
	}
	runs, err := journal.Runs(st)
	if err != nil {
		return nil, directive
	}
	list := []string{"last"}
	for _, r := range runs {
		list = append(list, cobra.CompletionWithDesc(r.ID, term.Clean(r.Start.Study)+", "+string(r.End.Outcome)))
	}
	return list, directive
}

// completeSpec completes the path of a spec.
func (a *app) completeSpec(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
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
