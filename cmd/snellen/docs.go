package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"snellen/specs"
)

func (a *app) docsCommand() *cobra.Command {
	return group(&cobra.Command{Use: "docs", Short: "Print a reference"}, &cobra.Command{
		Use:   "spec",
		Short: "Print the spec's reference: every block, attribute and function, as Markdown",
		Long: `Print the spec's reference as Markdown: every block, attribute and function. It comes from the
table by which specs are read, as do the language server's texts.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(a.out, specs.Reference())
			return err
		},
	}, &cobra.Command{
		Use:   "commands",
		Short: "Print every command, environment variable and exit code, as Markdown",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := io.WriteString(a.out, commandReference(c.Root()))
			return err
		},
	})
}

// commandReference returns the reference of the command line in Markdown. It is made from the
// tables that help prints.
func commandReference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("## Commands\n\n| command | what it does |\n| --- | --- |\n")
	commandRows(&b, root)
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

// commandRows writes a row for each visible command below c, in the order of their names.
func commandRows(b *strings.Builder, c *cobra.Command) {
	for _, sub := range c.Commands() {
		if !sub.IsAvailableCommand() {
			continue
		}
		name := strings.TrimPrefix(sub.CommandPath(), c.Root().Name()+" ")
		fmt.Fprintf(b, "| `%s` | %s |\n", name, strings.ToLower(sub.Short[:1])+sub.Short[1:])
		commandRows(b, sub)
	}
}
