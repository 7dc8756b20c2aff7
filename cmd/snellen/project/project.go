// Package project opens a study for the commands: the spec, its graph of steps, the store with the
// study's results, and what the lock file says. It decides which steps would run and why, and it
// finds what runs them. It prints nothing and reads no flags.
package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"snellen/engine"
	"snellen/engine/shared"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/specs/builtin"
	"snellen/specs/filekind"
	"snellen/steps/address"
	"snellen/steps/proc"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/price"
	"snellen/steps/study"
)

// A Project is a study with its graph and its store. It is not safe for concurrent use.
type Project struct {
	Study  *specs.Study
	Spec   string // absolute path of its file
	Graph  *engine.Graph
	Store  *store.Store
	Shared *specs.Shared // the store that results are shared by; nil: none
	Memo   *store.Memo   // of the digests of files
	Last   store.Last    // which key each address had when it was applied last
	Worker *WorkerProgram

	part     *engine.Graph   // what plans are about: the graph, or what was chosen of it
	replaced map[string]bool // addresses of steps to run again though they are cached
	table    *price.Table    // once asked for
	tier     *shared.Tier    // once opened
}

// A Use says what a study is loaded for.
type Use int

const (
	ToRun  Use = iota // its steps may run: the footage must be there
	ToRead            // its results are read: a study whose videos are gone will do
)

// SpecPath returns the spec that a command's arguments name: a file, a folder's only spec, or
// without arguments the current folder's.
func SpecPath(args []string) (string, error) {
	at := "."
	if len(args) > 0 {
		at = args[0]
	}
	if fi, err := os.Stat(at); len(args) > 0 && (err != nil || !fi.IsDir()) {
		err := filekind.Check(at)
		if wrong, ok := errors.AsType[*filekind.WrongFileError](err); ok {
			hint := wrong.Hint
			if wrong.Type != nil {
				hint = proc.Line(wrong.Type...)
			}
			err = step.WithHint(wrong, hint)
		}
		return at, err
	}
	return FindSpec(at)
}

// AbsSpecPath returns the path that SpecPath does, made absolute.
func AbsSpecPath(args []string) (string, error) {
	path, err := SpecPath(args)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// FindSpec returns a folder's only spec.
func FindSpec(dir string) (string, error) {
	path, err := specs.Find(dir)
	if problem, ok := errors.AsType[*specs.FindError](err); ok {
		hint := "name one, or type snellen init FOLDER to write one for your footage"
		if beside := filepath.Clean(dir) + ".hcl"; len(problem.Found) > 0 {
			hint = "name one: " + proc.Line(filepath.Join(dir, problem.Found[0]))
		} else if filepath.Clean(dir) != "." && builtin.IsRegular(beside) {
			hint = proc.Line("snellen", "plan", beside)
		}
		return "", step.WithHint(err, hint)
	}
	return path, err
}

// Load reads the study that the arguments of a command name. The study is nil where the diagnostics
// have errors.
func Load(args []string, variables []specs.Assignment,
	use Use) (*specs.Study, specs.Diagnostics, error) {
	path, err := SpecPath(args)
	if err != nil {
		return nil, nil, err
	}
	study, list := specs.Load(path, LoadOptions(variables, use))
	return study, append(list, misspelt(path, os.Environ())...), nil
}

// LoadOptions returns how a spec is loaded with these variables and the environment's.
func LoadOptions(variables []specs.Assignment, use Use) specs.Options {
	return specs.Options{
		Assignments: variables, Env: os.Environ(), Rules: sagemaker.CheckStudy,
		WithoutFootage: use == ToRead,
	}
}

// QuickStudy loads a spec without looking at its footage. It returns nil where the spec has
// mistakes.
func QuickStudy(path string, variables []specs.Assignment) *specs.Study {
	s, _ := specs.Load(path, LoadOptions(variables, ToRead))
	return s
}

// Addresses returns the addresses of a spec's steps, or none where it has mistakes.
func Addresses(path string, variables []specs.Assignment) (list []string) {
	s := QuickStudy(path, variables)
	if s == nil {
		return nil
	}
	g, err := study.Build(s)
	if err != nil {
		return nil
	}
	for _, n := range g.Nodes {
		list = append(list, n.Address)
	}
	return list
}

// New builds a study's graph and opens the store in dir, or where the environment says if dir is
// "". It chooses the shared store as ChooseShared does, and opens none. Nothing is written.
func New(s *specs.Study, dir, shared string) (p *Project, err error) {
	p = &Project{Study: s, Worker: &WorkerProgram{}}
	if p.Shared, err = ChooseShared(shared, s.Shared); err != nil {
		return nil, err
	}
	if p.Spec, err = filepath.Abs(s.File); err != nil {
		return nil, err
	}
	if p.Graph, err = study.Build(s); err != nil {
		return nil, err
	}
	p.part = p.Graph
	if p.Store, err = OpenStore(dir); err != nil {
		return nil, err
	}
	p.Memo = p.Store.Memo()
	if p.Last = p.Store.Last(p.Spec); len(p.Last.Keys) == 0 {
		p.Last.Keys = p.locked()
	}
	return p, nil
}

// OpenStore opens the store in dir, or where the environment says if dir is "".
func OpenStore(dir string) (*store.Store, error) {
	dir, err := storeDir(dir)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		err = step.WithHint(err, "have its owner give "+dir+" to a group that you share, with "+
			"umask 002, or choose another store by -store DIR or SNELLEN_STORE")
		return st, err
	}
	return st, step.WithHint(err, "choose another by -store DIR or SNELLEN_STORE")
}

