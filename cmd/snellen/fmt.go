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
	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/proc"
	"snellen/steps/term"
)

// A fmtCommand formats specs, or checks that they are.
type fmtCommand struct {
	*app
	check, diff, recursive bool

	unformatted bool // a spec was not formatted
}

func newFmt(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "fmt [SPEC...]", Short: "Format specs",
		Long: `Format specs, in place, and print the names of those that changed. "-" reads standard
input and writes standard output; a folder is its only spec or, with -recursive, all specs and files
of variables in it and below. With -check nothing is written, and specs that are not formatted are
an error.`,
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
		if _, said := err.(printedError); err != nil && !said {
			view.PrintError(f.err, err, f.colour(f.err))
		}
		failed = failed || err != nil
	}
	switch {
	case failed:
		return printedError{exitError}
	case f.check && f.unformatted:
		return step.WithHint(errors.New("not formatted"),
			"type "+proc.Line(f.command(args)...))
	}
	return nil
}

// command returns what to type to format those arguments.
func (f *fmtCommand) command(args []string) []string {
	words := []string{"snellen", "fmt"}
	if f.recursive {
		words = append(words, "-recursive")
	}
	return append(words, args...)
}

// paths returns the files that the arguments name; "-" is standard input.
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

// specsBelow returns all specs and files of variables in a folder and below it. It leaves out lock
// files, which the engine writes, and what is hidden.
func specsBelow(dir string) ([]string, error) {
	var list []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch name := filepath.Base(path); {
		case err != nil:
			return err
		case e.IsDir() && path != dir && strings.HasPrefix(name, "."):
			return fs.SkipDir
		case e.Type().IsRegular() && strings.HasSuffix(name, ".hcl") &&
			!strings.HasSuffix(name, ".lock.hcl") && !strings.HasPrefix(name, "."):
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
	f.unformatted = f.unformatted || changed
	if path == "-" && !f.check && !f.diff {
		_, err := f.out.Write(formatted)
		return err
	}
	if !changed {
		return nil
	}
	if err := f.printChange(name, src, formatted); err != nil || f.check || path == "-" {
		return err
	}
	return project.Rewrite(path, formatted)
}

// printChange prints the name of a file that is not formatted or, with -diff, what changes.
func (f *fmtCommand) printChange(name string, src, formatted []byte) error {
	if !f.diff {
		_, err := fmt.Fprintln(f.out, name)
		return err
	}
	colours := map[byte]string{'-': "31", '+': "32", '@': "36"}
	for line := range strings.Lines(udiff.Unified(name, name+" (formatted)", string(src),
		string(formatted))) {
		text := term.Clean(strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    "))
		if _, err := fmt.Fprintln(f.out,
			term.Paint(text, colours[line[0]], f.colour(f.out))); err != nil {
			return err
		}
	}
	return nil
}

// maxFormatted bounds what is read to be formatted, in bytes. The language has a tighter bound,
// with a better message.
const maxFormatted = 16 << 20

func (f *fmtCommand) source(path string) ([]byte, error) {
	in := f.in
	if path != "-" {
		file, err := regular.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	return io.ReadAll(io.LimitReader(in, maxFormatted))
}

// formatted returns a spec's bytes in canonical form. It prints the mistakes that keep the spec
// from being read.
func (f *fmtCommand) formatted(src []byte, name string) ([]byte, error) {
	out, diagnostics := specs.Format(src)
	return out, f.show(diagnostics.Named(name))
}
