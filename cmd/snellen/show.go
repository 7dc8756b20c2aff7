package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/planfile"
	"snellen/cmd/snellen/view"
	"snellen/steps/term"
)

// A showCommand shows a saved plan.
type showCommand struct {
	*app
	streamOptions
	verbose bool
}

func newShow(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "show FILE", Short: "Show a saved plan",
		Args: takes(1, 1, "name the file that plan -out wrote: snellen show FILE"),
		Long: `Show a plan that plan -out saved, as it was then. Only the file is read: apply FILE
says whether the plan still holds.`,
		Example: `  snellen show snacks.plan
  snellen show -json snacks.plan`,
	}, &showCommand{app: a})
}

func (c *showCommand) flags(f *pflag.FlagSet) {
	c.streamOptions.flags(f, "print the JSON lines that plan -json prints")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "list each step")
}

func (c *showCommand) run(_ context.Context, args []string) error {
	path := args[0]
	saved, err := planfile.Read(path)
	if err != nil {
		return err
	}
	p, err := saved.View(c.verbose)
	if err != nil {
		return fmt.Errorf("%s cannot be shown: %w", path, err)
	}
	if c.stream == nil {
		fmt.Fprintf(c.out, "Plan of %s (%s), made %s by snellen %s.\n\n", term.Clean(saved.Study),
			term.Clean(saved.Spec),
			saved.Made.Local().Format(time.DateTime), term.Clean(saved.Snellen))
	}
	if err := c.writePlan(c.out, p); err != nil {
		return err
	}
	if view.Pending(p.Plan) {
		c.next("Next: ", "apply", path)
	}
	return nil
}
