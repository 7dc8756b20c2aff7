package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/steps/report"
)

func (a *app) reportCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use: "report [SPEC]", Short: "Compare the resolutions, from results that are there", Args: cobra.MaximumNArgs(1),
		Long: `Compare the resolutions, from results that are there. Nothing is run. Where the footage or the tools are not at
hand, what was applied last is reported.`,
		RunE: func(c *cobra.Command, args []string) error {
			if a.flags.json {
				format = "json"
			}
			return a.report(c.Context(), args, format)
		},
	}
	a.specFlags(c)
	a.storeFlag(c)
	a.jsonFlag(c, "the same as -format json")
	c.Flags().StringVar(&format, "format", "table", "`FORM` of the report: table, json, md, csv or html")
	return c
}

func (a *app) report(ctx context.Context, args []string, format string) error {
	write, err := a.reportWriter(format)
	if err != nil {
		return err
	}
	p, err := a.open(args, project.ToRead)
	if err != nil {
		return err
	}
	decisions, err := a.decisions(ctx, p)
	if err != nil {
		return err
	}
	r, err := report.Read(p.Store, p.Study, decisions)
	if err != nil {
		return err
	}
	return write(r)
}

func (a *app) reportWriter(format string) (func(*report.Report) error, error) {
	switch format {
	case "table":
		return func(r *report.Report) error { return r.WriteTable(a.out, view.Width(a.out), a.colour(a.out)) }, nil
	case "json":
		return func(r *report.Report) error { return r.WriteJSON(a.out) }, nil
	case "md":
		return func(r *report.Report) error { return r.WriteMarkdown(a.out) }, nil
	case "csv":
		return func(r *report.Report) error { return r.WriteCSV(a.out) }, nil
	case "html":
		return func(r *report.Report) error { return r.WritePage(a.out) }, nil
	}
	return nil, fmt.Errorf("-format is table, json, md, csv or html, not %q", format)
}

// decisions are today's or, where those cannot be had, what was applied last.
func (a *app) decisions(ctx context.Context, p *project.Project) ([]*engine.Decision, error) {
	plan, err := p.Decide(ctx)
	if err == nil {
		return plan.Decisions, nil
	}
	if len(p.Last.Keys) == 0 || ctx.Err() != nil {
		return nil, err
	}
	view.PrintWarning(a.err, err.Error()+"\nshowing what was applied last", a.colour(a.err))
	return p.Remembered(), nil
}
