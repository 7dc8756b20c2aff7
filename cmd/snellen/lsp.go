package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/specs/lsp"
	"snellen/steps/sagemaker"
)

// A lspCommand serves an editor until its input ends.
type lspCommand struct{ *app }

func newLSP(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "lsp", Args: takes(0, 0, ""),
		Short: "Serve an editor: diagnostics, completion, documentation, renaming, formatting",
		Long: `Serve an editor by the Language Server Protocol, on standard input and output:
diagnostics while a spec is written, with a fix where a name is misspelled; completion, also of
files; documentation, and the size, rate and length of each video; definitions, references and
renaming of all that has a name; the outline, and formatting.

The editor starts this command; its own settings say how, for files that end in .hcl. Neovim, for
instance:

  vim.lsp.start({ name = "snellen", cmd = { "snellen", "lsp" } })`,
		Example: `  snellen lsp`,
	}, &lspCommand{a})
}

func (c *lspCommand) flags(*pflag.FlagSet) {}

func (c *lspCommand) run(ctx context.Context, _ []string) error {
	return lsp.Serve(ctx, c.in, unclosable{c.out},
		lsp.Options{Version: ownVersion(), Env: os.Environ(), Rules: sagemaker.CheckStudy,
			DescribeVideo: new(project.VideoDescriber).Describe})
}

// An unclosable writer is one that others may not close.
type unclosable struct{ io.Writer }

func (unclosable) Close() error { return nil }
