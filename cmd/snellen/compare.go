package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/steps/sides"
)

// A compareCommand compares two studies, two runs, or a study with what it was.
type compareCommand struct {
	*app
	studyOptions
	jsonOptions
	asked  project.SideRequest
	format string
}

func newCompare(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "compare [SPEC] [SPEC]", Short: "Compare two studies, or a study with what it was",
		Args: takes(0, 2, ""),
		Long: `Compare two studies, two runs, or a study with what it was at a git revision: what was
changed in the spec, the footage and the tools, and what that did to each resolution and to the
decision. Nothing is run: a side is what was applied last, as its lock file has it.

Changes of the detection are compared in pairs of the same areas, where both sides have them. What
the store does not have any more is taken from the report beside the spec, if that is of the same
results, or else left out: the lock file alone says which bytes are the same. How one step differs
is said by snellen explain, and past runs are listed by snellen runs.`,
		Example: `  snellen compare -rev HEAD~1
  snellen compare old.hcl new.hcl
  snellen compare snacks.hcl -run 20261123 -run last
  snellen compare snacks.hcl -rev v1 -rev v2 -format html > compare.html`,
	}, &compareCommand{app: a})
}

func (c *compareCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	c.jsonOptions.flags(f, "the same as -format json")
	f.StringArrayVar(&c.asked.Revisions, "rev", nil,
		"compare what the spec was at this git `REVISION`; may be given twice")
	f.StringArrayVar(&c.asked.Runs, "run", nil, "compare this past `RUN`; may be given twice")
	f.StringVar(&c.format, "format", "table", "`FORM` of the comparison: table, json or html")
}

func (c *compareCommand) run(ctx context.Context, args []string) (err error) {
	if c.json {
		c.format = "json"
	}
	switch c.format {
	case "table", "json", "html":
	default:
		return fmt.Errorf("-format is table, json or html, not %q", c.format)
	}
	c.asked.Store, c.asked.Shared, c.asked.Specs = c.store, string(c.shared), args
	if c.asked.Variables, err = c.variables(); err != nil {
		return err
	}
	before, now, err := c.asked.Open(ctx)
	if err != nil {
		return c.showMistakes(err)
	}
	d := sides.Compare(before, now)
	switch c.format {
	case "json":
		return d.WriteJSON(c.out)
	case "html":
		return d.WritePage(c.out)
	}
	return d.WriteTable(c.out, view.Width(c.out), c.colour(c.out))
}
