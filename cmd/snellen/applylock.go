package main

import (
	"snellen/cmd/snellen/project"
	"snellen/engine"
	"snellen/specs"
)

// readLock reads the lock file beside the spec; nil where there is none. Its mistakes are shown.
func (a *app) readLock(p *project.Project) (*specs.Lock, error) {
	lock, list := p.ReadLock()
	return lock, a.show(list)
}

// updateLock ends an apply: the lock file is brought up to date or, with -locked, compared. A file
// that cannot be written is a warning: results are results.
func (c *applyCommand) updateLock(p *project.Project, plan *engine.Plan, before *specs.Lock) {
	if c.locked {
		c.warnIrreproducible(p, plan, before)
		return
	}
	if err := p.WriteLock(plan, before); err != nil {
		c.warn("the lock file was not written: " + err.Error())
	}
}

// warnIrreproducible warns of steps that gave other outputs than the lock file has for the same
// key.
func (a *app) warnIrreproducible(p *project.Project, plan *engine.Plan, lock *specs.Lock) {
	list, err := p.Irreproducible(plan, lock)
	if err != nil {
		a.warn(err.Error())
	}
	for _, text := range list {
		a.warn(text)
	}
}