func storeDir(dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("SNELLEN_STORE"); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", step.WithHint(fmt.Errorf("no place for the store: %w", err),
			"name one by -store DIR or SNELLEN_STORE")
	}
	return filepath.Join(cache, "snellen"), nil
}

// Resolutions returns the names of the resolutions, in the study's order.
func (p *Project) Resolutions() []string {
	var names []string
	for _, r := range p.Study.Resolutions {
		names = append(names, r.Name)
	}
	return names
}

// common reports whether an address belongs to no resolution.
func (p *Project) common(at string) bool {
	_, ok := address.Resolution(at, p.Resolutions())
	return !ok
}

// Left returns how many steps of the study a plan is not about.
func (p *Project) Left(plan *engine.Plan) int { return len(p.Graph.Nodes) - len(plan.Decisions) }

// Decide plans the part of the study that Choose chose, or all of it, with what others have shared.
// Where the shared store cannot be used, the plan says so by its Outage.
func (p *Project) Decide(ctx context.Context) (*engine.Plan, error) {
	if tier := p.Tier(); tier != nil {
		return p.decide(ctx, tier)
	}
	return p.decide(ctx, nil)
}

// DecideHere is Decide with the project's own store alone.
func (p *Project) DecideHere(ctx context.Context) (*engine.Plan, error) { return p.decide(ctx, nil) }

func (p *Project) decide(ctx context.Context, far engine.Far) (*engine.Plan, error) {
	decider := &engine.Decider{Store: p.Store, Memo: p.Memo, Tools: p.Tool, Last: p.Last,
		Replace: p.replaced, Far: far, Hints: p.lockedKeys}
	plan, err := decider.Decide(ctx, p.part)
	p.Memo.Save()
	return plan, err
}

// Latest returns today's decisions. Where nothing can be decided, it says so by warn and returns
// what was applied last.
func (p *Project) Latest(ctx context.Context, warn func(string)) ([]*engine.Decision, error) {
	plan, err := p.DecideHere(ctx)
	if err == nil {
		return plan.Decisions, nil
	}
	if len(p.Last.Keys) == 0 || ctx.Err() != nil {
		return nil, err
	}
	warn(err.Error() + "\nshowing what was applied last")
	return p.Remembered(), nil
}

// Settled returns the decisions on the whole study after an apply, which may have been about a part
// of it.
func (p *Project) Settled(ctx context.Context, decisions []*engine.Decision) []*engine.Decision {
	if p.part == p.Graph {
		return decisions
	}
	whole := *p
	whole.part, whole.replaced, whole.Last = p.Graph, nil, p.Store.Last(p.Spec)
	if plan, err := whole.DecideHere(ctx); err == nil {
		return plan.Decisions
	}
	return decisions // what cannot be decided has no result to report
}

// Remember keeps which key each address had, and what failed, for the reasons of later plans.
func (p *Project) Remember(decisions []*engine.Decision, failures ...engine.Failed) error {
	last := p.Last.Clone()
	for _, f := range failures {
		last.Fail(f.Address)
	}
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
	if last.Equal(p.Last) {
		return nil
	}
	return p.Store.SetLast(p.Spec, last)
}

// Remembered returns decisions from the keys that the addresses had last, for a report when the
// study cannot be decided.
func (p *Project) Remembered() []*engine.Decision {
	var list []*engine.Decision
	for _, n := range p.Graph.Nodes {
		d := &engine.Decision{Node: n}
		if record, err := p.Store.Lookup(p.Last.Keys[n.Address]); err == nil {
			d.Record = &record
		}
		list = append(list, d)
	}
	return list
}

// locked returns the keys that the lock file has, as far as the store has their records. It is for
// a spec that was never applied at this place: a copy of the project, or a fresh clone, has its
// reasons too.
func (p *Project) locked() map[string]store.Key {
	keys := p.pinned()
	maps.DeleteFunc(keys, func(_ string, k store.Key) bool {
		_, err := p.Store.Lookup(k)
		return err != nil
	})
	return keys
}

// pinned returns the keys that the lock file has, by address.
func (p *Project) pinned() map[string]store.Key {
	keys := map[string]store.Key{}
	lock, list := specs.ReadLock(specs.LockPath(p.Spec))
	if list.HasErrors() || lock == nil {
		return keys // whoever reads the lock file itself learns what is wrong with it
	}
	for address, s := range lock.Steps {
		var key store.Key
		if key.UnmarshalText([]byte(s.Key)) == nil {
			keys[address] = key
		}
	}
	return keys
}

// lockedKeys returns the keys that the lock file has for steps that the store has no record of.
func (p *Project) lockedKeys() (list []store.Key) {
	for _, k := range p.pinned() {
		if _, err := p.Store.Lookup(k); err != nil {
			list = append(list, k)
		}
	}
	return list
}

// KindNames returns the names of all kinds of steps, in the order of the work.
func KindNames() []string {
	var names []string
	for _, k := range study.Kinds() {
		names = append(names, k.Name)
	}
	return names
}
