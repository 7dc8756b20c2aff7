package project

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/steps/command"
	"snellen/steps/study"
)

// words returns the command line of one of the two programs that a trainer "command" names, or nil
// where the study has none.
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

// findProgram returns the absolute path of a program, or "" for one among the trainer's own files.
func findProgram(words []string) (string, error) {
	if strings.Contains(words[0], "/") && !filepath.IsAbs(words[0]) {
		return "", nil
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return "", step.WithHint(fmt.Errorf("the trainer's program: %w", err),
			"install "+words[0]+", or name another program in the trainer block")
	}
	return filepath.Abs(path)
}

// ownProgram returns the identity of one of the two programs. A program among the trainer's own
// files has its identity with them.
func (p *Project) ownProgram(name string) (string, error) {
	words := p.words(name)
	path, err := findProgram(words)
	if err != nil {
		return "", err
	}
	if path == "" {
		return "among its files", nil
	}
	called := filepath.Base(words[0])
	return engine.ToolIdentity(p.Memo, name+" "+called, path,
		func() (string, error) { return command.Identity(called, path) })
}

// commandSetup returns what a worker must know of the user's own trainer; nil where there is none.
func (p *Project) commandSetup() (*study.Command, error) {
	c := p.Study.Trainer.Command
	if c == nil {
		return nil, nil
	}
	setup := &study.Command{Settings: c}
	var err error
	if setup.Train, err = findProgram(c.Program); err != nil || c.Server == nil {
		return setup, err
	}
	setup.Serve, err = findProgram(c.Server.Program)
	return setup, err
}
