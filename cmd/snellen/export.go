package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/steps/address"
	"snellen/steps/export"
	"snellen/steps/proc"
	"snellen/steps/report"
	"snellen/steps/term"
)

func newExport(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use:   "export",
		Short: "Export results to other programs: tensorboard, mlflow, dataset, model, bundle",
		Long: `Export results to other programs. Results are read, and nothing is run. The same
results give the same bytes, and an export that is typed again replaces only what an export made.`,
		Example: `  snellen export tensorboard logs`,
	}, newExportTensorBoard(a), newExportMLflow(a), newExportDataset(a), newExportModel(a),
		newExportBundle(a))
}

// An exportCommand has what all exports share.
type exportCommand struct {
	*app
	studyOptions
	streamOptions
}

func (c *exportCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	c.streamOptions.flags(f, "print JSON lines")
}

// results are a study's, today's or what was applied last.
type results struct {
	*project.Project
	decisions []*engine.Decision
	report    *report.Report
}

// results reads the results of the study that the arguments name.
func (c *exportCommand) results(ctx context.Context, spec []string) (*results, error) {
	p, err := c.open(c.app, spec, project.ToRead)
	if err != nil {
		return nil, err
	}
	decisions, err := c.decisions(ctx, p)
	if err != nil {
		return nil, err
	}
	r, err := report.Read(p.Store, p.Study, decisions)
	if err != nil {
		return nil, err
	}
	return &results{p, decisions, r}, nil
}

// trainings returns those that have a result. It warns of the others, and fails where none has one.
func (c *exportCommand) trainings(e *results) ([]export.Training, error) {
	list, missing, err := export.Trainings(e.Store, e.report.Document(), e.decisions)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, noResult(missing...)
	}
	if len(missing) > 0 {
		c.warn("left out, since they have no result yet: " + view.ShortList(missing, 4))
	}
	return list, nil
}

// noResult returns the error of steps whose results are needed and missing.
func noResult(addresses ...string) error {
	return step.WithHint(fmt.Errorf("there is no result of %s", view.ShortList(addresses, 4)),
		"make it first: snellen apply")
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

// report prints what an export did. see is the command line that shows it, if there is one.
func (c *exportCommand) report(to string, r export.Result, what string, see ...string) error {
	text := fmt.Sprintf("%s: %s written.", what, term.Count(r.Changed, cmp.Or(r.Unit, "file")))
	if r.Changed == 0 {
		text = what + ": all was there already."
	}
	if c.stream == nil {
		if _, err := fmt.Fprintln(c.out, text); err != nil || len(see) == 0 {
			return err
		}
		_, err := fmt.Fprintf(c.err, "\nSee it: %s\n", proc.Line(see...))
		return err
	}
	for _, m := range r.Items {
		one := exportedData{to, m.Name, m.Address, m.At, m.Files, m.Bytes}
		if err := c.stream.Line(view.LevelInfo, m.Name+": "+m.At,
			exportedLine{"exported", one}); err != nil {
			return err
		}
	}
	return c.stream.Line(view.LevelInfo, text, exportSummary{"export_summary", to, len(r.Items),
		r.Changed})
}

// training returns a training that the study declares.
func (e *results) training(resolution string, replicate int) (address.Training, error) {
	t := address.Training{Resolution: resolution, Replicate: replicate}
	if !slices.Contains(e.Resolutions(), resolution) {
		return t, step.WithHint(fmt.Errorf("there is no resolution %q", resolution),
			"one of: "+view.ShortList(e.Resolutions(), 10))
	}
	if replicate < 1 || replicate > e.Study.Replicates {
		return t, step.WithHint(fmt.Errorf("there is no training %d of %s", replicate, resolution),
			fmt.Sprintf("the study has %d of each resolution", e.Study.Replicates))
	}
	return t, nil
}

// record returns a step's record, nil where it has none.
func (e *results) record(address string) *store.Record {
	for _, d := range e.decisions {
		if d.Node.Address == address {
			return d.Record
		}
	}
	return nil
}

// withRemakeHint adds a hint to the error of a result whose files are not here: how to have them
// again.
func withRemakeHint(err error, address string, r store.Record) error {
	if errors.Is(err, store.ErrGone) {
		return step.WithHint(err, engine.Remake(address, r))
	}
	return err
}
