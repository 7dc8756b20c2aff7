package view

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"snellen/engine/gc"
	"snellen/steps/term"
)

// MaxRemovals is how many steps are listed before a question. A person reads no more, and a dry run
// lists all.
const MaxRemovals = 30

// WriteRemovals writes what a collection frees, at most so many steps of it, and what stays.
func WriteRemovals(w io.Writer, survey *gc.Survey, c *gc.Choice, most int, colour bool) error {
	wide := Width(w)
	if len(c.Removals) > 0 {
		grid := term.Grid{Right: []bool{false, true, true, true}}
		short := shortSpecs(survey)
		grid.Row("step", "frees", "to make again", "last used", "", "study")
		for _, r := range c.Removals[:min(most, len(c.Removals))] {
			what := "outputs"
			if r.Forgotten {
				what = "forgotten"
			}
			grid.Row(term.Clean(r.Address), term.Bytes(r.Frees), term.Duration(r.Took),
				ago(time.Since(r.Used)), what, term.Clean(short[r.Spec]))
		}
		if err := grid.Write(w, wide, colour); err != nil {
			return err
		}
		if len(c.Removals) > most {
			fmt.Fprintf(w, "   and %d more: see all by -dry-run\n", len(c.Removals)-most)
		}
		fmt.Fprintln(w)
	}
	text := fmt.Sprintf("%s of %s can be freed: %s.", term.Bytes(c.Frees), term.Bytes(survey.Bytes),
		Removed(c))
	if len(c.Removals) > 0 {
		text += fmt.Sprintf(" To make that again took %s.", term.Duration(c.Took))
	}
	if c.Frees == 0 && len(c.Removals) == 0 {
		text = fmt.Sprintf("There is nothing to free; the store has %s.", term.Bytes(survey.Bytes))
	}
	_, err := io.WriteString(w, Wrap(text, wide)+Wrap(staying(survey), wide))
	return err
}

// shortSpecs returns what each spec of the survey is called: its file name, with folders where two
// have the same.
func shortSpecs(survey *gc.Survey) map[string]string {
	var all []string
	for _, s := range survey.Steps {
		all = append(all, s.Spec)
	}
	return term.ShortPaths(all)
}

// staying says how many steps stay, and what holds them.
func staying(survey *gc.Survey) string {
	count := map[string]int{}
	for _, s := range survey.Steps {
		if s.Holder != "" {
			count[s.Holder]++
		}
	}
	var list []string
	for _, who := range slices.Sorted(maps.Keys(count)) {
		list = append(list, fmt.Sprintf("%d for %s", count[who], term.Clean(who)))
	}
	if len(list) == 0 {
		return "No lock file and no running apply needs anything."
	}
	return "Steps that stay: " + strings.Join(list, ", ") + "."
}

// Removed counts what goes: "outputs of 3 steps, 2 steps forgotten, 5 loose objects".
func Removed(c *gc.Choice) string {
	forgotten := 0
	for _, r := range c.Removals {
		if r.Forgotten {
			forgotten++
		}
	}
	var list []string
	for _, one := range []struct {
		n                   int
		before, what, after string
	}{
		{len(c.Removals) - forgotten, "outputs of ", "step", ""},
		{forgotten, "", "step", " forgotten"},
		{len(c.Loose), "", "loose object", ""}, {len(c.Damaged), "", "damaged record", ""},
	} {
		if one.n > 0 {
			list = append(list, one.before+term.Count(one.n, one.what)+one.after)
		}
	}
	if len(list) == 0 {
		return "no step's outputs"
	}
	return strings.Join(list, ", ")
}

// ago returns how long ago something was, for people: "5m ago", "3h ago", "12d ago".
func ago(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%dm ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh ago", int(d.Hours()))
	}
	return fmt.Sprintf("%dd ago", int(d.Hours()/24))
}
