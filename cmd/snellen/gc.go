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
	"snellen/cmd/snellen/storecare"
	"snellen/cmd/snellen/storeview"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/gc"
	"snellen/engine/shared"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/term"
)

// A gcCommand frees what the store holds and nobody needs. It asks first, with a list of what goes.
type gcCommand struct {
	*app
	ofSharedOptions
	jsonOptions
	approvalOptions
	older cmdline.Age
	most  cmdline.Size
	dry   bool
	locks []string // lock files beside those that are found

	st     *store.Store
	limits gc.Limits
}

func newGC(a *app) *cobra.Command {
	g := &gcCommand{app: a}
	return a.command(&cobra.Command{
		Use: "gc [LOCKFILE...]", Short: "Free what the store holds and nobody needs",
		Args: g.takes(0, -1),
		ValidArgsFunction: cobra.FixedCompletions([]string{"lock.hcl"},
			cobra.ShellCompDirectiveFilterFileExt),
		Long: `Free what the store holds and nobody needs. What is shown goes, the cheapest to make
again for each byte first.

Temporary files of dead processes always go, and so do objects that no record names. -older-than
forgets the steps that no apply made or found for so long. -max-size frees outputs until the rest
fits; their steps stay known, so that a plan still counts them as cached until something must read
them. What a lock file holds (of any spec that was applied, in the current folder, or a LOCKFILE),
and what a running apply relies on, never goes.

With -shared, what is removed is in the shared store that the current folder's spec names, or the
environment or -shared=URL: with -older-than, the results that were sent so long ago, and what no
result names and is older than a day. When others last used a result is not known, and neither are
lock files that are only on their machines: name theirs, too.`,
		Example: `  snellen gc -dry-run
  snellen gc -older-than 30d
  snellen gc -max-size 20GB -auto-approve
  snellen gc -shared -older-than 90d -dry-run ../*/*.lock.hcl`,
	}, g)
}

func (g *gcCommand) flags(f *pflag.FlagSet) {
	g.ofSharedOptions.flags(f, "collect the shared store")
	g.approvalOptions.flags(f)
	g.jsonOptions.flags(f, "print one JSON value; without -dry-run needs -auto-approve")
	f.Var(&g.older, "older-than",
		"forget steps that were last used this `TIME` ago, such as 36h or 30d")
	f.Var(&g.most, "max-size", "free outputs until all fit into `SIZE`, such as 500MB or 20GiB")
	f.BoolVar(&g.dry, "dry-run", false,
		"only show what would go, with sizes and the time to make it again")
}

func (g *gcCommand) run(ctx context.Context, args []string) error {
	if g.json && !g.dry && !g.approved {
		return errJSONAsks
	}
	if g.locks = g.shared.Take(args); g.shared.On {
		return g.collectShared(ctx)
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

// collectShared is run with -shared.
func (g *gcCommand) collectShared(ctx context.Context) error {
	if g.most.Typed != "" {
		return step.WithHint(errors.New("-max-size is for the store of this machine alone"),
			"write -older-than 30d")
	}
	chosen, err := g.chosen(g.app, nil)
	if err != nil {
		return err
	}
	g.bound()
	return g.desk(g.json).Collect(ctx, g.store, chosen, storecare.Collection{
		Rules: shared.Rules{Before: g.limits.Before}, Dry: g.dry,
		Pins: func(st *store.Store) (gc.Pins, error) { g.st = st; return g.pins() },
		Confirm: func() error {
			return g.confirm(ctx, g.app, "Remove this for all who share it?", "nothing was removed")
		},
		Next: func() { g.next("Nothing was removed yet. Next: ", g.sameCommand()...) },
	})
}

// pins returns what lock files hold.
func (g *gcCommand) pins() (gc.Pins, error) {
	return project.Pins(g.st, g.locks, func(list specs.Diagnostics) { g.show(list) })
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
	words = g.storeOptions.words(g.specOptions.words(words...)...)
	return append(g.shared.Words(words...), g.locks...)
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
