package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/draft"
	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/export"
	"snellen/steps/report"
	"snellen/steps/term"
)

type exportBundleCommand struct {
	exportCommand
	check bool
}

func newExportBundle(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use:   "bundle FILE [SPEC]",
		Short: "Pack the report with all that says how it was made, or check such a bundle",
		Args:  takes(1, 2, "name a file: snellen export bundle snacks.tar.gz"),
		Long: `Pack a tar.gz with the spec, the lock file, the report, each step's manifest and
record, the variables that were given (none that the spec calls sensitive), and the tools and
modules with their licences. MANIFEST names each file with its SHA-256. Footage, datasets and models
are not in it.

With -check, read a bundle that anybody made, and say whether it is whole: nothing is unpacked, and
no study is needed.`,
		Example: `  snellen export bundle snacks.tar.gz
  snellen export bundle -check snacks.tar.gz`,
	}, &exportBundleCommand{exportCommand: exportCommand{app: a}})
}

func (c *exportBundleCommand) flags(f *pflag.FlagSet) {
	c.exportCommand.flags(f)
	f.BoolVar(&c.check, "check", false, "read FILE and say whether it is whole")
}

func (c *exportBundleCommand) run(ctx context.Context, args []string) error {
	if c.check {
		return c.checkBundle(args)
	}
	return c.write(ctx, args[0], args[1:])
}

func (c *exportBundleCommand) checkBundle(args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("-check needs no spec: the bundle has its own")
	}
	f, err := regular.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	content, err := export.CheckBundle(f)
	if err != nil {
		return step.WithHint(fmt.Errorf("%s is not whole: %w", args[0], err),
			"ask for it again where it came from")
	}
	text := fmt.Sprintf("%s is whole: %s, %s.", term.Clean(args[0]),
		term.Count(content.Files, "file"), term.Bytes(content.Bytes))
	if c.stream != nil {
		one := exportedData{To: "bundle", Name: content.Folder, Place: args[0],
			Files: content.Files, Bytes: content.Bytes}
		return c.stream.Line(view.LevelInfo, text, exportedLine{"exported", one})
	}
	_, err = fmt.Fprintln(c.out, text)
	return err
}

func (c *exportBundleCommand) write(ctx context.Context, file string, spec []string) error {
	if !strings.HasSuffix(file, ".tar.gz") && !strings.HasSuffix(file, ".tgz") {
		return step.WithHint(fmt.Errorf("a bundle's name ends in .tar.gz, and %q does not", file),
			"write snellen export bundle "+file+".tar.gz")
	}
	e, err := c.results(ctx, spec)
	if err != nil {
		return err
	}
	if _, err := c.trainings(e); err != nil {
		return err
	}
	tick := view.NewTicker(c.err, "packing")
	defer tick.Close()
	tick.Say("the report")
	b, err := e.bundle()
	if err != nil {
		return fmt.Errorf("export a bundle: %w", err)
	}
	tick.Say("the archive")
	var archive bytes.Buffer
	if err := b.Write(&archive); err != nil {
		return fmt.Errorf("export a bundle: %w", err)
	}
	content, err := export.CheckBundle(bytes.NewReader(archive.Bytes()))
	if err != nil {
		panic("BUG: a bundle that its own reader refuses: " + err.Error())
	}
	changed, err := replaceBundle(file, archive.Bytes())
	if err != nil {
		return fmt.Errorf("export a bundle: %w", err)
	}
	r := export.Result{Items: []export.Item{{Name: content.Folder, At: file, Files: content.Files,
		Bytes: content.Bytes}}, Changed: changed}
	return c.report("bundle", r, fmt.Sprintf("%s, %s of %s", term.Clean(file),
		term.Bytes(int64(archive.Len())), term.Count(content.Files, "file")))
}

// replaceBundle writes a bundle where there is none, or another bundle. It returns how many files
// changed.
func replaceBundle(file string, data []byte) (int, error) {
	old, err := regular.Read(file, export.MaxBundle)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 1, project.WriteChanged(file, data)
	case err != nil:
		return 0, err
	case bytes.Equal(old, data):
		return 0, nil
	}
	if _, err := export.CheckBundle(bytes.NewReader(old)); err != nil {
		err := fmt.Errorf("%s exists and is not a whole bundle; nothing was written", file)
		return 0, step.WithHint(err, "name another file, or move it away")
	}
	return 1, project.WriteChanged(file, data)
}

// bundle collects what goes into a bundle.
func (e *results) bundle() (*export.Bundle, error) {
	b := &export.Bundle{
		Study: e.Study.Name, Version: ownVersion(), Document: e.report.Document(),
		Decisions: e.decisions, Spec: map[string][]byte{},
		Variables: map[string]string{}, Programs: map[string]*debug.BuildInfo{},
	}
	for _, path := range []string{e.Spec, specs.LockPath(e.Spec)} {
		data, err := regular.Read(path, specs.MaxLock)
		if err == nil {
			b.Spec[filepath.Base(path)] = data
		} else if path == e.Spec || !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	for _, g := range e.Study.Arguments.Assignments {
		if g.File == "" {
			b.Variables[g.Name] = g.Value
		}
	}
	for _, pair := range e.Study.Arguments.Env {
		name, value, _ := strings.Cut(pair, "=")
		b.Variables[strings.TrimPrefix(name, "SNELLEN_VAR_")] = value
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Programs["snellen"] = info
	}
	if path, err := e.Worker.Find(); err == nil {
		if info, err := buildinfo.ReadFile(path); err == nil {
			b.Programs["snellen-worker"] = info
		}
	}
	var err error
	b.Report, err = e.reportFiles()
	return b, err
}

// reportFiles returns the files of the report's folder, by slash-separated path.
func (e *results) reportFiles() (map[string][]byte, error) {
	source, err := report.FingerprintOf(program(), e.Study, e.decisions)
	if err != nil {
		return nil, err
	}
	dir, err := draft.NewTemporary()
	if err != nil {
		return nil, err
	}
	defer dir.Discard()
	folder := filepath.Join(dir.Path, "report")
	if err := e.report.WriteFolder(folder, source); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	err = fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		// what begins with a dot is for the next apply
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		files[name], err = regular.Read(filepath.Join(folder, name), export.MaxBundle)
		return err
	})
	return files, err
}
