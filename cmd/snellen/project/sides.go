package project

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"strings"

	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/specs/builtin"
	"snellen/steps/proc"
	"snellen/steps/report"
	"snellen/steps/revision"
	"snellen/steps/sides"
	"snellen/steps/term"
)

// A SideRequest is what compare was asked to compare: specs as they were applied last, a spec at
// git revisions, or runs of the journal.
type SideRequest struct {
	Store     string // its folder, as New has it
	Shared    string // likewise
	Variables []specs.Assignment
	Specs     []string // arguments
	Revisions []string
	Runs      []string
}

// Open opens the two sides, in the order of time as far as that is known: revisions and runs as
// they were given, and then what was applied last. An error may be specs.Diagnostics.
func (o SideRequest) Open(ctx context.Context) (before, now *sides.Side, err error) {
	past := len(o.Revisions) + len(o.Runs)
	switch {
	case past == 0 && len(o.Specs) < 2:
		return nil, nil, step.WithHint(errors.New("compare needs two things to compare"),
			"name two specs, or -rev HEAD for what was committed last, or -run RUN for a past run")
	case past > 2, past > 0 && len(o.Specs) > 1:
		return nil, nil, step.WithHint(errors.New("compare compares two things, not more"),
			"name two specs, or one with -rev or -run, each of which may be given twice in all")
	}
	paths, err := o.paths()
	if err != nil {
		return nil, nil, err
	}
	var open []func() (*sides.Side, error)
	for _, name := range o.Revisions {
		open = append(open, func() (*sides.Side, error) { return o.at(ctx, paths[0], name) })
	}
	for _, id := range o.Runs {
		open = append(open, func() (*sides.Side, error) { return o.ofRun(paths[0], id) })
	}
	for _, path := range paths {
		open = append(open, func() (*sides.Side, error) { return o.applied(ctx, path) })
	}
	if before, err = open[0](); err != nil {
		return nil, nil, err
	}
	now, err = open[1]()
	return before, now, err
}

// paths returns the specs that were named, or the current folder's. Two runs need none.
func (o SideRequest) paths() ([]string, error) {
	var list []string
	for i := range max(len(o.Specs), 1) {
		path, err := SpecPath(o.Specs[min(i, len(o.Specs)):])
		if err != nil && len(o.Specs) == 0 && len(o.Runs) == 2 {
			return []string{""}, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, path)
	}
	return list, nil
}

// applied returns the side of a spec as it was applied last: what its lock file has, or what the
// store remembers where there is no lock file.
func (o SideRequest) applied(ctx context.Context, spec string) (*sides.Side, error) {
	s, list := specs.Load(spec, LoadOptions(o.Variables, ToRead))
	if s == nil {
		return nil, list
	}
	p, err := New(s, o.Store, o.Shared)
	if err != nil {
		return nil, err
	}
	source := sides.Source{Title: spec, Study: s, Graph: p.Graph, Placed: true,
		Again: proc.Line("snellen", "apply", spec), Reports: reportsOf(spec)}
	lock, list := p.ReadLock()
	switch {
	case list.HasErrors():
		return nil, list
	case lock != nil:
		addLock(&source, lock)
	case len(p.Last.Keys) > 0:
		source.Keys, source.Inputs = p.Last.Keys, p.inputs(p.Last.Keys)
	default:
		return nil, step.WithHint(fmt.Errorf("%s was not applied yet: there is no %s", spec,
			specs.LockPath(spec)), proc.Line("snellen", "apply", spec))
	}
	if n := p.ahead(ctx, source.Keys); n > 0 {
		source.Notes = append(source.Notes, fmt.Sprintf("An apply of %s would now run %s from the "+
			"last apply's, which this is about.", spec,
			term.Count(n, "step that differs", "steps that differ")))
	}
	return sides.Read(p.Store, source)
}

