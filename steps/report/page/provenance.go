package page

import (
	"strings"

	"snellen/steps/report/document"
)

// A StepGroup holds all steps of one kind.
type StepGroup struct {
	Kind    string
	Steps   []document.Step
	Seconds float64 // that all steps took
	Missing int     // how many have no result
}

// StepGroups returns the steps by kind, ordered by the first step of each kind.
func (v *view) StepGroups() []*StepGroup {
	var list []*StepGroup
	at := map[string]*StepGroup{}
	for _, s := range v.Steps {
		if at[s.Kind] == nil {
			at[s.Kind] = &StepGroup{Kind: s.Kind}
			list = append(list, at[s.Kind])
		}
		w := at[s.Kind]
		w.Steps, w.Seconds = append(w.Steps, s), w.Seconds+deref(s.Seconds)
		if s.Key == nil {
			w.Missing++
		}
	}
	return list
}

// Tools returns the tools of all steps, each once.
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

// A Command is a command line and what it does.
type Command struct{ Line, Text string }

// Commands returns the commands that reproduce and check the results.
func (v *view) Commands() []Command {
	spec, address := shellQuote(v.Spec), "ADDRESS"
	if len(v.Resolutions) > 0 && len(v.Resolutions[0].Runs) > 0 {
		address = shellQuote(v.Resolutions[0].Runs[0].Address)
	}
	return []Command{
		{"snellen plan " + spec, "shows what would run again, and why"},
		{"snellen apply " + spec, "runs it and writes this report"},
		{
			"snellen verify " + spec, "runs every step again in an empty folder and compares the " +
				"bytes",
		},
		{
			"snellen explain " + address + " " + spec,
			"shows everything that a step depends on, and its key",
		},
		{"snellen logs " + address + " " + spec, "shows the step's log and its exact command"},
		{"snellen report -format json " + spec, "prints these results for a program"},
	}
}

// shellQuote returns s as one word of a shell's command line.
func shellQuote(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-_./", r))
	}) < 0
	// A word that begins with "-" would be taken for a flag.
	if plain && s != "" && s[0] != '-' {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
