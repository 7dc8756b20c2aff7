package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/starter"
	"snellen/cmd/snellen/view"
	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/specs/builtin"
	"snellen/steps/demo"
	"snellen/steps/proc"
)

// An initCommand writes a spec for a folder of footage, a spec to start from, or the demo.
type initCommand struct {
	*app
	spec  string // path of the spec to write
	demo  string // folder
	cloud bool
	seed  int64
}

func newInit(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "init [FOLDER]", Short: "Write a spec that fits a folder of footage, or a whole demo",
		Args: takes(0, 1, "name the folder of your footage"),
		Long: `Look at FOLDER, and write study.hcl, a commented spec that fits it: labels,
resolutions, and what a camera saw. Nothing is overwritten.

A label is a video that is named after it (OATLY.mp4, or OATLY-1.mp4 and OATLY-2.mp4), or a folder
of videos or pictures that is (OATLY/1.jpg). Folders of labels may be in folders named train, val
and test. A video or a folder named shelf, camera, scene or test is what the camera saw.

Without FOLDER, write a spec to start from. With -demo DIR, write a whole study instead: products
are drawn and filmed, and so is a shelf that they stand on.`,
		Example: `  snellen init footage
  snellen init -out snacks.hcl ~/videos/snacks
  snellen init
  snellen init -demo demo`,
	}, &initCommand{app: a})
}

func (c *initCommand) flags(f *pflag.FlagSet) {
	f.StringVar(&c.spec, "out", "",
		"write the spec to `FILE`, which must be new (default study.hcl)")
	f.StringVar(&c.demo, "demo", "",
		"draw footage and write its spec into `DIR`, which must be new or empty")
	f.BoolVar(&c.cloud, "cloud", false,
		"with -demo: train and judge on Amazon SageMaker, for snellen dev sagemaker")
	f.Int64Var(&c.seed, "seed", 2020,
		"of the demo's drawing: the same `NUMBER` draws the same footage")
}

func (c *initCommand) run(ctx context.Context, args []string) error {
	switch {
	case c.demo != "" && (len(args) > 0 || c.spec != ""):
		return step.WithHint(errors.New("-demo draws its own footage and writes its own spec"),
			"leave out the folder and -out, or -demo")
	case c.demo != "" && c.cloud:
		return c.initDemo(ctx, demo.CloudSpec())
	case c.demo != "":
		return c.initDemo(ctx, demo.Spec())
	case len(args) > 0:
		return c.initFolder(ctx, args[0])
	}
	if err := c.write([]byte(specs.Starter())); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "Wrote %s. Name your videos in it, then type: %s\n", c.path(),
		proc.Line(append([]string{"snellen"}, c.plan()...)...))
	return err
}

// path returns where the spec is written.
func (c *initCommand) path() string { return cmp.Or(c.spec, "study.hcl") }

// plan returns the words of the command that plans the spec.
func (c *initCommand) plan() []string {
	if c.spec == "" {
		return []string{"plan"}
	}
	return []string{"plan", c.spec}
}

// check refuses to write a spec where there is one. Beside another one it is written only under a
// name that was given.
func (c *initCommand) check() error {
	if found, _ := filepath.Glob("*.hcl"); len(found) > 0 && c.spec == "" {
		return step.WithHint(fmt.Errorf("%s is here already; nothing was written", found[0]),
			"type snellen plan, name another spec by -out FILE, or work elsewhere by -chdir")
	}
	if _, err := os.Lstat(c.path()); err == nil {
		return step.WithHint(fmt.Errorf("%s is here already; nothing was written", c.path()),
			"write it to another file by -out FILE")
	}
	return nil
}

// write writes the spec, and the .gitignore beside it.
func (c *initCommand) write(spec []byte) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := project.WriteNew(c.path(), spec); err != nil {
		return err
	}
	return addIgnored(filepath.Join(filepath.Dir(c.path()), ".gitignore"))
}

// maxLines is how many lines about single files are printed.
const maxLines = 10

// initFolder looks at a folder of footage, says what it saw, and writes a spec for it.
func (c *initCommand) initFolder(ctx context.Context, folder string) error {
	if err := c.check(); err != nil { // before a look that may take minutes
		return err
	}
	folder = builtin.NewFinder(".").Find(folder)
	lines := view.NewTally(c.err, "looking at", view.IsTerminal(c.err))
	found, err := starter.Look(ctx, folder, lines.Show)
	lines.Close()
	if err != nil {
		return err
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	seen, err := fromSpec(c.path(), folder)
	if err != nil {
		return err
	}
	spec := found.Spec(filepath.Base(absolute), filepath.ToSlash(seen))
	s, list := specs.Load(c.path(), specs.Options{Source: spec})
	if list.HasErrors() {
		return fmt.Errorf("there is more in %s than a study may have: %w", folder, list)
	}
	for _, line := range found.Lines(maxLines) {
		if _, err := fmt.Fprintln(c.out, line); err != nil {
			return err
		}
	}
	if err := c.write(spec); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "Wrote %s.\n", c.path())
	c.warnOfDoubt(s)
	c.next("Next: ", c.plan()...)
	return err
}

// fromSpec returns a folder's path as seen from the folder of a spec. An absolute path stays one,
// unless the folder is below the spec's.
func fromSpec(spec, folder string) (string, error) {
	dir := filepath.Dir(spec)
	if !filepath.IsAbs(folder) && !filepath.IsAbs(dir) {
		if seen, err := filepath.Rel(dir, folder); err == nil {
			return seen, nil
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	seen, err := filepath.Rel(dir, absolute)
	if err != nil || filepath.IsAbs(folder) && !filepath.IsLocal(seen) {
		return absolute, nil // of another drive on Windows, or far from the spec
	}
	return seen, nil
}

// ignored is the line that .gitignore needs: reports are made again at any time.
const ignored = "*.report/\n"

// addIgnored adds that line to a .gitignore that lacks it.
func addIgnored(path string) error {
	before, err := regular.Read(path, 1<<20)
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
	lines := view.NewTally(c.err, "drawing", view.IsTerminal(c.err))
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
