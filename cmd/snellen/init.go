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
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/demo"
)

// An initCommand writes a spec to start from, or the demo.
type initCommand struct {
	*app
	demo  string // folder
	cloud bool
	seed  int64
}

func newInit(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "init", Short: "Write a commented spec to start from, or a whole demo",
		Args: cobra.NoArgs,
		Long: `Write study.hcl, a commented spec to start from, and .gitignore into the current
folder.

With -demo DIR, write a whole study instead: products are drawn and filmed, and so is a shelf that
they stand on.`,
		Example: `  snellen init
  snellen init -demo demo`,
	}, &initCommand{app: a})
}

func (c *initCommand) flags(f *pflag.FlagSet) {
	f.StringVar(&c.demo, "demo", "",
		"draw footage and write its spec into `DIR`, which must be new or empty")
	f.BoolVar(&c.cloud, "cloud", false,
		"with -demo: train and judge on Amazon SageMaker, for snellen dev sagemaker")
	f.Int64Var(&c.seed, "seed", 2020,
		"of the demo's drawing: the same `NUMBER` draws the same footage")
}

func (c *initCommand) run(ctx context.Context, _ []string) error {
	switch {
	case c.demo == "":
		return c.initHere()
	case c.cloud:
		return c.initDemo(ctx, demo.CloudSpec())
	}
	return c.initDemo(ctx, demo.Spec())
}

func (c *initCommand) initHere() error {
	if found, _ := filepath.Glob("*.hcl"); len(found) > 0 {
		return step.WithHint(fmt.Errorf("%s is here already; nothing was written", found[0]),
			"type snellen plan, or work in another folder by -chdir")
	}
	if err := project.WriteNew("study.hcl", []byte(specs.Starter())); err != nil {
		return err
	}
	if err := addIgnored(".gitignore"); err != nil {
		return err
	}
	_, err := fmt.Fprint(c.out,
		"Wrote study.hcl. Name your videos in it, then type: snellen plan\n")
	return err
}

// ignored is the line that .gitignore needs: reports are made again at any time.
const ignored = "*.report/\n"

// addIgnored adds that line to a .gitignore that lacks it.
func addIgnored(path string) error {
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

// initDemo draws the demo. It writes the spec last: a folder with a spec is complete.
func (c *initCommand) initDemo(ctx context.Context, text string) error {
	dir := c.demo
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return step.WithHint(fmt.Errorf("%s is not empty; nothing was written", dir),
			"name a new folder")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	lines := view.NewDrawing(c.err, view.IsTerminal(c.err))
	err := demo.Render(ctx, dir, c.seed, lines.Show)
	lines.Close()
	if err != nil {
		return err
	}
	if err := addIgnored(filepath.Join(dir, ".gitignore")); err != nil {
		return err
	}
	spec := filepath.Join(dir, "demo.hcl")
	if err := project.WriteNew(spec, []byte(text)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "Wrote %s and its footage. Type: snellen apply %s\n", spec, spec)
	return err
}
