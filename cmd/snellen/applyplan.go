package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"snellen/cmd/snellen/project"
	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/proc"
	"snellen/steps/sagemaker"
)

// A staleError is the error of a saved plan that is not what would be planned now.
type staleError struct {
	path    string
	reasons []string
}

// maxStale is how many reasons are printed.
const maxStale = 5

func (e *staleError) Error() string {
	text := fmt.Sprintf("the plan in %s no longer holds; nothing was run", e.path)
	for i, r := range e.reasons {
		if i == maxStale && len(e.reasons) > maxStale+1 {
			return text + fmt.Sprintf("\nand %d more", len(e.reasons)-maxStale)
		}
		text += "\n" + r
	}
	return text
}

// stale returns a staleError with what to type: the same plan again.
func (s *savedPlan) stale(path string, reasons ...string) error {
	line := []string{"snellen", "plan", s.Spec}
	for flag, patterns := range map[string][]string{"-target=": s.Choice.Targets,
		"-exclude=": s.Choice.Excludes, "-replace=": s.Choice.Replace} {
		for _, p := range patterns {
			line = append(line, flag+p)
		}
	}
	slices.Sort(line[3:])
	return step.WithHint(&staleError{path, reasons},
		"plan again: "+proc.Line(append(line, "-out", path)...))
}

// applySaved runs exactly what a saved plan says, or nothing.
func (c *applyCommand) applySaved(ctx context.Context, path string) error {
	saved, err := readPlan(path)
	if err != nil {
		return err
	}
	p, err := c.reopen(path, saved)
	if err != nil {
		return err
	}
	plan, err := c.replan(ctx, path, saved, p)
	if err != nil {
		return err
	}
	return c.runPlan(ctx, p, plan, c.showApproved)
}

// reopen loads the study of a saved plan as it was loaded then: from the same folder, with the same
// variables and store.
func (c *applyCommand) reopen(path string, saved *savedPlan) (*project.Project, error) {
	options, err := c.optionsOf(path, saved)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(saved.Spec); err != nil {
		return nil, saved.missingSpec(path)
	}
	study, list := specs.Load(saved.Spec, options)
	if list.HasErrors() {
		if err := c.show(list); err == nil {
			panic("BUG: a spec with mistakes was shown as one without")
		}
		return nil, saved.stale(path, saved.Spec+" has mistakes now")
	}
	if c.store == "" {
		c.store = saved.Store
	}
	p, err := project.New(study, c.store)
	if err != nil {
		return nil, err
	}
	if err := p.Choose(saved.Choice); err != nil {
		return nil, saved.stale(path, err.Error())
	}
	return p, nil
}

// missingSpec returns the error of a spec that is not where it was.
func (s *savedPlan) missingSpec(path string) error {
	here, err := os.Getwd()
	if err != nil || here == s.Folder || filepath.IsAbs(s.Spec) {
		return s.stale(path, s.Spec+" does not exist any more")
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	err = fmt.Errorf("the plan is of %s, which is not in this folder; the plan was made in %s", s.Spec, s.Folder)
	return step.WithHint(err,
		proc.Line("snellen", "apply", "-chdir", s.Folder, path))
}

// optionsOf returns the variables of a saved plan. The plan does not hold sensitive values: they
// must be given again, and no others can be.
func (c *applyCommand) optionsOf(path string, saved *savedPlan) (specs.Options, error) {
	o := specs.Options{Assignments: saved.Again.Assignments, Env: slices.Clone(saved.Again.Env),
		Rules: sagemaker.CheckStudy}
	if len(c.choice.Targets)+len(c.choice.Excludes)+len(c.choice.Replace) > 0 {
		return o, step.WithHint(fmt.Errorf("%s is a saved plan: its choice of steps cannot change",
			path),
			"leave -target, -exclude and -replace out, or plan again with them")
	}
	given, err := c.variables()
	if err != nil {
		return o, err
	}
	known := map[string]bool{}
	for _, g := range given {
		if !slices.Contains(saved.Again.Sensitive, g.Name) {
			return o, step.WithHint(fmt.Errorf("%s is a saved plan: its variables cannot change",
				path), "leave -var and -var-file out, or plan again with them")
		}
		o.Assignments, known[g.Name] = append(o.Assignments, g), true
	}
	for _, name := range saved.Again.Sensitive {
		if value, ok := os.LookupEnv("SNELLEN_VAR_" + name); ok && !known[name] {
			o.Env, known[name] = append(o.Env, "SNELLEN_VAR_"+name+"="+value), true
		}
		if !known[name] {
			err := fmt.Errorf("variable %q is sensitive, so the plan does not hold its value", name)
			return o, step.WithHint(err, "give it again: -var "+name+"=...")
		}
	}
	return o, nil
}

// replan plans again. It returns a staleError where the new plan is not the saved one.
func (c *applyCommand) replan(ctx context.Context, path string, saved *savedPlan,
	p *project.Project) (*engine.Plan, error) {
	plan, err := p.Decide(ctx)
	if err != nil && ctx.Err() == nil {
		return nil, saved.stale(path, strings.Split(err.Error(), "\n")...)
	}
	if err != nil {
		return nil, err
	}
	reasons := plan.Stale(saved.Steps)
	lock, err := p.LockSum()
	if err != nil {
		return nil, fmt.Errorf("read the lock file: %w", err)
	}
	if lock != saved.Lock {
		reasons = append(reasons, specs.LockPath(p.Study.File)+" changed")
	}
	if len(reasons) > 0 {
		return nil, saved.stale(path, reasons...)
	}
	return plan, nil
}

// isStale reports whether an error is a staleError.
func isStale(err error) bool {
	_, ok := errors.AsType[*staleError](err)
	return ok
}

// showApproved shows a plan that was approved when it was saved.
func (c *applyCommand) showApproved(_ context.Context, o *overview) error {
	return c.showPlan(c.screen(), o)
}
