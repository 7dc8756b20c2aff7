package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"snellen/cmd/snellen/cmdline"
	"snellen/cmd/snellen/planfile"
	"snellen/cmd/snellen/project"
	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker"
)

// applySaved runs exactly what a saved plan says, or nothing.
func (c *applyCommand) applySaved(ctx context.Context, path string) error {
	saved, err := planfile.Read(path)
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
// variables and stores.
func (c *applyCommand) reopen(path string, saved *planfile.Plan) (*project.Project, error) {
	options, err := c.optionsOf(path, saved)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(saved.Spec); err != nil {
		return nil, saved.MissingSpec(path)
	}
	study, list := specs.Load(saved.Spec, options)
	if list.HasErrors() {
		if err := c.show(list); err == nil {
			panic("BUG: a spec with mistakes was shown as one without")
		}
		return nil, saved.Stale(path, saved.Spec+" has mistakes now")
	}
	c.secrets = study.Secrets
	if c.store == "" {
		c.store = saved.Store
	}
	if c.shared == "" {
		c.shared = cmdline.Shared(saved.Shared)
	}
	p, err := project.New(study, c.store, string(c.shared))
	if err != nil {
		return nil, err
	}
	if err := p.Choose(saved.Choice); err != nil {
		return nil, saved.Stale(path, err.Error())
	}
	return p, nil
}

// optionsOf returns the variables of a saved plan. The plan does not hold sensitive values: they
// must be given again, and no others can be.
func (c *applyCommand) optionsOf(path string, saved *planfile.Plan) (specs.Options, error) {
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
			return o, step.WithHint(err, "set SNELLEN_VAR_"+name)
		}
	}
	return o, nil
}

// replan plans again. It returns the error of a stale plan where the new plan is not the saved one.
func (c *applyCommand) replan(ctx context.Context, path string, saved *planfile.Plan,
	p *project.Project) (*engine.Plan, error) {
	plan, err := p.Decide(ctx)
	if err != nil && ctx.Err() == nil {
		return nil, saved.Stale(path, strings.Split(err.Error(), "\n")...)
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
		c.warnOf(p.Outage(plan)) // which may be the only reason
		return nil, saved.Stale(path, reasons...)
	}
	return plan, nil
}

// showApproved shows a plan that was approved when it was saved.
func (c *applyCommand) showApproved(_ context.Context, o *overview) error {
	return c.showPlan(c.screen(), o)
}