// ahead counts the steps that an apply would run now and that are known to have other keys than
// these. It returns 0 where that cannot be decided.
func (p *Project) ahead(ctx context.Context, keys map[string]store.Key) int {
	plan, err := p.DecideHere(ctx)
	if err != nil {
		return 0
	}
	n := 0
	for _, d := range plan.Decisions {
		if d.Verdict != engine.Cached && d.Manifest != "" && d.Key != keys[d.Node.Address] {
			n++
		}
	}
	return n
}

// inputs returns the digests of people's files that steps with these keys read, by paths as a lock
// file has them.
func (p *Project) inputs(keys map[string]store.Key) map[string]string {
	all := map[string]string{}
	for _, n := range p.Graph.Nodes {
		record, err := p.Store.Lookup(keys[n.Address])
		if err != nil {
			continue
		}
		d := &engine.Decision{Node: n, PartialManifest: record.Manifest}
		for _, in := range d.Ingredients() {
			if in.From == "" && in.Digest != "" {
				all[p.lockPath(in.File)] = in.Digest
			}
		}
	}
	return all
}

// addLock adds what a lock file has to a side.
func addLock(source *sides.Source, lock *specs.Lock) {
	source.Tools, source.Inputs = lock.Tools, lock.Inputs
	source.Keys, source.Outputs = map[string]store.Key{}, map[string]map[string]string{}
	for at, locked := range lock.Steps {
		var key store.Key
		if key.UnmarshalText([]byte(locked.Key)) == nil {
			source.Keys[at], source.Outputs[at] = key, maps.Clone(locked.Outputs)
		}
	}
}

// maxReport bounds the text of a report.json, in bytes. Large studies have some ten million.
const maxReport = 64 << 20

// reportsOf returns what reads the document of a spec's report.
func reportsOf(spec string) func() [][]byte {
	return func() [][]byte {
		data, err := builtin.ReadFile(report.JSONOf(spec), maxReport)
		if err != nil {
			return nil
		}
		return [][]byte{data}
	}
}

// at returns the side of a spec at a git revision: what its lock file had then.
func (o SideRequest) at(ctx context.Context, spec, name string) (*sides.Side, error) {
	dir, base := filepath.Dir(spec), filepath.Base(spec)
	commit, err := revision.Find(ctx, dir, name)
	if err != nil {
		return nil, err
	}
	lockName := specs.LockPath(base)
	text, err := commit.Read(ctx, lockName, specs.MaxLock)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, step.WithHint(fmt.Errorf("there was no %s at %v", specs.LockPath(spec), commit),
			gitLine(dir, "log", "--oneline", "--", lockName)+" lists revisions that have it")
	}
	if err != nil {
		return nil, err
	}
	lock, list := specs.ParseLock(fmt.Sprintf("%s at %v", lockName, commit), text)
	if lock == nil {
		return nil, list
	}
	st, err := OpenStore(o.Store)
	if err != nil {
		return nil, err
	}
	source := sides.Source{Title: fmt.Sprintf("%s at %v", spec, commit)}
	addLock(&source, lock)
	then := strings.TrimSuffix(base, ".hcl") + "." + commit.Hash[:7] + ".hcl"
	source.Again = gitLine(dir, "show", commit.Hash[:12]+":./"+base) + " > " +
		proc.Line(filepath.Join(dir, then)) + " && " +
		proc.Line("snellen", "apply", filepath.Join(dir, then))
	source.Reports = func() [][]byte {
		list := reportsOf(spec)()
		if data, err := commit.Read(ctx, report.JSONOf(base), maxReport); err == nil {
			list = append(list, data)
		}
		return list
	}
	if err := o.specAt(ctx, &source, commit, spec); err != nil {
		return nil, err
	}
	return sides.Read(st, source)
}

// gitLine returns a command line of git that works in a folder.
func gitLine(dir string, words ...string) string {
	git := []string{"git"}
	if dir != "." {
		git = append(git, "-C", dir)
	}
	return proc.Line(append(git, words...)...)
}

