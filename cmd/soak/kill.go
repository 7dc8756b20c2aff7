//go:build linux

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"snellen/engine/store"
)

// An episode is one folder in which commands are killed, or files damaged, until it is held that
// nothing was lost.
type episode struct {
	options
	outcome
	random   *rand.Rand
	dir      string
	commands int      // how many were started
	did      []string // what was damaged
	refused  []string // the paths of damaged files that a person keeps

	environment []string // besides what every command has
	service     service  // nil: none
}

func (e *episode) study() string     { return filepath.Join(e.dir, "study") }
func (e *episode) spec() string      { return filepath.Join(e.study(), "tiny.hcl") }
func (e *episode) temporary() string { return filepath.Join(e.dir, "temporary") }

// draw draws an episode's situation: a third of them are damage.
func (e *episode) draw(number int) (situation, error) {
	var all []situation
	for _, s := range append(situations, damaged) {
		if (s.name == e.situation || e.situation == "") && (!s.squeezed || e.squeezes) &&
			(!s.s3 || s3Program() != "") {
			all = append(all, s)
		}
	}
	switch {
	case len(all) == 0:
		return situation{}, fmt.Errorf("there is no situation %q here", e.situation)
	case len(all) > 1 && number%3 == 2:
		return damaged, nil
	case len(all) > 1:
		all = all[:len(all)-1]
	}
	return all[e.random.IntN(len(all))], nil
}

// play plays an episode.
func play(o options, number int) outcome {
	e := &episode{options: o, outcome: outcome{Episode: number, Kills: map[string]int{},
		Damages: map[string]int{}}, random: rand.New(rand.NewPCG(o.seed, uint64(number)))}
	e.dir = filepath.Join(o.dir, fmt.Sprintf("episode-%d", number))
	began := time.Now()
	s, err := e.draw(number)
	e.Situation = s.name
	if err == nil && s.squeezed {
		err = e.mountDisk()
	}
	if err == nil && s.name == damaged.name {
		err = e.damage()
	} else if err == nil {
		err = e.kill(s)
	}
	if s.squeezed {
		err = errors.Join(err, e.unmountDisk(err != nil))
	}
	if err == nil {
		err = os.RemoveAll(e.dir)
	}
	if e.service != nil {
		e.service.kill()
	}
	e.Commands, e.Seconds = e.commands, time.Since(began).Seconds()
	if err != nil {
		e.Failure, e.Folder = err.Error(), e.dir
		for _, p := range e.orphans() { // they are no part of the next episode
			p, _ := os.FindProcess(p.pid)
			p.Kill()
		}
	}
	return e.outcome
}

// A situation is a command that is killed, and from what state.
type situation struct {
	name     string
	begin    func(e *episode) error
	args     []string
	beside   []string                 // another command at the same time, killed too
	usual    time.Duration            // how long args take, about; it only spreads the moments
	drive    func(*episode, *command) // does what makes args end well; it ends with them
	spec     int                      // which spec is applied in the end
	check    func(e *episode) error   // after each death; nil: nothing more than for all
	ended    func(e *episode) error   // once args have ended well
	again    bool                     // args run steps again on purpose, or what a collection took
	squeezed bool                     // nothing is killed: see squeeze
	s3       bool                     // it takes the S3 server
	outlives bool                     // its service is killed instead: see outlive
}

var apply = []string{"apply", "-auto-approve", "-json"}

// begins with the state after specs 0 to n were applied.
func from(n int) func(e *episode) error {
	return func(e *episode) error {
		if err := copyTree(e.dir, reference(e.options, n)); err != nil {
			return err
		}
		// The outputs of the reference's commands, and its exports, are no part of the state.
		return e.clear("output-*.txt", "temporary", "pictures", "recordio", "model")
	}
}

