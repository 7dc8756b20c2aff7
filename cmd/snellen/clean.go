package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/project"
	"snellen/engine/step"
	"snellen/steps/report"
)

func (a *app) cleanCommand() *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use: "clean [SPEC]", Short: "Remove the report that apply wrote beside a spec", Args: cobra.MaximumNArgs(1),
		Long: `Remove the folder with the report that apply wrote beside a spec. The results stay in the store: the next apply writes
the report again and runs nothing. To free what the store holds, see gc.`,
		RunE: func(c *cobra.Command, args []string) error { return a.cleanReport(c.Context(), args, dry) },
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "only show what would be removed")
	c.Flags().BoolVar(&a.flags.approve, "auto-approve", false, "do not ask")
	c.Flags().BoolVar(&a.flags.input, "input", true, "ask where there is a terminal; -input=false never asks")
	return c
}

func (a *app) cleanReport(ctx context.Context, args []string, dry bool) error {
	spec, err := project.SpecPath(args)
	if err != nil {
		return err
	}
	folder := reportFolder(spec)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		_, err := fmt.Fprintf(a.out, "There is nothing to remove: %s has no report.\n", spec)
		return err
	}
	ok, err := report.IsReportFolder(folder)
	if err != nil {
		return err
	}
	if !ok {
		return step.WithHint(fmt.Errorf("%s contains other files than a report", folder),
			"move them away; nothing was removed")
	}
	if dry {
		_, err := fmt.Fprintf(a.out, "%s would be removed.\n", folder)
		return err
	}
	if err := a.confirm(ctx, "Remove "+folder+"?", "nothing was removed"); err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "Removed %s.\n", folder)
	return err
}
