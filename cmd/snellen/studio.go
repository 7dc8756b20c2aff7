package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/studio"
	"snellen/engine/step"
)

// A studioCommand serves the page on which a study is done.
type studioCommand struct {
	*app
	studyOptions
	coresOptions
	listen string
	show   bool
}

func newStudio(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "studio [SPEC]", Short: "Do a whole study on a page: film, draw, run, read, watch",
		Args: aSpec,
		Long: `Serve a page on which a whole study is done: film what is to be recognised with the
browser's camera, draw the areas of a shelf, run the steps, read the report, and watch a camera be
judged. SPEC need not be there yet: in an empty folder it is written once two labels are filmed.

The spec stays the truth. The page writes small, shown edits into it, and what an editor saves is on
the page at once. A file that changed meanwhile is shown, and never overwritten.

The page is for this machine and this user alone: the printed address has a token. Interrupt to end
it; an apply that it started then ends as one in a terminal does.`,
		Example: `  snellen studio
  snellen studio snacks.hcl -open=false
  snellen studio -listen 127.0.0.1:8080   # for ssh -L 8080:127.0.0.1:8080 HOST`,
	}, &studioCommand{app: a})
}

func (c *studioCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	c.coresOptions.flags(f)
	f.StringVar(&c.listen, "listen", "127.0.0.1:0",
		"serve at this `ADDRESS` of this machine; port 0 is any that is free")
	f.BoolVar(&c.show, "open", true,
		"open the page in the browser; -open=false only prints its address")
}

func (c *studioCommand) run(ctx context.Context, args []string) error {
	if err := c.check(); err != nil {
		return err
	}
	spec, err := studioSpec(args)
	if err != nil {
		return err
	}
	variables, err := c.variables()
	if err != nil {
		return err
	}
	st, err := project.OpenStore(c.store)
	if err != nil {
		return err
	}
	if _, err := project.ChooseShared(string(c.shared), nil); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	c.interrupts.beginServing()
	defer c.interrupts.endGentle()
	return studio.Serve(ctx, studio.Options{
		Program: program, Spec: spec, Variables: variables, Store: st, Listen: c.listen,
		VariableWords: c.shared.Words(c.specOptions.words()...), Shared: string(c.shared),
		StoreWords: c.storeOptions.words(),
		CoresWords: c.coresOptions.given(),
		Stop:       c.interrupts.stop, Log: c.err,
		Begun: func(url string) {
			fmt.Fprintf(c.out, "The studio of %s is at\n\n  %s\n\nInterrupt to end it.\n", spec,
				url)
			if c.show {
				studio.Browse(url)
			}
		},
	})
}

// studioSpec returns the spec that the arguments name, which need not be there yet.
func studioSpec(args []string) (string, error) {
	path, err := project.SpecPath(args)
	if err == nil {
		return path, nil
	}
	at := "."
	if len(args) > 0 {
		at = args[0]
	}
	info, missing := os.Stat(at)
	switch found, _ := filepath.Glob(filepath.Join(at, "*.hcl")); {
	case missing == nil && info.IsDir() && len(found) == 0:
		return filepath.Join(at, "study.hcl"), nil
	case os.IsNotExist(missing) && strings.HasSuffix(at, ".hcl"):
		return at, nil
	case os.IsNotExist(missing):
		return "", step.WithHint(err, "name a folder that is there, or a spec such as study.hcl")
	}
	return "", err
}
