package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"snellen/specs/lsp"
	"snellen/steps/sagemaker"
)

func (a *app) lspCommand() *cobra.Command {
	return &cobra.Command{
		Use: "lsp", Short: "Serve an editor: diagnostics, completion, documentation, definitions, formatting", Args: cobra.NoArgs,
		Long: `Serve an editor by the Language Server Protocol, on standard input and output: diagnostics while a spec is written,
completion, the documentation of each block, attribute and function, definitions of variables and labels, and formatting.
The editor starts this command; it is told how in its own settings, for files that end in .hcl. Neovim, for instance:

  vim.lsp.start({ name = "snellen", cmd = { "snellen", "lsp" } })`,
		RunE: func(c *cobra.Command, _ []string) error { return a.serveEditor(c.Context()) },
	}
}

func (a *app) serveEditor(ctx context.Context) error {
	return lsp.Serve(ctx, a.in, open{a.out}, lsp.Options{Version: ownVersion(), Env: os.Environ(), Rules: sagemaker.Rules})
}

// An open writer is one that others may not close.
type open struct{ io.Writer }

func (open) Close() error { return nil }
