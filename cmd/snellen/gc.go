package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/cmdline"
	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/storeview"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/gc"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/term"
)

// A gcCommand frees what the store holds and nobody needs. It asks first, with a list of what goes.
type gcCommand struct {
	*app
	storeOptions
	jsonOptions
	approvalOptions
	older cmdline.Age
	most  cmdline.Size
	dry   bool

	st     *store.Store
	limits gc.Limits
}

func newGC(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "gc", Short: "Free what the store holds and nobody needs", Args: takes(0, 0, ""),
		Long: `Free what the store holds and nobody needs. What is shown goes, the cheapest to make
again for each byte first.

Temporary files of dead processes always go, and so do objects that no record names. -older-than
forgets the steps that no apply made or found for so long. -max-size frees outputs until the rest
fits; their steps stay known, so that a plan still counts them as cached until something must read
them. What a lock file holds (of any spec that was applied, or in the current folder), and what a
running apply relies on, never goes.`,
		Example: `  snellen gc -dry-run
  snellen gc -older-than 30d
  snellen gc -max-size 20GB -auto-approve`,
	}, &gcCommand{app: a})
}

func (g *gcCommand) flags(f *pflag.FlagSet) {
	g.storeOptions.flags(f)
	g.approvalOptions.flags(f)
	g.jsonOptions.flags(f, "print one JSON value; without -dry-run needs -auto-approve")
	f.Var(&g.older, "older-than",
		"forget steps that were last used this `TIME` ago, such as 36h or 30d")
	f.Var(&g.most, "max-size", "free outputs until all fit into `SIZE`, such as 500MB or 20GiB")
	f.BoolVar(&g.dry, "dry-run", false,
		"only show what would go, with sizes and the time to make it again")
}

func (g *gcCommand) run(ctx context.Context, _ []string) error {
	if g.json && !g.dry && !g.approved {
		return errJSONAsks
	}
	g.bound()
	var err error
	if g.st, err = project.OpenStore(g.store); err != nil {
		return err
	}
	pins, err := g.pins()
	if err != nil {
		return err
	}
	survey, err := gc.Scan(g.st, pins)
	if err != nil {
		return err
	}
	choice := survey.Choose(g.limits)
	if g.dry {
		return g.preview(survey, choice)
	}
	if !g.json {
		if err := g.list(g.err, survey, choice, view.MaxRemovals); err != nil {
			return err
		}
	}
	if len(choice.Removals) > 0 {
		if err := g.confirm(ctx, g.app, "Free this?", "nothing was freed"); err != nil {
			return err
		}
	}
	return g.collect(ctx, choice)
}

// pins returns what lock files hold.
func (g *gcCommand) pins() (gc.Pins, error) {
	return project.Pins(g.st, func(list specs.Diagnostics) { g.show(list) })
}

// bound turns the flags into limits.
func (g *gcCommand) bound() {
	g.limits = gc.Limits{MaxSize: -1}
	if g.older.Typed != "" {
		g.limits.Before = time.Now().Add(-g.older.Duration)
	}
	if g.most.Typed != "" {
		g.limits.MaxSize = g.most.Bytes
	}
}

// collect frees what was shown, and no more: the store may have changed meanwhile.
func (g *gcCommand) collect(ctx context.Context, shownThen *gc.Choice) error {
	if err := g.st.Prepare(); err != nil {
		return engine.StoreError(err, g.st)
	}
	may := map[store.Key]bool{}
	for _, r := range shownThen.Removals {
		may[r.Key] = true
	}
	tick := view.NewTicker(g.err, "freeing")
	done, err := gc.Collect(ctx, g.st, gc.Rules{
		Limits: g.limits, Pins: g.pins, May: may, Progress: tick.Count,
		Busy: func() { fmt.Fprintln(g.err, "A step is being recorded; waiting for it.") },
	})
	tick.Close()
	if hint := g.st.SharingHint(err); hint != "" {
		err = step.WithHint(err, hint)
	}
	if done != nil && g.json {
		err = errors.Join(err, view.WriteJSON(g.out, storeview.NewCollected(false, done)))
	} else if done != nil {
		fmt.Fprintf(g.out, "Freed %s: %s. The store has %s.\n", term.Bytes(done.Frees),
			view.Removed(done), term.Bytes(done.Left))
	}
	return err
}

// preview shows a dry run.
func (g *gcCommand) preview(survey *gc.Survey, choice *gc.Choice) error {
	if g.json {
		return view.WriteJSON(g.out, storeview.NewCollected(true, choice))
	}
	if err := g.list(g.out, survey, choice, len(choice.Removals)); err != nil {
		return err
	}
	if choice.Frees > 0 {
		g.next("Nothing was freed yet. Next: ", g.sameCommand()...)
	}
	return nil
}

// sameCommand returns what to type for the same without -dry-run.
func (g *gcCommand) sameCommand() []string {
	words := []string{"gc"}
	if g.older.Typed != "" {
		words = append(words, "-older-than", g.older.Typed)
	}
	if g.most.Typed != "" {
		words = append(words, "-max-size", g.most.Typed)
	}
	return g.storeOptions.words(words...)
}

// list shows what goes.
func (g *gcCommand) list(w io.Writer, survey *gc.Survey, c *gc.Choice, most int) error {
	err := view.WriteRemovals(w, survey, c, most, g.colour(w))
	g.over(c)
	return err
}

// over warns that the store stays larger than -max-size.
func (g *gcCommand) over(c *gc.Choice) {
	if c.Over > 0 && !g.json {
		text := fmt.Sprintf("the store stays %s over -max-size: the rest are logs, and what may "+
			"not go",
			term.Bytes(c.Over))
		view.PrintWarning(g.err, text, g.colour(g.err))
	}
}
