package main

import (
	"io"

	"github.com/spf13/cobra"

	"snellen/specs"
)

func (a *app) docsCommand() *cobra.Command {
	return group(&cobra.Command{Use: "docs", Short: "Print a reference"}, &cobra.Command{
		Use: "spec", Short: "Print the spec's reference: every block, attribute and function, as Markdown", Args: cobra.NoArgs,
		Long: `Print the spec's reference as Markdown: every block, attribute and function. It is made from the table that reads
specs, which is what the language server shows too.`,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(a.out, specs.Reference())
			return err
		},
	})
}
