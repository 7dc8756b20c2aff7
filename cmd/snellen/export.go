package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/step"
	"snellen/steps/export"
	"snellen/steps/proc"
	"snellen/steps/report"
	"snellen/steps/term"
)

func (a *app) exportCommand() *cobra.Command {
	subs := []*cobra.Command{a.exportTensorBoardCommand(), a.exportMLflowCommand(), a.exportDatasetCommand(), a.exportModelCommand(), a.exportBundleCommand()}
	for _, c := range subs {
		a.specFlags(c)
		a.storeFlag(c)
		a.streamFlag(c, "print JSON lines")
	}
	return group(&cobra.Command{
		Use: "export", Short: "Give results to other programs: tensorboard, mlflow, dataset, model, bundle",
		Long: `Give results to other programs. Results are read, and nothing is run. The same results give the same bytes, and an
export that is typed again replaces only what an export made.`,
	}, subs...)
}

// An exporting is what every export begins with.
type exporting struct {
	*project.Project
	decisions []*engine.Decision
	report    *report.Report
}

// results reads a study's results, today's or what was applied last.
func (a *app) results(ctx context.Context, spec []string) (*exporting, error) {
	p, err := a.open(spec, project.ToRead)
	if err != nil {
		return nil, err
	}
	decisions, err := a.decisions(ctx, p)
	if err != nil {
		return nil, err
	}
	r, err := report.Read(p.Store, p.Study, decisions)
	if err != nil {
		return nil, err
	}
	return &exporting{p, decisions, r}, nil
}

// trainings are those that have a result. That others have none is a warning; that none has one is an error.
func (a *app) trainings(e *exporting) ([]export.Training, error) {
	list, missing, err := export.Trainings(e.Store, e.report.Document(), e.decisions)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, noResult(missing...)
	}
	if len(missing) > 0 {
		a.warn("left out, for they have no result yet: " + view.ShortList(missing, 4))
	}
	return list, nil
}

// noResult is the error of steps whose results are needed and not there.
func noResult(addresses ...string) error {
	return step.WithHint(fmt.Errorf("there is no result of %s", view.ShortList(addresses, 4)), "make it first: snellen apply")
}

type exportedLine struct {
	Type   string       `json:"type"` // "exported"
	Export exportedData `json:"export"`
}

// An exportedData is one thing that an export made, or found as it should be.
type exportedData struct {
	To      string `json:"to"`                // "tensorboard", "mlflow", "dataset", "model", "bundle"
	Name    string `json:"name"`              // of a run, a set or a file
	Address string `json:"address,omitempty"` // of the step whose result it is
	Place   string `json:"place"`             // a path, or an address on a server
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"`
}

type exportSummary struct {
	Type    string `json:"type"` // "export_summary"
	To      string `json:"to"`
	Made    int    `json:"made"`    // of the lines before
	Changed int    `json:"changed"` // files; 0: all were there already
}

// exported tells what an export did, and what may be typed now to look at it.
func (a *app) exported(to string, r export.Result, what string, see ...string) error {
	text := fmt.Sprintf("%s: %s written.", what, term.Count(r.Changed, cmp.Or(r.Unit, "file")))
	if r.Changed == 0 {
		text = what + ": all was there already."
	}
	if a.stream == nil {
		if _, err := fmt.Fprintln(a.out, text); err != nil || len(see) == 0 {
			return err
		}
		_, err := fmt.Fprintf(a.err, "\nSee it: %s\n", proc.Line(see...))
		return err
	}
	for _, m := range r.Items {
		one := exportedData{to, m.Name, m.Address, m.At, m.Files, m.Bytes}
		if err := a.stream.Line(view.LevelInfo, m.Name+": "+m.At, exportedLine{"exported", one}); err != nil {
			return err
		}
	}
	return a.stream.Line(view.LevelInfo, text, exportSummary{"export_summary", to, len(r.Items), r.Changed})
}
