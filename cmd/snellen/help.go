package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/view"
	"snellen/engine/step"
)

// A helpCommand prints the help of a command, or of a topic that belongs to all commands.
type helpCommand struct {
	*app
	root func() *cobra.Command
}

// topics are what help explains beside commands.
var topics = []struct {
	name, short string
	write       func(io.Writer)
}{
	{"environment", "environment variables", func(w io.Writer) { io.WriteString(w, environment) }},
	{"exit-codes", "exit codes", func(w io.Writer) { io.WriteString(w, exitTable()) }},
}

func newHelp(a *app) *cobra.Command {
	h := &helpCommand{app: a}
	c := a.command(&cobra.Command{
		Use: "help [COMMAND | TOPIC]", Short: "Help about a command, the environment or exit codes",
		Long: `Print the help of a command, or a TOPIC:

  environment  the environment variables that snellen reads
  exit-codes   what snellen exits with`,
		Example: `  snellen help plan
  snellen help exit-codes`,
	}, h)
	h.root = c.Root
	c.ValidArgsFunction = h.complete
	return c
}

func (h *helpCommand) flags(*pflag.FlagSet) {}

func (h *helpCommand) run(_ context.Context, args []string) error {
	for _, t := range topics {
		if len(args) == 1 && args[0] == t.name {
			t.write(h.out)
			return nil
		}
	}
	c, rest, err := h.root().Find(args)
	if err != nil || len(rest) > 0 {
		return step.WithHint(fmt.Errorf("there is no help on %s", strings.Join(args, " ")),
			"type snellen help, or snellen help with environment or exit-codes")
	}
	h.help(c)
	return nil
}

// complete completes the names of commands and topics.
func (h *helpCommand) complete(_ *cobra.Command, args []string,
	typed string) ([]string, cobra.ShellCompDirective) {
	c, rest, err := h.root().Find(args)
	if err != nil || len(rest) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var list []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && strings.HasPrefix(sub.Name(), typed) {
			list = append(list, cobra.CompletionWithDesc(sub.Name(), sub.Short))
		}
	}
	for _, t := range topics {
		if len(args) == 0 && strings.HasPrefix(t.name, typed) {
			list = append(list, cobra.CompletionWithDesc(t.name, t.short))
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// help prints a command's help: what it is for, its flags, the commands below it, and examples.
func (a *app) help(c *cobra.Command) {
	text := c.Long
	if text == "" {
		text = c.Short
	}
	wide := view.Width(a.out)
	first, rest, _ := strings.Cut(view.Reflow(text, wide), "\n\n")
	fmt.Fprintf(a.out, "%s\n\nUsage: %s\n\nFlags:\n%s", first, c.UseLine(), flagUsages(c, wide))
	if rest != "" {
		fmt.Fprintf(a.out, "\n%s\n", rest)
	}
	a.helpCommands(c)
	if c.Example != "" {
		fmt.Fprintf(a.out, "\nExamples:\n%s\n", c.Example)
	}
	fmt.Fprint(a.out, "\n"+view.Reflow(
		"See also: snellen help environment, snellen help exit-codes", wide)+"\n")
}

// helpCommands lists the commands below c, by their groups where they have any.
func (a *app) helpCommands(c *cobra.Command) {
	groups := c.Groups()
	if len(groups) == 0 {
		groups = []*cobra.Group{{Title: "Commands"}}
	}
	for _, g := range groups {
		title := "\n" + g.Title + ":\n"
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() && sub.GroupID == g.ID {
				fmt.Fprintf(a.out, "%s  %-11s %s\n", title, sub.Name(), sub.Short)
				title = ""
			}
		}
	}
}

// environment is the table of help environment.
const environment = `  SNELLEN_STORE       the store's folder, unless -store names one
  SNELLEN_SHARED      the shared store's URL, or false for none, unless -shared says
  SNELLEN_WORKER      the program snellen-worker, where it is neither beside snellen nor in PATH
  SNELLEN_REMOTE      the program snellen-remote, where it is neither beside snellen nor in PATH
  SNELLEN_VAR_name    a variable's value, unless -var, -var-file or NAME.vars.hcl sets it
  SNELLEN_CLOUD_POLL  the first wait between two questions to the cloud about one thing, such as 5s
  SNELLEN_CLI_ARGS    arguments that are added after the command
  NO_COLOR, CI        no colours; a plain log in place of live lines
  CLICOLOR_FORCE      colours even where the output is not a terminal
`
