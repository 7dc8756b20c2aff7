// This file bends cobra, whose long flags have two dashes, to one: see package cmdline. What cobra
// writes for people loses the second dash here, in flagUsages and complete.

package main

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/cmdline"
)

// complete answers a shell. Its completion script calls a hidden command with the words so far, of
// which the last is to be completed.
func (a *app) complete(ctx context.Context, args []string) error {
	args = cmdline.Doubled(args)
	if last := len(args) - 1; len(args[last]) == 2 && args[last][0] == '-' && args[last] != "--" {
		args[last] = "-" + args[last]
	}
	root := a.root()
	a.addCompletion(root)
	root.SetArgs(args)
	var answer bytes.Buffer
	root.SetOut(&answer)
	root.SetErr(io.Discard)
	if err := root.ExecuteContext(ctx); err != nil {
		return err
	}
	for line := range strings.Lines(answer.String()) {
		if strings.HasPrefix(line, "-") {
			// The help of a flag names its value in `quotes`.
			line = strings.ReplaceAll(strings.TrimPrefix(line, "-"), "`", "")
			line = "-" + strings.TrimPrefix(line, "-")
		}
		if _, err := io.WriteString(a.out, line); err != nil {
			return err
		}
	}
	return nil
}

// asksCompletion reports whether the arguments are a shell's question about completion.
func asksCompletion(args []string) bool {
	return len(args) > 1 &&
		(args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// flagUsages returns a line for each flag of a command, with the flags that all commands have. It
// is broken where it is longer than wide columns; 0 is no limit.
func flagUsages(c *cobra.Command, wide int) string {
	c.Flags().AddFlagSet(c.Root().PersistentFlags())
	return strings.NewReplacer(" --shared URL[=true]", "  -shared[=URL]     ", " --", "  -").Replace(
		c.Flags().FlagUsagesWrapped(wide))
}
