package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/specs"
	"snellen/steps/pretrained"
)

func newDocs(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "docs", Short: "Print a reference", Example: `  snellen docs spec`,
	}, newDocsSpec(a), newDocsPretrained(a), newDocsCommands(a))
}

func newDocsSpec(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "spec", Args: takes(0, 0, ""),
		Short: "Print the spec's reference: every block, attribute and function, as Markdown",
		Long: `Print the spec's reference as Markdown: every block, attribute and function. It comes
from the table by which specs are read, as do the language server's texts.`,
		Example: `  snellen docs spec | less`,
	}, &docsCommand{a, specs.Reference})
}

func newDocsPretrained(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "pretrained", Args: takes(0, 0, ""),
		Short:   "Print which pretrained networks can be used, and how to get their weights",
		Example: `  snellen docs pretrained | less`,
	}, &docsCommand{a, func() string { return pretrained.Guide }})
}

func newDocsCommands(a *app) *cobra.Command {
	d := &docsCommand{app: a}
	c := a.command(&cobra.Command{
		Use: "commands", Args: takes(0, 0, ""),
		Short:   "Print every command, environment variable and exit code, as Markdown",
		Example: `  snellen docs commands | less`,
	}, d)
	d.text = func() string { return commandReference(c.Root()) }
	return c
}

// A docsCommand prints a reference.
type docsCommand struct {
	*app
	text func() string
}

func (c *docsCommand) flags(*pflag.FlagSet) {}

func (c *docsCommand) run(context.Context, []string) error {
	_, err := io.WriteString(c.out, c.text())
	return err
}

// commandReference returns the reference of the command line in Markdown. It is made from the
// tables that help prints.
func commandReference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("## Commands\n")
	for _, g := range root.Groups() {
		fmt.Fprintf(&b, "\n### %s\n\n| command | what it does |\n| --- | --- |\n", g.Title)
		for _, c := range root.Commands() {
			if c.GroupID == g.ID {
				commandRows(&b, c)
			}
		}
	}
	b.WriteString("\n## Environment variables\n\n| variable | meaning |\n| --- | --- |\n")
	for line := range strings.Lines(environment) {
		name, meaning, _ := strings.Cut(strings.TrimSpace(line), "  ")
		name = strings.ReplaceAll(name, ", ", "`, `")
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, strings.TrimSpace(meaning))
	}
	b.WriteString("\n## Exit codes\n\n| exit | meaning |\n| --- | --- |\n")
	for _, e := range exits {
		fmt.Fprintf(&b, "| %d | %s |\n", e.code, e.meaning)
	}
	return b.String()
}

// commandRows writes a row for c and each command below it that help lists.
func commandRows(b *strings.Builder, c *cobra.Command) {
	if !c.IsAvailableCommand() {
		return
	}
	name := strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
	fmt.Fprintf(b, "| `%s` | %s |\n", name, strings.ToLower(c.Short[:1])+c.Short[1:])
	for _, sub := range c.Commands() {
		commandRows(b, sub)
	}
}
