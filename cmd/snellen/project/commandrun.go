package project

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/steps/command"
)

// words are the command line of one of the two programs that a trainer "command" names; none where the study has no such.
func (p *Project) words(name string) []string {
	c := p.Study.Trainer.Command
	switch {
	case c == nil, name == command.Server && c.Server == nil:
		return nil
	case name == command.Server:
		return c.Server.Program
	}
	return c.Program
}

// lookUp finds a program; "" is where it is one of its own files.
func lookUp(words []string) (string, error) {
	if strings.Contains(words[0], "/") && !filepath.IsAbs(words[0]) {
		return "", nil
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return "", step.WithHint(fmt.Errorf("the trainer's program: %w", err), "install "+words[0]+", or name another program in the trainer block")
	}
	return filepath.Abs(path)
}

// ownProgram is the identity of one of the two programs. That of one among its own files is with them.
func (p *Project) ownProgram(name string) (string, error) {
	words := p.words(name)
	path, err := lookUp(words)
	if err != nil {
		return "", err
	}
	if path == "" {
		return "among its files", nil
	}
	called := filepath.Base(words[0])
	return engine.ToolIdentity(p.Memo, name+" "+called, path, func() (string, error) { return command.Identity(called, path) })
}

// commandRunners adds what runs the steps of a study that trains with a program of the user's own.
func (p *Project) commandRunners(all map[string]step.Runner) error {
	c := p.Study.Trainer.Command
	if c == nil {
		return nil
	}
	path, err := lookUp(c.Program)
	if err != nil {
		return err
	}
	all[command.Train.Name] = command.NewTrain(c, path)
	if c.Server == nil {
		return nil
	}
	if path, err = lookUp(c.Server.Program); err != nil {
		return err
	}
	all[command.Judge.Name] = command.NewJudge(c, path)
	return nil
}
