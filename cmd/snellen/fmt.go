package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/proc"
	"snellen/steps/term"
)

type fmtCommand struct {
	*app
	check, diff, recursive bool

	unusual bool // a spec was not in the usual form
}

func newFmt(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "fmt [SPEC...]", Short: "Put specs in their usual form",
		Long: `Put specs in their usual form, in place, and name those that were changed. "-" reads standard input
and writes standard output; a folder is its only spec or, with -recursive, all specs and files of
variables in it and below. With -check nothing is written, and specs that are not in the usual form
are an error.`,
		Example: `  snellen fmt
  snellen fmt -check -diff -recursive studies
  snellen fmt - < snacks.hcl`,
	}, &fmtCommand{app: a})
}

func (f *fmtCommand) flags(set *pflag.FlagSet) {
	set.BoolVar(&f.check, "check", false, "change nothing; exit 1 where something would be changed")
	set.BoolVar(&f.diff, "diff", false, "show what is changed, or with -check would be")
	set.BoolVar(&f.recursive, "recursive", false, "take the specs of all folders below, too")
}

func (f *fmtCommand) run(_ context.Context, args []string) error {
	paths, err := f.paths(args)
	if err != nil {
		return err
	}
	var failed bool
	for _, path := range paths { // all of them, whatever is wrong with one
		err := f.one(path)
		if _, said := err.(shown); err != nil && !said {
			view.PrintError(f.err, err, f.colour(f.err))
		}
		failed = failed || err != nil
	}
	switch {
	case failed:
		return shown{exitError}
	case f.check && f.unusual:
		return step.WithHint(errors.New("not in the usual form"), "type "+proc.Line(f.command(args)...))
	}
	return nil
}

// command is what to type to have those arguments formatted.
func (f *fmtCommand) command(args []string) []string {
	words := []string{"snellen", "fmt"}
	if f.recursive {
		words = append(words, "-recursive")
	}
	return append(words, args...)
}

// paths are the files that the arguments name; "-" is standard input.
func (f *fmtCommand) paths(args []string) ([]string, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var list []string
	for _, arg := range args {
		if fi, err := os.Stat(arg); arg == "-" || err != nil || !fi.IsDir() {
			list = append(list, arg)
			continue
		}
		if f.recursive {
			below, err := specsBelow(arg)
			if err != nil {
				return nil, err
			}
			list = append(list, below...)
			continue
		}
		path, err := project.FindSpec(arg)
		if err != nil {
			return nil, err
		}
		list = append(list, path)
	}
	return list, nil
}

// specsBelow gives all specs and files of variables of a folder and those below it. A lock file is as the engine writes
// it, and what is hidden is somebody else's.
func specsBelow(dir string) ([]string, error) {
	var list []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch name := filepath.Base(path); {
		case err != nil:
			return err
		case e.IsDir() && path != dir && strings.HasPrefix(name, "."):
			return fs.SkipDir
		case e.Type().IsRegular() && strings.HasSuffix(name, ".hcl") && !strings.HasSuffix(name, ".lock.hcl") && !strings.HasPrefix(name, "."):
			list = append(list, path)
		}
		return nil
	})
	return list, err
}

// one formats a file, or standard input.
func (f *fmtCommand) one(path string) error {
	src, err := f.source(path)
	if err != nil {
		return err
	}
	name := path
	if path == "-" {
		name = "<stdin>"
	}
	formatted, err := f.formatted(src, name)
	if err != nil {
		return err
	}
	changed := !bytes.Equal(src, formatted)
	f.unusual = f.unusual || changed
	if path == "-" && !f.check && !f.diff {
		_, err := f.out.Write(formatted)
		return err
	}
	if !changed {
		return nil
	}
	if err := f.tell(name, src, formatted); err != nil || f.check || path == "-" {
		return err
	}
	return project.Rewrite(path, formatted)
}

// tell names a file that is not in the usual form or shows what is to be changed.
func (f *fmtCommand) tell(name string, src, formatted []byte) error {
	if !f.diff {
		_, err := fmt.Fprintln(f.out, name)
		return err
	}
	colours := map[byte]string{'-': "31", '+': "32", '@': "36"}
	for line := range strings.Lines(udiff.Unified(name, name+" (formatted)", string(src), string(formatted))) {
		text := term.Clean(strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    "))
		if _, err := fmt.Fprintln(f.out, term.Paint(text, colours[line[0]], f.colour(f.out))); err != nil {
			return err
		}
	}
	return nil
}

// maxFormatted bounds what is read to be formatted; the language bounds a spec further, with a better message.
const maxFormatted = 16 << 20

func (f *fmtCommand) source(path string) ([]byte, error) {
	in := f.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	return io.ReadAll(io.LimitReader(in, maxFormatted))
}

// formatted gives the usual form of a spec's bytes; mistakes that keep it from being read are printed.
func (f *fmtCommand) formatted(src []byte, name string) ([]byte, error) {
	out, diagnostics := specs.Format(src)
	return out, f.show(diagnostics.Named(name))
}
