package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/steps/report"
	"snellen/steps/report/document"
	"snellen/steps/report/plain"
)

// A published report has the folder that it was written to.
type published struct {
	*report.Report
	folder string // "" where there was nothing to write
}

// publish reads the report and, where it holds anything, writes its folder beside the spec. A
// folder that cannot be written is a warning: the results are in the store.
func (c *applyCommand) publish(p *project.Project,
	decisions []*engine.Decision) (*published, error) {
	debug.SetGCPercent(100) // as in execute
	r, err := report.Read(p.Store, p.Study, decisions)
	if err != nil {
		return nil, err
	}
	out := &published{Report: r}
	if !r.Started() {
		return out, nil
	}
	source, err := report.FingerprintOf(program(), p.Study, decisions)
	if err != nil {
		return nil, err
	}
	folder := report.FolderOf(p.Study.File)
	if err := r.WriteFolder(folder, source); err != nil {
		c.warn(err.Error() + "\nthe results are in the store; snellen report prints them")
		return out, nil
	}
	out.folder = folder
	return out, nil
}

// printCached prints the report that stands beside the spec already, and reports whether it could.
// It can where that report has the same results and its table is all that is printed. Computing
// hundreds of intervals again would be most of an apply without changes.
func (c *applyCommand) printCached(p *project.Project, decisions []*engine.Decision) (bool, error) {
	if c.stream != nil || view.Width(c.out) > 0 || c.colour(c.out) || len(p.Study.Gates) > 0 {
		return false, nil
	}
	source, err := report.FingerprintOf(program(), p.Study, decisions)
	if err != nil {
		return false, err
	}
	folder := report.FolderOf(p.Study.File)
	table, ok := report.CachedTable(folder, source)
	if !ok {
		return false, nil
	}
	_, err = fmt.Fprintf(c.out, "%s%s", table, pathLine(filepath.Join(folder, report.PageName)))
	return true, err
}

// program identifies the file that runs: another build may make other reports of the same results.
func program() string {
	path, err := os.Executable()
	if err != nil {
		return ownVersion()
	}
	fi, err := os.Stat(path)
	if err != nil {
		return ownVersion()
	}
	return fmt.Sprint(ownVersion(), " ", fi.Size(), " ", fi.ModTime().UnixNano())
}

func pathLine(path string) string { return fmt.Sprintf("\nThe report: %s\n", path) }

// summarise prints the end of an apply: the table and the path of the report, or the last lines of
// the stream.
func (c *applyCommand) summarise(r *published, result *engine.Result) error {
	if c.stream != nil {
		path := ""
		if r.folder != "" {
			path = filepath.Join(r.folder, "report.md")
		}
		return c.endStream(r, path, result)
	}
	if result.Ran > 0 {
		fmt.Fprintf(c.err, "\n%s\n\n", view.Ran(result))
	}
	if !r.Started() {
		return nil
	}
	err := plain.WriteTable(c.out, r.Document(), view.Width(c.out), c.colour(c.out))
	if err != nil || r.folder == "" {
		return err
	}
	_, err = io.WriteString(c.out, pathLine(filepath.Join(r.folder, report.PageName)))
	return err
}

type outputsLine struct {
	Type    string       `json:"type"` // "outputs"
	Outputs applyResults `json:"outputs"`
}

// applyResults are the results of an apply.
type applyResults struct {
	Report *document.Document `json:"report"` // as snellen report -format json has it
	Path   string             `json:"path,omitempty"`
}

// An applySummary is the last line of an apply.
type applySummary struct {
	Type        string `json:"type"` // "apply_summary"
	Ran         int    `json:"ran"`
	Shared      int    `json:"shared"` // steps that took the results of others with the same inputs
	Failed      int    `json:"failed"`
	Skipped     int    `json:"skipped"`
	Interrupted bool   `json:"interrupted"`
	Report      string `json:"report,omitempty"` // path of report.md
	Resume      string `json:"resume,omitempty"` // what to type to go on after an interrupt

	// GatesFailed are those that are not met, or whose results are missing.
	GatesFailed []string `json:"gates_failed,omitempty"`
}

// endStream writes the results and the summary of an apply to the stream.
func (c *applyCommand) endStream(r *published, path string, result *engine.Result) error {
	text := "No results yet."
	if path != "" {
		text = "The report with pictures: " + path
	}
	if err := c.stream.Line(view.LevelInfo, text,
		outputsLine{"outputs", applyResults{r.Document(), path}}); err != nil {
		return err
	}
	sum := applySummary{
		Type: "apply_summary", Ran: result.Ran - result.Shared, Shared: result.Shared,
		Failed: len(result.Failures), Skipped: result.Skipped,
		Interrupted: result.Interrupted, Report: path,
	}
	level, text := view.LevelInfo, view.Ran(result)
	for _, g := range r.UnmetGates() {
		sum.GatesFailed = append(sum.GatesFailed, g.Name)
		level, text = view.LevelError, text+" Gate "+g.Name+" is not met."
	}
	if sum.Failed > 0 {
		level, text = view.LevelError, text+fmt.Sprintf(" %d failed, and %d below were not run.",
			sum.Failed, sum.Skipped)
	}
	if sum.Interrupted {
		level = view.LevelWarn
		var how string
		how, sum.Resume = c.typed(interrupted, os.Args[1:])
		text += " " + how
	}
	return c.stream.Line(level, text, sum)
}
