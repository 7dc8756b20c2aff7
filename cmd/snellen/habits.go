package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/steps/proc"
)

// habits are the commands that look after things, or are about the command line itself.
func (a *app) habits() []*cobra.Command {
	return append(foreignCommands(), a.gcCommand(), a.storeCommand(), a.cleanCommand(), a.lspCommand(), a.completionCommand(), a.docsCommand(), a.devCommand())
}

// group makes c a command that only holds others.
func group(c *cobra.Command, subs ...*cobra.Command) *cobra.Command {
	var names []string
	for _, sub := range subs {
		names = append(names, sub.Name())
	}
	c.AddCommand(subs...)
	c.RunE = func(*cobra.Command, []string) error { return c.Help() }
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return step.WithHint(fmt.Errorf("there is no %s %s", c.CommandPath(), args[0]), "one of: "+strings.Join(names, ", "))
	}
	return c
}

// acquaint gives every command its example and the completion of its arguments and flags.
func (a *app) acquaint(c *cobra.Command) {
	if text, ok := examples[strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), "snellen"), " ")]; ok && c.Example == "" {
		c.Example = text
	}
	a.completes(c)
	for _, sub := range c.Commands() {
		a.acquaint(sub)
	}
}

// flagError is the error of flags that cannot be read, with what to type.
func flagError(c *cobra.Command, err error) error {
	text, hint := strings.ReplaceAll(err.Error(), "--", "-"), "type "+c.CommandPath()+" -help"
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		value, _ := pflag.UnquoteUsage(missing.GetFlag())
		text, hint = fmt.Sprintf("-%s needs a value", missing.GetFlag().Name), fmt.Sprintf("write -%s %s", missing.GetFlag().Name, value)
	}
	return step.WithHint(errors.New(text), hint)
}

// next tells, on standard error, what a person may want to type now: a command with the folder, the spec, the store and
// the variables of this one. A stream has the command alone.
func (a *app) next(before string, words ...string) {
	if a.flags.json && a.stream == nil {
		return
	}
	for _, one := range a.flags.given {
		name := "-var"
		if one.file {
			name = "-var-file"
		}
		words = append(words, name, one.text)
	}
	a.hint(before, words...)
}

// hint is next for a command that takes no variables.
func (a *app) hint(before string, words ...string) {
	line := []string{"snellen"}
	if a.flags.chdir != "" {
		line = append(line, "-chdir", a.flags.chdir)
	}
	line = append(line, words...)
	if a.flags.store != "" {
		line = append(line, "-store", a.flags.store)
	}
	command := proc.Line(line...)
	if a.stream != nil {
		a.stream.Line(view.LevelInfo, before+command, nextLine{"next", command}) // a reader who went away needs no hint
		return
	}
	fmt.Fprintf(a.err, "\n%s%s\n", before, command)
}

// nextSaved tells, as next does, what to type about a saved plan, which has its variables and its store.
func (a *app) nextSaved(before string, words ...string) {
	flags := a.flags
	a.flags.store, a.flags.given = "", nil
	a.next(before, words...)
	a.flags = flags
}

// foreign are words that people know from Terraform, and what to type here instead.
var foreign = []struct{ word, text, hint string }{
	{"destroy", "there is nothing to destroy: an apply makes files, and what it made is kept to be used again",
		"snellen clean removes the report beside the spec; snellen gc -older-than 30d frees what the store holds of old studies; try either with -dry-run first"},
	{"taint", "a result cannot be tainted: it holds as long as what it was made from", "to run a step again all the same, type snellen apply -replace=ADDRESS"},
	{"output", "there is no output", "type snellen report -json"},
	{"refresh", "there is no state to refresh: every plan looks at the files as they are", "type snellen plan"},
	{"state", "there is no state file: results are in a store, by what they were made from", "type snellen store stats, or snellen explain ADDRESS"},
	{"import", "nothing can be imported: a result is known by what it was made from", "type snellen apply"},
	{"workspace", "there are no workspaces: the studies of all folders share one store", "for a store of its own, pass -store DIR"},
	{"force-unlock", "locks need no force: the system frees them when the process that holds them ends", "type snellen apply -lock-timeout 30s"},
}

func foreignCommands() []*cobra.Command {
	var list []*cobra.Command
	for _, f := range foreign {
		list = append(list, &cobra.Command{
			Use: f.word, Short: "Terraform's word; says what to type here", Hidden: true, DisableFlagParsing: true,
			RunE: func(*cobra.Command, []string) error { return step.WithHint(errors.New(f.text), f.hint) },
		})
	}
	return list
}
