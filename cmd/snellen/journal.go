package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"snellen/cmd/snellen/project"
	"snellen/engine"
	"snellen/engine/journal"
	"snellen/steps/proc"
)

// openJournal starts the journal of a run of this command. Its tools were asked for their
// identities when the plan was decided, so asking again costs nothing.
func openJournal(ctx context.Context, p *project.Project, verb string) (*journal.Writer, error) {
	versions := map[string]string{"snellen": ownVersion()}
	for _, n := range p.Graph.Nodes {
		for _, tool := range n.Kind.Tools {
			if identity, err := p.Tool(ctx, tool); err == nil { // asked already, to decide
				versions[tool] = identity
			}
		}
	}
	return journal.Create(p.Store, journal.Start{
		Time: time.Now(), Spec: p.Spec, Study: p.Study.Name, Verb: verb,
		Command: proc.Line(withoutValues(os.Args[1:])...), Versions: versions,
	})
}

// closeJournal ends the journal of an apply. A journal that cannot be written is a warning: results
// are results.
func (a *app) closeJournal(j *journal.Writer, result *engine.Result, problem error) {
	outcome := journal.Failed
	if result != nil {
		outcome = journal.ApplyOutcome(result)
	}
	if err := j.Close(outcome, problem); err != nil {
		a.warn(err.Error())
	}
}

// withoutValues returns a command line that may be kept. What a variable was set to may be a
// secret, and is left out.
func withoutValues(args []string) []string {
	words := append([]string{"snellen"}, slices.Clone(args)...)
	for i, w := range words {
		name, value, _ := strings.Cut(w, "=")
		switch {
		case i > 0 && strings.TrimLeft(words[i-1], "-") == "var" &&
			strings.HasPrefix(words[i-1], "-"):
			words[i] = name + "=..."
		case strings.TrimLeft(name, "-") == "var" && strings.HasPrefix(name, "-") && value != "":
			variable, _, _ := strings.Cut(value, "=")
			words[i] = name + "=" + variable + "=..."
		}
	}
	return words
}
