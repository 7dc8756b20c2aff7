package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"snellen/engine"
	"snellen/steps/address"
	"snellen/steps/term"
)

// A Plan is a plan for people: a row a resolution, a column for each sort of step, the causes, and
// the totals.
type Plan struct {
	Plan        *engine.Plan
	Resolutions []string       // names, in the study's order
	Kinds       []string       // names of all kinds, in the order of the work
	Pools       map[string]int // of the apply
	Steps       bool           // list each step in place of the causes
	Left        int            // steps of the study that the plan is not about
	Costing     *Costing       // in the cloud; nil where nothing costs anything
	Bill        string         // the same in words
	From        string         // URL of the shared store; "" for none
}

// Pending reports whether a plan has anything to do: to run, or to fetch.
func Pending(plan *engine.Plan) bool {
	far, bytes := plan.Fetches()
	return Runs(plan) || far > 0 || bytes > 0
}

// Runs reports whether a plan runs anything, or may.
func Runs(plan *engine.Plan) bool {
	return plan.Count(engine.Cached) < len(plan.Decisions)
}

const (
	Columns = 100 // how wide a plan is where there is no terminal
	lines   = 25  // how high it is, but for -v and for a study of very many resolutions
)

// shared is the row of the steps that all resolutions have in common.
const shared = "all"

// The symbols of a plan: they carry the meaning, and colour only helps.
var symbols = []struct{ symbol, colour, meaning string }{
	{"+", "32", "run, never run before"}, {"~", "33", "run again"},
	{"?", "36", "maybe, if other bytes come out above"}, {"<", "34", "shared"}, {"=", "", "cached"},
}

// symbol returns the index of a decision's symbol in symbols.
func symbol(d *engine.Decision) int {
	switch {
	case d.Verdict == engine.Cached && d.Far:
		return 3
	case d.Verdict == engine.Cached:
		return 4
	case d.Verdict == engine.Maybe:
		return 2
	case d.Before:
		return 1
	}
	return 0
}

// Write writes the plan in lines of at most that many columns; 0 is no limit.
func (p *Plan) Write(w io.Writer, wide int, colour bool) error {
	if !Runs(p.Plan) && !p.Steps {
		_, err := io.WriteString(w, Wrap(p.Unchanged(), wide))
		return err
	}
	var b strings.Builder
	if err := p.grid().Write(&b, wide, colour); err != nil {
		return err
	}
	b.WriteByte('\n')
	end := Wrap(p.totals(), wide) + Wrap(p.fetches(p.From), wide) + Wrap(p.expected(), wide) +
		Wrap(p.Bill, wide)
	if p.Steps {
		if err := p.list(&b, colour); err != nil {
			return err
		}
	} else {
		room := max(6, lines-strings.Count(b.String(), "\n")-1-strings.Count(end, "\n"))
		b.WriteString(p.causes(wide, room))
	}
	b.WriteString("\n" + end)
	_, err := io.WriteString(w, b.String())
	return err
}

// counts are the numbers of steps of one row and kind, by symbol.
type counts [5]int

// grid counts the steps, by rows and by what their addresses call them. Where there are very many
// resolutions, neighbours with equal counts share a row.
func (p *Plan) grid() *term.Grid {
	table := map[string]map[string]counts{}
	for _, d := range p.Plan.Decisions {
		row := p.row(d.Node.Address)
		if table[row] == nil {
			table[row] = map[string]counts{}
		}
		word := p.word(d.Node.Address)
		c := table[row][word]
		c[symbol(d)]++
		table[row][word] = c
	}
	words := p.columns()
	g := term.Grid{Blocks: true}
	g.Row(append([]string{"resolution"}, words...)...)
	for _, names := range p.rows(table) {
		cells := []term.Cell{{Text: title(names)}}
		for _, word := range words {
			cells = append(cells, table[names[0]][word].cell())
		}
		g.Rows = append(g.Rows, cells)
	}
	return &g
}

// roomy is how many resolutions have a row each in any case.
const roomy = 10

// rows returns the names of what is in the plan; those that share a row are together.
func (p *Plan) rows(table map[string]map[string]counts) [][]string {
	var all [][]string
	for _, name := range append([]string{shared}, p.Resolutions...) {
		if table[name] == nil {
			continue
		}
		last := len(all) - 1
		if len(p.Resolutions) > roomy && last >= 0 && all[last][0] != shared &&
			equal(table[all[last][0]], table[name]) {
			all[last] = append(all[last], name)
			continue
		}
		all = append(all, []string{name})
	}
	return all
}

func equal(a, b map[string]counts) bool {
	if len(a) != len(b) {
		return false
	}
	for kind, c := range a {
		if b[kind] != c {
			return false
		}
	}
	return true
}

// title returns the text before a row.
func title(names []string) string {
	first, last := term.Clean(names[0]), term.Clean(names[len(names)-1])
	if len(names) == 1 {
		return first
	}
	return fmt.Sprintf("%s to %s (%d, each)", first, last, len(names))
}

