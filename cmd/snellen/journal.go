package main

import (
	"context"
	"os"
	"time"

	"snellen/cmd/snellen/project"
	"snellen/engine"
	"snellen/engine/journal"
	"snellen/specs/secret"
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
	source, given := p.Recorded()
	return journal.Create(p.Store, journal.Start{
		Time: time.Now(), Spec: p.Spec, Study: p.Study.Name, Verb: verb,
		Command:  proc.Line(append([]string{"snellen"}, secret.WithoutValues(os.Args[1:])...)...),
		Versions: versions, Source: source, Given: given,
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
