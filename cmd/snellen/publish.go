package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"snellen/engine"
	"snellen/steps/report"
)

// A published is a report with the folder that it was written to.
type published struct {
	*report.Report
	folder string // "" where there was nothing to write
}

// reportFolder is where a spec's report is written.
func reportFolder(spec string) string { return strings.TrimSuffix(spec, ".hcl") + ".report" }

// publish reads the report and, where it holds anything, writes its folder beside the spec. A folder that cannot be
// written is a warning: the results are in the store.
func (a *app) publish(p *project, decisions []*engine.Decision) (*published, error) {
	debug.SetGCPercent(100) // as in carryOut
	r, err := report.Read(p.store, p.study, decisions)
	if err != nil {
		return nil, err
	}
	out := &published{Report: r}
	if !r.Begun() {
		return out, nil
	}
	source, err := report.SourceOf(program(), p.study, decisions)
	if err != nil {
		return nil, err
	}
	folder := reportFolder(p.study.File)
	if err := r.WriteFolder(folder, source); err != nil {
		a.warn(err.Error())
		return out, nil
	}
	out.folder = folder
	return out, nil
}

// kept prints the report that is beside the spec already, and tells whether it could: it is of the same results, and what
// is printed needs no more than its table. Working out hundreds of intervals again would be most of an apply without changes.
func (a *app) kept(p *project, decisions []*engine.Decision) (bool, error) {
	if a.stream != nil || width(a.out) > 0 || a.colour(a.out) || len(p.study.Gates) > 0 {
		return false, nil
	}
	source, err := report.SourceOf(program(), p.study, decisions)
	if err != nil {
		return false, err
	}
	folder := reportFolder(p.study.File)
	table, ok := report.Kept(folder, source)
	if !ok {
		return false, nil
	}
	_, err = fmt.Fprintf(a.out, "%s%s", table, pathLine(filepath.Join(folder, report.PageName)))
	return true, err
}

// program names the file that runs: another may make other reports of the same results.
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

// summarise prints the end of an apply: the table and the path of the report.
func (a *app) summarise(r *published, result *engine.Result) error {
	if a.stream != nil {
		path := ""
		if r.folder != "" {
			path = filepath.Join(r.folder, "report.md")
		}
		return a.stream.end(r, path, result)
	}
	if result.Ran > 0 {
		fmt.Fprintf(a.err, "\n%d steps were run.\n\n", result.Ran)
	}
	if r.folder == "" {
		return nil
	}
	if err := r.WriteTable(a.out, width(a.out), a.colour(a.out)); err != nil {
		return err
	}
	_, err := io.WriteString(a.out, pathLine(filepath.Join(r.folder, report.PageName)))
	return err
}
