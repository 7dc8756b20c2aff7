package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/engine/draft"
	"snellen/engine/step"
	"snellen/steps/report"
)

// A cleanCommand removes the report beside a spec. It asks first.
type cleanCommand struct {
	*app
	approvalOptions
	dry bool
}

func newClean(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "clean [SPEC]", Short: "Remove the report that apply wrote beside a spec",
		Args: aSpec,
		Long: `Remove the folder with the report that apply wrote beside a spec. The results stay in
the store: the next apply writes the report again and runs nothing. To free what the store holds,
see gc.`,
		Example: `  snellen clean -dry-run
  snellen clean snacks.hcl -auto-approve`,
	}, &cleanCommand{app: a})
}

func (c *cleanCommand) flags(f *pflag.FlagSet) {
	c.approvalOptions.flags(f)
	f.BoolVar(&c.dry, "dry-run", false, "only show what would be removed")
}

func (c *cleanCommand) run(ctx context.Context, args []string) error {
	spec, err := project.SpecPath(args)
	if err != nil {
		return err
	}
	if !c.dry {
		project.Tidy(spec)
	}
	folder := report.FolderOf(spec)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		_, err := fmt.Fprintf(c.out, "There is nothing to remove: %s has no report.\n", spec)
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
	if c.dry {
		_, err := fmt.Fprintf(c.out, "%s would be removed.\n", folder)
		return err
	}
	if err := c.confirm(ctx, c.app, "Remove "+folder+"?", "nothing was removed"); err != nil {
		return err
	}
	if err := draft.Remove(folder); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "Removed %s.\n", folder)
	return err
}
