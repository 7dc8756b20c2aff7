package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/specs"
	"snellen/steps/term"
)

// A validateCommand loads a spec and prints all its mistakes.
type validateCommand struct {
	*app
	specOptions
	streamOptions
}

func newValidate(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "validate [SPEC]", Short: "Check a spec, and show all its mistakes at once",
		Args: aSpec,
		Long: `Check a spec and the videos that it names, and show all mistakes at once. Of each
video the streams, the first frames and the times are read, which takes a moment: it must be
readable, have the frame that the spec says with all areas inside it, be no smaller than a
resolution, and be long enough. Damage further inside is found when apply decodes the video, before
any training.`,
		Example: `  snellen validate
  snellen validate -json snacks.hcl`,
	}, &validateCommand{app: a})
}

func (c *validateCommand) flags(f *pflag.FlagSet) {
	c.specOptions.flags(f)
	c.streamOptions.flags(f, "print the mistakes as JSON lines")
}

func (c *validateCommand) run(ctx context.Context, args []string) error {
	s, list, err := c.read(c.app, args, project.ToRun)
	if err != nil {
		return err
	}
	if s != nil {
		found, err := c.look(func(p project.Progress) (specs.Diagnostics, error) {
			return project.CheckFootage(ctx, s, p)
		})
		if err != nil {
			return err
		}
		list = append(list, found...)
	}
	if s != nil && !list.HasErrors() {
		c.warnOfDoubt(s)
	}
	if c.stream != nil {
		return c.printLines(s, list)
	}
	if err := c.show(list); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s is valid: %s, %s, %s.\n", s.File,
		term.Count(len(s.Labels), "label"), term.Count(len(s.Resolutions), "resolution"),
		term.Count(len(s.Evaluations), "evaluation"))
	c.next("Next: ", c.words(append([]string{"plan"}, args...)...)...)
	return err
}

// A validationLine is validate's last line.
type validationLine struct {
	Type        string `json:"type"` // "validation"
	Valid       bool   `json:"valid"`
	Errors      int    `json:"errors"`
	Warnings    int    `json:"warnings"`
	File        string `json:"file,omitempty"` // of a valid spec, and what it declares
	Labels      int    `json:"labels,omitempty"`
	Resolutions int    `json:"resolutions,omitempty"`
	Evaluations int    `json:"evaluations,omitempty"`
}

// printLines prints what was found as lines for machines.
func (c *validateCommand) printLines(s *specs.Study, list specs.Diagnostics) error {
	end := validationLine{Type: "validation", Valid: !list.HasErrors()}
	level, text := view.LevelError, "The spec has mistakes."
	if end.Valid {
		level, text = view.LevelInfo, s.File+" is valid."
		end.File, end.Labels = s.File, len(s.Labels)
		end.Resolutions, end.Evaluations = len(s.Resolutions), len(s.Evaluations)
	}
	for _, d := range list {
		if d.Warning {
			end.Warnings++
		} else {
			end.Errors++
		}
	}
	shown := c.show(list)
	if err := c.stream.Line(level, text, end); err != nil {
		return err
	}
	return shown
}
