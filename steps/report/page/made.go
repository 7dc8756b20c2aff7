package page

import (
	"strconv"
	"strings"

	"snellen/steps/report/document"
)

// A Confusion is one resolution's, of one evaluation.
type Confusion struct {
	Evaluation, Resolution string
	Open                   bool
	Found                  []string
	Rows                   []ConfusionRow
}

// A ConfusionRow is one expected label.
type ConfusionRow struct {
	Expected string
	Counts   []Cell // Mark shades it by its share of the row, and tells what is right
}

// Confusions are those of all evaluations and resolutions; that of the resolution that was chosen is open.
func (v *view) Confusions() []Confusion {
	var list []Confusion
	for _, r := range v.Resolutions {
		for _, e := range r.Evaluations {
			if e.Confusion == nil {
				continue
			}
			c := Confusion{Evaluation: e.Name, Resolution: r.Resolution, Found: e.Confusion.Found, Open: r.Resolution == pointer(v.Decision.Resolution)}
			for i, expected := range e.Confusion.Expected {
				c.Rows = append(c.Rows, confusionRow(expected, e.Confusion.Found, e.Confusion.Counts[i]))
			}
			list = append(list, c)
		}
	}
	return list
}

func confusionRow(expected string, found []string, counts []int) ConfusionRow {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	row := ConfusionRow{Expected: expected}
	for j, n := range counts {
		cell := whole(n)
		switch {
		case n == 0:
			cell.Text = "·"
		case found[j] == expected:
			cell.Mark = "share hit" + strconv.Itoa(shade(n, sum))
		default:
			cell.Mark = "share miss" + strconv.Itoa(shade(n, sum))
		}
		row.Counts = append(row.Counts, cell)
	}
	return row
}

// shade is a share in five steps, from 1.
func shade(n, of int) int { return 1 + min(5*n/of, 4) }

// A Work is all steps of one kind.
type Work struct {
	Kind    string
	Steps   []document.Step
	Seconds float64 // that all took
	Missing int     // that have no result
}

// Works are the steps by kind, in the order in which the kinds come first.
func (v *view) Works() []*Work {
	var list []*Work
	at := map[string]*Work{}
	for _, s := range v.Steps {
		if at[s.Kind] == nil {
			at[s.Kind] = &Work{Kind: s.Kind}
			list = append(list, at[s.Kind])
		}
		w := at[s.Kind]
		w.Steps, w.Seconds = append(w.Steps, s), w.Seconds+pointer(s.Seconds)
		if s.Key == nil {
			w.Missing++
		}
	}
	return list
}

// Tools are the study's, each once.
func (v *view) Tools() []document.Tool {
	var list []document.Tool
	known := map[document.Tool]bool{}
	for _, s := range v.Steps {
		for _, t := range s.Tools {
			if !known[t] {
				known[t] = true
				list = append(list, t)
			}
		}
	}
	return list
}

// A Command is one to type.
type Command struct{ Line, Text string }

// Commands make and check the results again.
func (v *view) Commands() []Command {
	spec, address := quoted(v.Spec), "ADDRESS"
	if len(v.Resolutions) > 0 && len(v.Resolutions[0].Runs) > 0 {
		address = quoted(v.Resolutions[0].Runs[0].Address)
	}
	return []Command{
		{"snellen plan " + spec, "shows what would run again, and why"},
		{"snellen apply " + spec, "runs that, and writes this report"},
		{"snellen verify " + spec, "runs every step again in a clean place and compares the bytes"},
		{"snellen explain " + address + " " + spec, "tells all that one step depends on, and its key"},
		{"snellen logs " + address + " " + spec, "shows what it logged, and its exact command"},
		{"snellen report -format json " + spec, "prints these results for a program"},
	}
}

// quoted is a word as a shell takes it.
func quoted(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./", r))
	}) < 0
	if plain && s != "" && s[0] != '-' {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