// specAt adds the study that a spec was at a commit. A spec that cannot be read any more is a note:
// the lock file says much without it.
func (o SideRequest) specAt(ctx context.Context, source *sides.Source, commit revision.Commit,
	spec string) error {
	options := LoadOptions(o.Variables, ToRead)
	var err error
	options.Source, err = commit.Read(ctx, filepath.Base(spec), builtin.MaxSize)
	if err == nil {
		options.Vars, err = commit.Read(ctx, specs.VarsPath(filepath.Base(spec)), builtin.MaxSize)
		if errors.Is(err, fs.ErrNotExist) {
			options.Vars, err = []byte{}, nil
		}
	} else if errors.Is(err, fs.ErrNotExist) {
		source.Notes = append(source.Notes, fmt.Sprintf("There was no %s at %v: what follows "+
			"from its lock file alone is said.", spec, commit))
		return nil
	}
	if err != nil {
		return err
	}
	return o.load(source, spec, options)
}

// load adds the study of a spec's text. Its mistakes are a note: the keys say much without it.
func (o SideRequest) load(source *sides.Source, spec string, options specs.Options) error {
	s, list := specs.Load(spec, options)
	if s == nil {
		source.Notes = append(source.Notes, fmt.Sprintf("%s cannot be read as a spec today: %v. "+
			"What follows from keys and digests alone is said.", source.Title, list))
		return nil
	}
	p, err := New(s, o.Store, o.Shared)
	if err != nil {
		return err
	}
	source.Study, source.Graph = s, p.Graph
	if source.Inputs == nil {
		source.Inputs = p.inputs(source.Keys)
	}
	return nil
}

// ofRun returns the side of a run of the journal, which is named as for journal.Find. spec is the
// study of "last"; "" is any.
func (o SideRequest) ofRun(spec, id string) (*sides.Side, error) {
	st, err := OpenStore(o.Store)
	if err != nil {
		return nil, err
	}
	if spec != "" {
		if spec, err = filepath.Abs(spec); err != nil {
			return nil, err
		}
	}
	r, err := journal.Find(st, id, spec)
	if err != nil {
		return nil, err
	}
	source := sides.Source{Title: "run " + r.ID, Reports: reportsOf(r.Start.Spec)}
	if source.Keys, err = journal.Keys(st, r.ID); err != nil {
		return nil, err
	}
	if len(source.Keys) == 0 {
		return nil, step.WithHint(fmt.Errorf("no step has a result in run %s", r.ID),
			"type snellen runs to see others")
	}
	options := LoadOptions(nil, ToRead)
	if r.Start.Source != "" {
		var given specs.Arguments
		if err := json.Unmarshal(r.Start.Given, &given); err != nil {
			return nil, fmt.Errorf("read run %s: %w", r.ID, err)
		}
		options.Source, options.Assignments = []byte(r.Start.Source), given.Assignments
		options.Env = given.Env
	} else {
		source.Guessed, options.Assignments = true, o.Variables
		source.Notes = append(source.Notes, fmt.Sprintf("The journal of %s does not have its "+
			"spec: its results are read by %s as that is now.", source.Title,
			filepath.Base(r.Start.Spec)))
	}
	if err := o.load(&source, r.Start.Spec, options); err != nil {
		return nil, err
	}
	return sides.Read(st, source)
}

// maxSource bounds the text of a spec that a journal keeps, in bytes: a line of a journal is short.
const maxSource = 256 << 10

// Recorded returns the text of the spec, and the values that it was loaded with, for the journal.
// It returns nothing for a spec with sensitive variables: their defaults may be secrets.
func (p *Project) Recorded() (source string, given json.RawMessage) {
	text, err := regular.Read(p.Study.File, maxSource)
	if err != nil || len(p.Study.Secrets) > 0 {
		return "", nil
	}
	if given, err = json.Marshal(p.Study.Arguments); err != nil || len(given) > maxSource {
		return "", nil
	}
	return string(text), given
}
