package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/proc"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/price"
	"snellen/steps/study"
)

// A project is a study with its graph and its store.
type project struct {
	study *specs.Study
	spec  string // its file's absolute path
	graph *engine.Graph
	part  *engine.Graph // what plans are about: the graph, or what was chosen of it

	replaced map[string]bool // addresses of steps to run again though they are cached

	store  *store.Store
	memo   *store.Memo
	last   store.Last
	worker *workerProgram
	table  *price.Table // once asked for
}

// specFlags declares the flags of a command that loads a study.
func (a *app) specFlags(c *cobra.Command) {
	c.Flags().Var(assignments{&a.flags.given, false}, "var", "set a variable, `name=value`; may be repeated, and the last counts")
	c.Flags().Var(assignments{&a.flags.given, true}, "var-file", "read variables from `FILE`, as -var")
}

// storeFlag declares the flag of a command that opens the store.
func (a *app) storeFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.flags.store, "store", "", "keep results in `DIR` (default $SNELLEN_STORE, else snellen in the user's cache folder)")
}

// jsonFlag declares -json.
func (a *app) jsonFlag(c *cobra.Command, what string) {
	c.Flags().BoolVar(&a.flags.json, "json", false, what)
}

// specPath is the spec that a command's arguments name: a file, a folder's only one, or the current folder's.
func specPath(args []string) (string, error) {
	at := "."
	if len(args) > 0 {
		at = args[0]
	}
	if fi, err := os.Stat(at); len(args) > 0 && (err != nil || !fi.IsDir()) {
		return at, nil // reading it tells what is wrong
	}
	return findSpec(at)
}

// findSpec is a folder's only spec.
func findSpec(dir string) (string, error) {
	path, err := specs.Find(dir)
	if problem, ok := errors.AsType[*specs.FindError](err); ok {
		hint := "name one, or type snellen init to begin one"
		if len(problem.Found) > 0 {
			hint = "name one: " + proc.Line(filepath.Join(dir, problem.Found[0]))
		}
		return "", step.WithHint(err, hint)
	}
	return path, err
}

// load reads the study; its mistakes are printed, all at once.
func (a *app) load(args []string) (*specs.Study, error) {
	study, list, err := a.read(args)
	if err != nil {
		return nil, err
	}
	return study, a.show(list)
}

// read reads the study with the variables that the flags and the environment give.
func (a *app) read(args []string) (*specs.Study, specs.Diagnostics, error) {
	path, err := specPath(args)
	if err != nil {
		return nil, nil, err
	}
	given, err := a.given()
	if err != nil {
		return nil, nil, err
	}
	study, list := specs.Load(path, specs.Options{Assignments: given, Env: os.Environ(), Rules: sagemaker.Rules, WithoutFootage: a.onlyReads})
	return study, list, nil
}

// open loads the study, builds its graph and opens the store. Nothing is written.
func (a *app) open(args []string) (*project, error) {
	study, err := a.load(args)
	if err != nil {
		return nil, err
	}
	return a.project(study)
}

// project builds a study's graph and opens the store. Nothing is written.
func (a *app) project(s *specs.Study) (p *project, err error) {
	p = &project{study: s, worker: &workerProgram{}}
	if p.spec, err = filepath.Abs(s.File); err != nil {
		return nil, err
	}
	if p.graph, err = study.Build(s); err != nil {
		return nil, err
	}
	p.part = p.graph
	dir, err := storeDir(a.flags.store)
	if err != nil {
		return nil, err
	}
	if p.store, err = store.Open(dir); err != nil {
		return nil, step.WithHint(err, "choose another by -store DIR or SNELLEN_STORE")
	}
	p.memo = p.store.Memo()
	if p.last = p.store.Last(p.spec); len(p.last.Keys) == 0 {
		p.last = p.locked()
	}
	return p, nil
}

// locked is what the lock file says of the steps that the store has records of, for a spec that was never applied at this
// place: a copy of the project, or a fresh clone of it, has its reasons too.
func (p *project) locked() (last store.Last) {
	lock, list := specs.ReadLock(specs.LockPath(p.spec))
	if list.HasErrors() || lock == nil {
		return last // who asks for the lock file itself is told what is wrong with it
	}
	for address, s := range lock.Steps {
		var key store.Key
		if key.UnmarshalText([]byte(s.Key)) != nil {
			continue
		}
		if _, err := p.store.Lookup(key); err == nil {
			last.Set(address, key, nil)
		}
	}
	return last
}

// resolutions are the names, in the study's order.
func (p *project) resolutions() []string {
	var names []string
	for _, r := range p.study.Resolutions {
		names = append(names, r.Name)
	}
	return names
}

// common reports whether an address belongs to no resolution.
func (p *project) common(at string) bool {
	_, ok := address.Resolution(at, p.resolutions())
	return !ok
}

func storeDir(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if dir := os.Getenv("SNELLEN_STORE"); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", step.WithHint(fmt.Errorf("no place for the store: %w", err), "name one by -store DIR or SNELLEN_STORE")
	}
	return filepath.Join(cache, "snellen"), nil
}

// decide plans.
func (p *project) decide(ctx context.Context) (*engine.Plan, error) {
	decider := &engine.Decider{Store: p.store, Memo: p.memo, Tools: p.tool, Last: p.last, Replace: p.replaced}
	plan, err := decider.Decide(ctx, p.part)
	p.memo.Save()
	return plan, err
}

// remember keeps which key each address had, for the reasons of later plans.
func (p *project) remember(decisions []*engine.Decision) error {
	last := p.last.Clone()
	for _, d := range decisions {
		if d.Record == nil {
			continue
		}
		files, err := d.Node.Files()
		if err != nil {
			return err
		}
		last.Set(d.Node.Address, d.Record.Key(), files)
	}
	if last.Equal(p.last) {
		return nil
	}
	return p.store.SetLast(p.spec, last)
}

// remembered are decisions from what the addresses had last, for a report when the study cannot be decided.
func (p *project) remembered() []*engine.Decision {
	var list []*engine.Decision
	for _, n := range p.graph.Nodes {
		d := &engine.Decision{Node: n}
		if record, err := p.store.Lookup(p.last.Keys[n.Address]); err == nil {
			d.Record = &record
		}
		list = append(list, d)
	}
	return list
}

var errJSONAsks = step.WithHint(errors.New("-json cannot ask for a yes"), "pass -auto-approve")