func (e *episode) clear(patterns ...string) error {
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(e.dir, pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// and begins with several things, one after the other.
func and(all ...func(e *episode) error) func(e *episode) error {
	return func(e *episode) error {
		for _, f := range all {
			if err := f(e); err != nil {
				return err
			}
		}
		return nil
	}
}

func empty(e *episode) error { return e.clear("store", "study/tiny.lock.hcl", "study/tiny.report") }

func unreported(e *episode) error { return e.clear("study/tiny.lock.hcl", "study/tiny.report") }

func edited(n int) func(e *episode) error {
	return func(e *episode) error { return os.WriteFile(e.spec(), []byte(specs[n]), 0o666) }
}

// twin makes another study's folder, of spec n, on the same store.
func twin(n int) func(e *episode) error {
	return func(e *episode) error {
		if err := copyTree(e.twin(), e.study()); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(e.twin(), "tiny.hcl"), []byte(specs[n]), 0o666)
	}
}

func (e *episode) twin() string { return filepath.Join(e.dir, "twin") }

// unformatted is a spec as people type it.
var unformatted = bytes.ReplaceAll([]byte(specs[0]), []byte("  "), []byte("      "))

var situations = []situation{
	{name: "apply, empty store", begin: and(from(0), empty), args: apply, usual: 6 * time.Second},
	{name: "apply, one edit", begin: and(from(0), edited(1)), args: apply, usual: 4 * time.Second, spec: 1},
	{name: "apply, edit taken back", begin: and(from(1), edited(0)), args: apply, usual: time.Second},
	{name: "two applies, two studies", begin: and(from(0), empty, twin(1)), args: apply,
		beside: []string{"apply", "-auto-approve", "-json", "-chdir", "../twin"}, usual: 8 * time.Second},
	{name: "two applies, one study", begin: and(from(0), edited(1)), args: apply, beside: apply,
		usual: 5 * time.Second, spec: 1},
	{name: "two applies, small disk and memory", begin: and(from(0), empty, twin(1)), args: apply,
		beside: []string{"apply", "-auto-approve", "-json", "-chdir", "../twin"}, squeezed: true},
	{name: "lock and report", begin: and(from(0), unreported), args: apply, usual: 300 * time.Millisecond},
	{name: "report of an edit", begin: and(from(1), edited(0), unreported), args: apply,
		usual: 300 * time.Millisecond},
	{name: "gc", begin: from(1), args: []string{"gc", "-auto-approve", "-older-than", "0s"},
		usual: 60 * time.Millisecond, spec: 1, ended: nothingToRun},
	{name: "gc to a size, and apply", begin: from(1), usual: 200 * time.Millisecond, spec: 1,
		args: []string{"gc", "-auto-approve", "-max-size", "0"}, beside: apply, again: true},
	{name: "export dataset", begin: from(0), args: exported[0].args, usual: 60 * time.Millisecond,
		ended: sameExport(0)},
	{name: "export recordio", begin: from(0), args: exported[1].args, usual: 60 * time.Millisecond,
		ended: sameExport(1)},
	{name: "export model", begin: from(0), args: exported[2].args, usual: 60 * time.Millisecond,
		ended: sameExport(2)},
	{name: "export bundle", begin: from(0), args: []string{"export", "bundle", "../tiny.tar.gz"},
		usual: 100 * time.Millisecond, check: bundle, ended: bundle},
	{name: "verify", begin: from(0), args: []string{"verify", "-json"}, usual: 6 * time.Second, again: true},
	{name: "store verify", begin: from(0), args: []string{"store", "verify"}, usual: 30 * time.Millisecond},
	{name: "plan -out", begin: and(from(0), edited(1)), args: []string{"plan", "-out", "../tiny.plan"},
		usual: 40 * time.Millisecond, spec: 1, check: plan, ended: plan},
	{name: "fmt", begin: and(from(0), func(e *episode) error {
		return os.WriteFile(e.spec(), unformatted, 0o666)
	}), args: []string{"fmt"}, usual: 15 * time.Millisecond, check: formatted},
	{name: "watch", begin: from(0), usual: 600 * time.Millisecond,
		args: []string{"watch", "-video", "shelf.mp4", "-headless", "-json"}},
	{name: "studio", begin: and(from(0), edited(1)), args: []string{"studio", "-open=false"},
		drive: aPage, usual: 4 * time.Second, spec: 1, check: wholeClips, ended: oneClip},
	{name: "apply to a shared folder", begin: and(from(0), empty, inFolder), args: apply,
		usual: 6 * time.Second, ended: othersToo},
	{name: "apply from a shared folder", begin: and(from(0), inFolder, filled), args: apply,
		usual: 400 * time.Millisecond, ended: othersToo},
	{name: "apply to S3", begin: and(from(0), empty, inS3), args: apply, usual: 6 * time.Second,
		ended: othersToo, s3: true},
	{name: "apply from S3", begin: and(from(0), inS3, filled), args: apply,
		usual: 400 * time.Millisecond, ended: othersToo, s3: true},
	{name: "apply to an S3 that dies", begin: and(from(0), empty, inS3), args: apply,
		usual: 2 * time.Second, ended: othersToo, s3: true, outlives: true},
	{name: "apply from an S3 that dies", begin: and(from(0), inS3, filled), args: apply,
		usual: 400 * time.Millisecond, ended: othersToo, s3: true, outlives: true},
	{name: "apply in the cloud", begin: and(from(0), edited(cloud), inCloud), args: apply,
		usual: 6 * time.Second, spec: cloud, s3: true},
	{name: "apply in a cloud that dies", begin: and(from(0), edited(cloud), inCloud), args: apply,
		usual: 4 * time.Second, spec: cloud, s3: true, outlives: true},
	{name: "clean", begin: from(0), args: []string{"clean", "-auto-approve"}, usual: 15 * time.Millisecond},
}

// damaged is the situation in which nothing is killed, but files are damaged.
var damaged = situation{name: "damage"}

// nothingToRun holds that a collection took nothing that the study needs.
func nothingToRun(e *episode) error {
	ran, err := e.apply()
	if err == nil && len(ran) > 0 {
		err = fmt.Errorf("the collection took what %q needs", ran)
	}
	return err
}

// sameExport holds that an export is as one that nothing disturbed.
func sameExport(n int) func(e *episode) error {
	return func(e *episode) error {
		name := exported[n].name
		return sameTree(filepath.Join(reference(e.options, 0), name), filepath.Join(e.dir, name))
	}
}

// bundle holds that there is no bundle, or a whole one, and nothing beside it.
func bundle(e *episode) error {
	_, err := os.Stat(filepath.Join(e.dir, "tiny.tar.gz"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = e.must("export", "bundle", "-check", "../tiny.tar.gz")
	}
	return err
}

// plan holds that there is no plan, or one that can be shown.
func plan(e *episode) error {
	_, err := os.Stat(filepath.Join(e.dir, "tiny.plan"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = e.must("show", "../tiny.plan")
	}
	return err
}

// formatted holds that a spec is as it was, or formatted.
func formatted(e *episode) error {
	text, err := read(e.spec())
	if err == nil && !bytes.Equal(text, unformatted) && string(text) != specs[0] {
		err = fmt.Errorf("the spec is torn:\n%s", text)
	}
	return err
}

// Bounds of how often a situation's command is made to die in an episode. One that is quick begins
// anew when it has ended well, as often as that takes.
const (
	mostBlows  = 14
	quickBlows = 40
	quick      = 500 * time.Millisecond
)

// kill has a command die again and again until it ends well, and holds that nothing was lost.
func (e *episode) kill(s situation) error {
	if err := s.begin(e); err != nil {
		return err
	}
	isQuick := s.usual < quick && s.beside == nil && !s.outlives
	blows := 1 + e.random.IntN(mostBlows)
	if isQuick {
		blows = quickBlows
	}
	done := false
	for ; blows > 0 && !done; blows-- {
		var err error
		if s.squeezed {
			done, err = e.squeeze(s)
		} else if s.outlives {
			done, err = e.outlive(s)
		} else {
			done, err = e.strike(s)
		}
		if err != nil {
			return err
		}
		if done && isQuick && blows > 1 {
			if err := e.again(s); err != nil {
				return err
			}
			done = false
		}
	}
	if !done {
		if err := e.endWell(s); err != nil {
			return err
		}
	}
	if s.ended != nil {
		if err := s.ended(e); err != nil {
			return err
		}
	}
	return e.settle(s.spec)
}

// endWell has a situation's command end well.
func (e *episode) endWell(s situation) error {
	if s.drive == nil {
		return e.must(s.args...)
	}
	c, err := e.start(s.args...)
	if err != nil {
		return err
	}
	s.drive(e, c)
	if !c.wait(patience) {
		return fmt.Errorf("it hangs: %s", c)
	}
	if c.ProcessState.ExitCode() != 0 {
		return fmt.Errorf("it failed: %s\n%s", c, c.tail())
	}
	return nil
}

// again begins anew after a command that has ended well.
func (e *episode) again(s situation) error {
	if s.ended != nil {
		if err := s.ended(e); err != nil {
			return err
		}
	}
	if err := e.clear("*"); err != nil {
		return err
	}
	return s.begin(e)
}

// settle holds that an apply ends as if nothing had happened, and that a second one has nothing to
// do.
func (e *episode) settle(spec int) error {
	if err := os.WriteFile(e.spec(), []byte(specs[spec]), 0o666); err != nil {
		return err
	}
	if _, err := e.apply(); err != nil {
		return err
	}
	if err := e.age(); err != nil {
		return err
	}
	ran, err := e.apply()
	if err != nil {
		return err
	}
	if len(ran) > 0 {
		return fmt.Errorf("a second apply runs %q", ran)
	}
	if err := e.store().whole(sum(e.Damages) > 0); err != nil {
		return err
	}
	if err := e.same(spec); err != nil {
		return err
	}
	return e.swept()
}

// apply applies the study undisturbed, and returns the addresses of the steps that were run.
func (e *episode) apply() (ran []string, err error) {
	known, err := e.store().records()
	if err != nil {
		return nil, err
	}
	c, err := e.succeed(apply...)
	if err != nil {
		return nil, err
	}
	if err := e.alone(); err != nil {
		return nil, err
	}
	for _, step := range c.ran() {
		if known[step.Key] {
			return nil, fmt.Errorf("%s was recorded, and was run again: %s", step.Address, c)
		}
		ran = append(ran, step.Address)
	}
	return ran, nil
}

// A ranStep is a step that an apply has run.
type ranStep struct {
	Type    string
	Address string
	Key     store.Key
	With    string // the address of another step that has the same key
}

// ran lists the steps that a command says it has run.
func (c *command) ran() (steps []ranStep) {
	for line := range bytes.Lines(c.text()) {
		var s ranStep
		if json.Unmarshal(line, &s) == nil && s.Type == "apply_complete" && s.With == "" {
			steps = append(steps, s)
		}
	}
	return steps
}

// took is how long a situation's command took when it ended by itself, in this process. It spreads
// the moments of death over what the command does, on a machine of any speed.
var took = map[string]time.Duration{}

// strike starts the situation's commands, has one of them die, and holds what must hold after each
// death. It returns true where the command ended well before.
func (e *episode) strike(s situation) (done bool, err error) {
	known, err := e.store().records()
	if err != nil {
		return false, err
	}
	var running []*command
	var what string
	began := time.Now()
	var b blow
	if strace != "" && s.drive == nil && e.random.IntN(3) == 0 { // strace would be interrupted
		var args []string
		what, args = trap(e.random, filepath.Join(e.bin, "snellen"))
		c, err := e.launch(e.study(), strace, append(args, s.args...)...)
		if err != nil {
			return false, err
		}
		running = append(running, c)
	} else {
		b = drawBlow(e.random, cmp.Or(took[s.name], s.usual))
		c, err := e.start(s.args...)
		if err != nil {
			return false, err
		}
		running, what = append(running, c), b.what
	}
	if s.beside != nil {
		c, err := e.start(s.beside...)
		if err != nil {
			return false, err
		}
		running = append(running, c)
	}
	victim := running[0]
	if s.drive != nil {
		driven := make(chan struct{})
		go func() { defer close(driven); s.drive(e, victim) }()
		defer func() { <-driven }()
	}
	if b.land != nil {
		if s.beside != nil {
			victim = running[e.random.IntN(2)]
		}
		if b.land(victim) {
			e.Kills[what]++
		}
	}
	if err := e.after(s, known, running); err != nil {
		return false, err
	}
	if victim.killed() && b.land == nil {
		e.Kills[what]++
	}
	if running[0].ProcessState.ExitCode() != 0 {
		return false, nil
	}
	took[s.name] = time.Since(began)
	return true, nil
}

// after waits for commands, which something happened to, and holds what must hold then. known are
// the records of before.
func (e *episode) after(s situation, known map[store.Key]bool, running []*command) error {
	for i, c := range running {
		if !c.wait(patience) {
			return fmt.Errorf("it hangs: %s", c)
		}
		if err := c.trouble(); err != nil {
			return err
		}
		if err := e.alone(running[i+1:]...); err != nil {
			return err
		}
	}
	if err := e.store().whole(false); err != nil {
		return err
	}
	for _, c := range running {
		if err := c.keptPromise(); err != nil && e.environment != nil && !s.again {
			return err
		}
		for _, step := range c.ran() {
			if known[step.Key] && !s.again {
				return fmt.Errorf("%s was recorded, and was run again: %s", step.Address, c)
			}
		}
	}
	if s.check != nil {
		return s.check(e)
	}
	return nil
}
