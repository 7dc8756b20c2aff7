package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/steps/report"
	"snellen/steps/report/plain"
)

// A reportCommand prints the report in one of its forms.
type reportCommand struct {
	*app
	studyOptions
	jsonOptions
	format string
}

func newReport(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "report [SPEC]", Short: "Compare the resolutions, from results that are there",
		Args: aSpec,
		Long: `Compare the resolutions, from results that are there. Nothing is run. Where the
footage or the tools are missing, what was applied last is reported.`,
		Example: `  snellen report
  snellen report -format md > report.md
  snellen report -format html > report.html`,
	}, &reportCommand{app: a})
}

func (c *reportCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	c.jsonOptions.flags(f, "the same as -format json")
	f.StringVar(&c.format, "format", "table", "`FORM` of the report: table, json, md, csv or html")
}

func (c *reportCommand) run(ctx context.Context, args []string) error {
	if c.json {
		c.format = "json"
	}
	write, err := c.writer()
	if err != nil {
		return err
	}
	p, err := c.open(c.app, args, project.ToRead)
	if err != nil {
		return err
	}
	decisions, err := c.decisions(ctx, p)
	if err != nil {
		return err
	}
	r, err := report.Read(p.Store, p.Study, decisions)
	if err != nil {
		return err
	}
	return write(r)
}

// writer returns what writes a report in the form that was asked for.
func (c *reportCommand) writer() (func(*report.Report) error, error) {
	switch c.format {
	case "table":
		return func(r *report.Report) error {
			return plain.WriteTable(c.out, r.Document(), view.Width(c.out),
				c.colour(c.out))
		}, nil
	case "json":
		return func(r *report.Report) error { return r.WriteJSON(c.out) }, nil
	case "md":
		return func(r *report.Report) error {
			return plain.WriteMarkdown(c.out, r.Document(), false)
		}, nil
	case "csv":
		return func(r *report.Report) error { return r.WriteCSV(c.out) }, nil
	case "html":
		return func(r *report.Report) error { return r.WritePage(c.out) }, nil
	}
	return nil, fmt.Errorf("-format is table, json, md, csv or html, not %q", c.format)
}

// decisions returns today's. Where nothing can be decided, it warns and returns what was applied
// last.
func (a *app) decisions(ctx context.Context, p *project.Project) ([]*engine.Decision, error) {
	return p.Latest(ctx, func(text string) { view.PrintWarning(a.err, text, a.colour(a.err)) })
}
