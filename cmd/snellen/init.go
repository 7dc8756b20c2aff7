package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/demo"
)

func (a *app) initCommand() *cobra.Command {
	var dir string
	var seed int64
	var cloud bool
	c := &cobra.Command{
		Use: "init", Short: "Write a commented spec to start from, or a whole demo", Args: cobra.NoArgs,
		Long: `Write study.hcl, a commented spec to start from, and .gitignore into the current folder.

With -demo DIR, write a whole study instead: products are drawn and filmed, and so is a shelf that they stand on.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if dir == "" {
				return a.initHere()
			}
			spec := demo.Spec()
			if cloud {
				spec = demo.CloudSpec()
			}
			return a.initDemo(c.Context(), dir, seed, spec)
		},
	}
	c.Flags().StringVar(&dir, "demo", "", "draw footage and write its spec into `DIR`, which must be new or empty")
	c.Flags().BoolVar(&cloud, "cloud", false, "with -demo: train and judge on Amazon SageMaker, for snellen dev sagemaker")
	c.Flags().Int64Var(&seed, "seed", 2020, "of the demo's drawing: the same `NUMBER` draws the same footage")
	return c
}

func (a *app) initHere() error {
	if found, _ := filepath.Glob("*.hcl"); len(found) > 0 {
		return step.WithHint(fmt.Errorf("%s is here already; nothing was written", found[0]), "type snellen plan, or work in another folder by -chdir")
	}
	if err := project.WriteNew("study.hcl", []byte(specs.Starter())); err != nil {
		return err
	}
	if err := ignore(".gitignore"); err != nil {
		return err
	}
	_, err := fmt.Fprint(a.out, "Wrote study.hcl. Name your videos in it, then type: snellen plan\n")
	return err
}

// ignored is what git need not keep.
const ignored = "*.report/\n"

// ignore adds to a .gitignore what it lacks.
func ignore(path string) error {
	before, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if bytes.Contains(append([]byte("\n"), before...), []byte("\n"+ignored)) {
		return nil
	}
	if len(before) > 0 && !bytes.HasSuffix(before, []byte("\n")) {
		before = append(before, '\n')
	}
	return os.WriteFile(path, append(before, ignored...), 0o666)
}

// initDemo draws the demo. The spec is written last: a folder with it is whole.
func (a *app) initDemo(ctx context.Context, dir string, seed int64, text string) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return step.WithHint(fmt.Errorf("%s is not empty; nothing was written", dir), "name a new folder")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	lines := view.NewDrawing(a.err, view.IsTerminal(a.err))
	err := demo.Render(ctx, dir, seed, lines.Show)
	lines.Close()
	if err != nil {
		return err
	}
	if err := ignore(filepath.Join(dir, ".gitignore")); err != nil {
		return err
	}
	spec := filepath.Join(dir, "demo.hcl")
	if err := project.WriteNew(spec, []byte(text)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "Wrote %s and its footage. Type: snellen apply %s\n", spec, spec)
	return err
}
