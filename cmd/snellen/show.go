package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/view"
	"snellen/steps/term"
)

func (a *app) showCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "show FILE", Short: "Show a saved plan", Args: exactly(1, "name the file that plan -out wrote: snellen show FILE"),
		Long: `Show a plan that plan -out saved, as it was then. Nothing is looked at but the file: apply FILE tells whether the plan
still holds.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.showSaved(args[0]) },
	}
	a.streamFlag(c, "print the JSON lines that plan -json prints")
	c.Flags().BoolVarP(&a.flags.verbose, "verbose", "v", false, "list each step")
	return c
}

func (a *app) showSaved(path string) error {
	saved, err := readPlan(path)
	if err != nil {
		return err
	}
	o, err := saved.overview(a.flags.verbose)
	if err != nil {
		return fmt.Errorf("%s cannot be shown: %w", path, err)
	}
	if a.stream == nil {
		fmt.Fprintf(a.out, "Plan of %s (%s), made %s by snellen %s.\n\n", term.Clean(saved.Study), term.Clean(saved.Spec),
			saved.Made.Local().Format(time.DateTime), term.Clean(saved.Snellen))
	}
	if err := a.showPlan(a.out, o); err != nil {
		return err
	}
	if view.Pending(o.Plan.Plan) {
		a.nextSaved("Next: ", "apply", path)
	}
	return nil
}