// cell returns "+17", "~1 =16", or nothing. Its colour is the first symbol's.
func (c counts) cell() term.Cell {
	var out term.Cell
	for i, s := range symbols {
		switch {
		case c[i] == 0:
			continue
		case out.Text == "":
			out.Colour = s.colour
		default:
			out.Text += " "
		}
		out.Text += fmt.Sprintf("%s%d", s.symbol, c[i])
	}
	return out
}

// row returns the resolution that an address belongs to, or shared.
func (p *Plan) row(at string) string {
	name, _ := address.Place(at, p.Resolutions)
	return cmp.Or(name, shared)
}

// columns returns the words by which addresses name the kinds of the plan's steps, in the order of
// the work. One word may stand for several kinds: what trains, here or elsewhere, is train.
func (p *Plan) columns() []string {
	has := map[string][]string{} // words by kind
	for _, d := range p.Plan.Decisions {
		word, kind := p.word(d.Node.Address), d.Node.Kind.Name
		if !slices.Contains(has[kind], word) {
			has[kind] = append(has[kind], word)
		}
	}
	var words []string
	for _, kind := range p.Kinds {
		for _, word := range has[kind] {
			if !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
	}
	return words
}

// word returns what an address calls the kind of its step: "probe", "train".
func (p *Plan) word(at string) string {
	_, word := address.Place(at, p.Resolutions)
	return word
}

// list writes each step on a line, by rows.
func (p *Plan) list(w io.Writer, colour bool) error {
	var g term.Grid
	for _, row := range append([]string{shared}, p.Resolutions...) {
		for _, d := range p.Plan.Decisions {
			if p.row(d.Node.Address) != row {
				continue
			}
			s := symbols[symbol(d)]
			text := d.Why.Text
			if d.Verdict == engine.Maybe {
				text = "maybe: " + text
			}
			if d.Fetch > 0 && text == "" {
				text = "fetches " + term.Bytes(d.Fetch)
			}
			g.Rows = append(g.Rows, []term.Cell{{Text: s.symbol, Colour: s.colour},
				{Text: term.Clean(d.Node.Address)}, {Text: took(d)}, {Text: term.Clean(text)}})
		}
	}
	return g.Write(w, 0, colour) // a reason is what the list is for: no part of it is cut
}

// took returns how long a step is expected to take.
func took(d *engine.Decision) string {
	switch {
	case d.Verdict == engine.Cached && d.Far:
		return "shared"
	case d.Verdict == engine.Cached:
		return "cached"
	case d.Expect.Like == 0:
		return "unknown"
	}
	return term.Duration(d.Expect.Took)
}

// Unchanged returns the line of a plan that has nothing to run. It may have something to fetch.
func (p *Plan) Unchanged() string {
	all := fmt.Sprintf("ll %d steps have their results", len(p.Plan.Decisions))
	if !Pending(p.Plan) {
		return "No changes. A" + all + "." + p.rest()
	}
	fetches := p.fetches("")
	switch far, _ := p.Plan.Fetches(); far {
	case 0:
		fetches = p.fetches(p.From)
	case len(p.Plan.Decisions):
		all += " in " + term.Clean(p.From)
	default:
		all += fmt.Sprintf(", %d of them in %s", far, term.Clean(p.From))
	}
	return "Nothing to run: a" + all + "." + p.rest() + " " + fetches
}

// fetches says what comes from the shared store, or "". from is its URL, or "" where that is
// clear.
func (p *Plan) fetches(from string) string {
	far, bytes := p.Plan.Fetches()
	most := ""
	if from != "" {
		from = " from " + term.Clean(from)
	}
	if p.Plan.Count(engine.Maybe) > 0 {
		most = "at most "
	}
	switch {
	case bytes > 0:
		return fmt.Sprintf("Fetches %s%s%s.", most, term.Bytes(bytes), from)
	case far > 0:
		return fmt.Sprintf("Fetches %s%s, and no outputs.", term.Count(far, "record"), from)
	}
	return ""
}

// rest says how many steps the plan does not cover.
func (p *Plan) rest() string {
	if p.Left == 0 {
		return ""
	}
	return fmt.Sprintf(" %s of the study left out.", term.Count(p.Left, "other step is",
		"other steps are"))
}

// totals counts the plan's steps by what happens to them.
func (p *Plan) totals() string {
	var all counts
	for _, d := range p.Plan.Decisions {
		all[symbol(d)]++
	}
	var parts []string
	for i, s := range symbols {
		if all[i] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d %s", s.symbol, all[i], s.meaning))
		}
	}
	return fmt.Sprintf("%s: %s.", term.Count(len(p.Plan.Decisions), "step"),
		strings.Join(parts, "; ")) + p.rest()
}

// Wrap breaks a line at its blanks where it is longer than wide columns; 0 is no limit. The lines
// that follow are indented by four more than the first. "" stays "".
func Wrap(text string, wide int) string {
	if text == "" {
		return ""
	}
	body := strings.TrimLeft(text, " ")
	indent := text[:len(text)-len(body)]
	return strings.Join(term.Wrap(body, wide, indent, indent+"    "), "\n") + "\n"
}
